// Calls a person over: a tone, a number in the tab's title, a notification for those who asked for one.

const APART = 1_000; // a tone for each of many at once would only be loud
const title = document.title;
let audio = null;
let toned = 0;

function kept(key) {
  try {
    return localStorage.getItem(key) === "yes";
  } catch {
    return false; // storage is off: the defaults hold for this page
  }
}

function keep(key, yes) {
  try {
    localStorage.setItem(key, yes ? "yes" : "no");
  } catch (error) {
    console.warn("not remembered", error.name);
  }
}

export function badge(count) {
  document.title = count ? `(${count}) ${title}` : title;
}

export function tone() {
  if (kept("muted") || Date.now() - toned < APART) return;
  toned = Date.now();
  play();
}

export function notify(words, text, tag) {
  if (!words || !document.hidden || !kept("notify") || window.Notification?.permission !== "granted") return;
  try {
    const note = new Notification(words, { body: text, tag });
    note.onclick = () => { window.focus(); note.close(); };
  } catch (error) {
    console.warn("no notification", error.name); // Android allows them to service workers only
  }
}

// Two short notes; browsers keep a context silent until the person has touched the page.
function play() {
  if (audio?.state !== "running") return;
  [880, 1174.7].forEach((pitch, n) => note(pitch, audio.currentTime + n * 0.14));
}

function note(pitch, start) {
  const [wave, volume] = [audio.createOscillator(), audio.createGain()];
  wave.frequency.value = pitch;
  volume.gain.setValueAtTime(0.0001, start);
  volume.gain.exponentialRampToValueAtTime(0.2, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.22);
  wave.connect(volume).connect(audio.destination);
  wave.start(start);
  wave.stop(start + 0.25);
}

async function unlock() {
  audio ??= window.AudioContext ? new AudioContext() : null;
  await audio?.resume();
}

// A button that remembers yes or no, in aria-pressed for eyes and ears.
function toggle(id, key, wanted) {
  const button = document.getElementById(id);
  if (!button) return;
  const show = () => button.setAttribute("aria-pressed", String(kept(key)));
  button.addEventListener("click", async () => { keep(key, await wanted(!kept(key))); show(); });
  button.hidden = false;
  show();
}

async function permitted(yes) {
  return yes && (await Notification.requestPermission()) === "granted";
}

export function prepare() {
  if (navigator.userActivation?.hasBeenActive) unlock(); // before, browsers only complain
  for (const gesture of ["pointerup", "keydown"]) document.addEventListener(gesture, unlock, { once: true });
  document.getElementById("sound-test")?.addEventListener("click", async () => { await unlock(); play(); });
  toggle("sound-mute", "muted", (yes) => yes);
  if (window.Notification) toggle("notify", "notify", permitted);
}
