// Chips that open the dialog in which one value is revealed; and values that are hidden again.
// Without this file the same page does all of it.

const main = document.querySelector("main[data-reveal]");
const dialog = document.getElementById("reveal");
const CHIP = ".chip[data-n]";

function upgrade(root) {
  const chips = root.matches?.(CHIP) ? [root] : (root.querySelectorAll?.(CHIP) ?? []);
  for (const chip of chips) {
    if (chip.role === "button") continue;
    chip.classList.add("chip--open");
    chip.tabIndex = 0;
    chip.setAttribute("role", "button");
    chip.setAttribute("aria-haspopup", "dialog");
    chip.setAttribute("aria-label", dialog.dataset.label.replace("{}", chip.textContent.trim()));
    chip.removeAttribute("title");
  }
}

async function open(token) {
  const query = token ? `?${new URLSearchParams({ token })}` : "";
  await window.htmx.ajax("GET", main.dataset.reveal + query, { target: "#reveal-body", swap: "innerHTML" });
  if (!dialog.open) dialog.showModal();
  const first = dialog.querySelector("[name=token]:checked") ? "[name=reason]" : "#reveal-title";
  dialog.querySelector(first)?.focus();
}

function pressed(event) {
  const all = event.target.closest("[data-reveal-all]");
  const chip = event.target.closest(CHIP);
  if (event.type === "keydown" && (!chip || !["Enter", " "].includes(event.key))) return;
  if (!all && !chip) return;
  event.preventDefault();
  open(chip ? `${chip.dataset.kind} ${chip.dataset.n}` : "");
}

// The value goes, its place says so; nobody has to count.
function hideLater(shown) {
  if (shown.dataset.hiding) return;
  shown.dataset.hiding = "yes";
  setTimeout(() => (shown.textContent = shown.dataset.hidden), Number(shown.dataset.hideAfter) * 1000);
}

function look(root) {
  if (!(root instanceof Element)) return;
  for (const shown of root.matches("[data-hide-after]") ? [root] : root.querySelectorAll("[data-hide-after]")) hideLater(shown);
  if (main && main.contains(root) && !dialog.contains(root)) upgrade(root);
}

new MutationObserver((changes) => {
  for (const change of changes) change.addedNodes.forEach(look);
}).observe(document.getElementById("main"), { childList: true, subtree: true });

look(document.getElementById("main"));
if (main) {
  main.addEventListener("click", pressed);
  main.addEventListener("keydown", pressed);
  dialog.addEventListener("close", () => document.getElementById("reveal-body").replaceChildren());
}
