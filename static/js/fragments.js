// Puts server-rendered fragments in place without losing what a person has focused or half typed.

const FIELDS = "input:not([type=hidden]), textarea, select";

// The server escaped every value; nodes parsed in a <template> never run scripts.
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
  for (const input of template.content.querySelectorAll("form.needs-csrf input[name=csrf]")) input.value = csrf;
  const key = document.querySelector("meta[name=claim-key]")?.content ?? ""; // the expert's half of every card's token
  for (const input of template.content.querySelectorAll("form.needs-csrf input[name=key]")) input.value = key;
  return document.importNode(template.content, true);
}

export function element(html) {
  return parse(html).firstElementChild;
}

export function swap(old, fresh, keep = true) {
  const restore = keep ? remember(old) : null;
  old.replaceWith(fresh);
  restore?.(fresh);
  window.htmx?.process(fresh);
  return fresh;
}

// The words of a message anew; whoever was on a chip is on the same chip afterwards, or on the words that took it in.
export function rewrite(old, html) {
  const fresh = element(html);
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  if (active) {
    const { kind, n } = active.dataset;
    const again = kind && [...fresh.querySelectorAll(".chip")].find((chip) => chip.dataset.kind === kind && chip.dataset.n === n);
    fresh.tabIndex = -1;
    queueMicrotask(() => (again ?? fresh).focus({ preventScroll: true })); // a chip is focusable once it is usable
  }
  return fresh;
}

// Replaces a list, whether the fragment is the list itself or only its items.
export function refill(id, html) {
  const list = document.getElementById(id);
  const content = parse(html);
  if (content.firstElementChild?.id === id) return swap(list, content.firstElementChild);
  const fresh = list.cloneNode(false);
  fresh.append(content);
  return swap(list, fresh);
}

// Said to those who listen to the page; those who look see it happen.
export function announce(text) {
  document.getElementById("announcement").textContent = text ?? "";
}

export function flash(text) {
  const old = document.getElementById("flash");
  const fresh = Object.assign(document.createElement("div"), { id: "flash", className: "banner" });
  fresh.append(Object.assign(document.createElement("p"), { textContent: text }));
  fresh.dataset.tone = "error";
  fresh.setAttribute("role", "alert");
  old?.remove();
  document.querySelector("main").prepend(fresh);
}

// A field keeps its place by its form's action, its name and, where several share a name, its value.
function place(node, root) {
  const choice = ["radio", "checkbox", "submit"].includes(node.type) ? node.value : "";
  if (node.form) return [node.form.getAttribute("action"), node.tagName, node.name, choice].join("\n");
  return `${node.tagName}\n${[...root.querySelectorAll(node.tagName)].indexOf(node)}`;
}

function remember(root) {
  const fields = [...root.querySelectorAll(FIELDS)].map((field) => [place(field, root), field.value, field.checked]);
  const open = [...root.querySelectorAll("details")].map((details) => details.open);
  const active = document.activeElement;
  const focus = root.contains(active) && active !== root ? place(active, root) : null;
  const caret = focus && typeof active.selectionStart === "number" ? [active.selectionStart, active.selectionEnd] : null;
  return (fresh) => {
    const typed = new Map(fields.map(([at, ...rest]) => [at, rest]));
    for (const field of fresh.querySelectorAll(FIELDS)) retype(field, typed.get(place(field, fresh)));
    fresh.querySelectorAll("details").forEach((details, n) => { details.open = open[n] ?? details.open; });
    const again = focus && [...fresh.querySelectorAll(`${FIELDS}, button, a, summary`)].find((node) => place(node, fresh) === focus);
    again?.focus({ preventScroll: true });
    if (again && caret) again.setSelectionRange(...caret);
  };
}

function retype(field, was) {
  if (!was) return;
  if ("checked" in field && ["radio", "checkbox"].includes(field.type)) field.checked = was[1];
  else if (field.type !== "submit") field.value = was[0];
}
