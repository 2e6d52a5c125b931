// Keeps every <time data-time> and <progress data-from> of the page true, in the page's language and by the server's clock.

const page = document.documentElement.lang || "en";
// The page's language, but the reader's own country: it decides between 14:05 and 2:05 PM.
const language = navigator.languages?.find((one) => one.split("-")[0] === page) ?? page;
const server = Date.parse(document.querySelector('meta[name="now"]')?.content ?? "");
const offset = Number.isNaN(server) ? 0 : server - Date.now();
const now = () => Date.now() + offset;

const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const hours = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const days = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const dates = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

const largest = (seconds) => UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
const two = (number) => String(number).padStart(2, "0");

function stopwatch(seconds) {
  const left = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function roughly(seconds) {
  const [unit, size] = largest(Math.max(0, seconds));
  const amount = Math.floor(Math.max(0, seconds) / size);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(amount);
}

const KINDS = {
  ago: (at) => {
    // A clock that is a second off must not say "in 1 second".
    const seconds = Math.min(0, (at - now()) / 1000);
    if (seconds > -45) return ago.format(0, "second");
    const [unit, size] = largest(Math.max(60, -seconds));
    return ago.format(-Math.floor(Math.max(60, -seconds) / size), unit);
  },
  clock: (at) => (new Date(at).toDateString() === new Date(now()).toDateString() ? hours : days).format(at),
  day: (at) => dates.format(at),
  countdown: (at) => stopwatch(Math.ceil((at - now()) / 1000)),
  elapsed: (at) => stopwatch((now() - at) / 1000),
  since: (at) => roughly((now() - at) / 1000),
};

function show(node) {
  const at = Date.parse(node.dateTime);
  const words = KINDS[node.dataset.time]?.(at);
  if (words === undefined || Number.isNaN(at)) return;
  if (node.textContent !== words) node.textContent = words;
  if (!node.title) node.title = whole.format(at);
  if (node.dataset.time === "countdown") node.classList.toggle("is-over", at <= now());
}

function fill(node) {
  const [from, until] = [Date.parse(node.dataset.from), Date.parse(node.dataset.until)];
  node.max = Math.max(1, until - from);
  const passed = Math.min(node.max, Math.max(0, now() - from));
  node.value = node.dataset.fill === "left" ? node.max - passed : passed;
}

export function refresh(root = document) {
  for (const node of root.querySelectorAll("time[data-time]")) show(node);
  for (const node of root.querySelectorAll("progress[data-from]")) fill(node);
}

// What arrives later (a message, an offer) is shown right before it is painted, not a second after.
new MutationObserver((records) => {
  for (const { addedNodes } of records)
    for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) refresh(node);
}).observe(document.body, { childList: true, subtree: true });

setInterval(() => document.hidden || refresh(), 1000);
document.addEventListener("visibilitychange", () => refresh());
refresh();
