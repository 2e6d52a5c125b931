// The dialog in which one value is revealed, and values that are hidden again. Without this file the same page does all
// of it.

import { Chips } from "./chips.js";

const TICK = 500; // a count that is looked at twice a second never seems to skip one
const page = document.getElementById("main");
const dialog = document.getElementById("reveal");

// The value goes, its place says so; nobody has to count, and a clock that slept is late for nothing.
function hideLater(shown) {
  const until = Date.now() + Number(shown.dataset.hideAfter) * 1000;
  const left = shown.querySelector("[data-left]");
  const look = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (seconds <= 0 || !shown.isConnected) hide();
    else if (left) left.textContent = seconds;
  };
  const hide = () => {
    clearInterval(timer);
    window.removeEventListener("pagehide", hide);
    document.removeEventListener("visibilitychange", look);
    shown.textContent = shown.dataset.hidden;
  };
  const timer = setInterval(look, TICK);
  window.addEventListener("pagehide", hide); // the page may come back from the browser's memory
  document.addEventListener("visibilitychange", look);
}

function eachIn(node, selector, then) {
  if (!(node instanceof Element)) return;
  for (const found of node.matches(selector) ? [node] : node.querySelectorAll(selector)) then(found);
}

class Dialog {
  #body = dialog.querySelector("#reveal-body");
  #said = dialog.querySelector("#reveal-said");
  #empty = [...this.#body.cloneNode(true).children];
  #path = page.dataset.reveal;
  #chips; #opener;

  constructor(list) {
    const { label } = dialog.dataset;
    const dress = (chip) => {
      chip.classList.add("chip--open");
      chip.setAttribute("aria-haspopup", "dialog");
      chip.setAttribute("aria-label", label.replace("{}", chip.textContent.trim()));
      chip.removeAttribute("title");
    };
    this.#chips = new Chips(list, dress, (chip) => this.#open(chip, `${chip.dataset.kind} ${chip.dataset.n}`));
    page.querySelector("[data-reveal-all]")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.#open(event.currentTarget, "");
    });
    dialog.addEventListener("close", () => this.#closed());
    document.addEventListener("htmx:before:request", () => this.#say(""));
    document.addEventListener("htmx:error", () => this.#say(dialog.dataset.unreached));
  }

  // Something was put in place: into the dialog, into the conversation, or as a word to the page, which the dialog covers.
  came(node) {
    if (dialog.contains(node)) dialog.open && this.#settle();
    else if (node.id === "flash" && dialog.open) this.#take(node);
    else this.#chips.show(node.closest(".message") ?? node);
  }

  async #open(opener, token) {
    this.#opener = opener;
    const query = token ? `?${new URLSearchParams({ token })}` : "";
    if (!dialog.open) dialog.showModal();
    await window.htmx.ajax("GET", this.#path + query, { target: "#reveal-body", swap: "innerHTML" });
  }

  #settle() {
    const place = ["[aria-invalid=true]", "form [name=token]:not([type=hidden])", "form [name=reason]", "#reveal-title"];
    place.map((one) => this.#body.querySelector(one)).find(Boolean)?.focus();
  }

  #take(flash) {
    if (!flash.hidden) this.#say(flash.textContent.trim());
    flash.hidden = true;
  }

  #say(text) {
    this.#said.hidden = !text;
    this.#said.lastElementChild.textContent = text;
  }

  // A chip may have been written anew meanwhile.
  #closed() {
    this.#say("");
    this.#body.replaceChildren(...this.#empty.map((one) => one.cloneNode(true)));
    const back = this.#opener?.isConnected ? this.#opener : this.#chips.again(this.#opener?.dataset ?? {});
    back?.focus();
  }
}

const asks = dialog && page.dataset.reveal ? new Dialog(document.getElementById("messages")) : null;

function look(node) {
  eachIn(node, "[data-hide-after]", hideLater);
  if (node instanceof Element) asks?.came(node);
}

new MutationObserver((changes) => {
  for (const change of changes) change.addedNodes.forEach(look);
}).observe(page, { childList: true, subtree: true });
eachIn(page, "[data-hide-after]", hideLater);
