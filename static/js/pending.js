// Messages on their way, shown at once from <template id="pending-message">: sending, waiting, sent or failed.

import { sentence } from "./hint.js";

export class Pending {
  #list; #template; #again; #up = false;

  // again: {edit(cid), discard(cid)} is what becomes of a message that was refused.
  constructor(list, again) {
    this.#list = list;
    this.#template = document.getElementById("pending-message");
    this.#again = again;
  }

  show(entry) {
    this.#find(entry.cid)?.remove();
    const node = this.#clone();
    node.dataset.pending = entry.cid;
    node.querySelector(".message__text").textContent = entry.text;
    for (const [name, act] of Object.entries(this.#again))
      node.querySelector(`[data-act=${name}]`).addEventListener("click", () => act(entry.cid));
    this.#list.append(node);
    this.#mark(node, entry.failed ? "failed" : this.#onItsWay(), entry.failed);
  }

  line(up) {
    this.#up = up;
    for (const state of ["sending", "waiting"])
      for (const node of this.#all(state)) this.#mark(node, this.#onItsWay());
  }

  // The real message takes its place in the order of the chat: before everything that is still unsent.
  replace(cid, node) {
    const hint = this.#find(cid)?.querySelector(".message__hint:not([hidden])");
    if (hint) node.append(hint);
    this.#find(cid)?.remove();
    this.#list.insertBefore(node, this.#list.querySelector("[data-pending]"));
    this.#tell();
  }

  sent(cid, message, kinds) {
    const own = this.#find(cid);
    if (own) this.#mark(own, "sent");
    if (message) own?.remove();
    this.#hint(message ?? own, kinds);
    this.#tell();
  }

  // What is hidden in a message of the customer's own, as its chips say: the question's too, and after a reload.
  note(message) {
    const chips = message.querySelectorAll(".message__text .chip");
    this.#hint(message, [...new Set(Array.from(chips, (chip) => chip.dataset.kind))]);
  }

  drop(cid) {
    this.#find(cid)?.remove();
    this.#tell();
  }

  fail(cid, words) {
    const node = this.#find(cid);
    if (node) this.#mark(node, "failed", words);
  }

  #mark(node, state, words = "") {
    const line = node.querySelector(".message__status");
    node.dataset.status = state;
    line.textContent = typeof words === "string" && words ? words : line.dataset[state] ?? "";
    node.querySelector(".message__again").hidden = state !== "failed";
    this.#tell();
  }

  #hint(node, kinds) {
    if (!node || !kinds.length) return;
    const hint = node.querySelector(".message__hint") ?? this.#clone().querySelector(".message__hint");
    if (!hint) return; // a seat whose template has no such line is told nothing
    hint.textContent = sentence(hint, kinds);
    hint.hidden = false;
    node.append(hint);
  }

  #tell() {
    const line = document.getElementById("unsent");
    if (!line) return;
    const count = this.#all("waiting").length;
    line.hidden = !count;
    line.textContent = (count === 1 ? line.dataset.one : line.dataset.many).replace("{n}", count);
  }

  #onItsWay() {
    return this.#up ? "sending" : "waiting";
  }

  #all(state) {
    return this.#list.querySelectorAll(`[data-pending][data-status=${state}]`);
  }

  #clone() {
    return document.importNode(this.#template.content, true).firstElementChild;
  }

  #find(cid) {
    return cid ? this.#list.querySelector(`[data-pending="${CSS.escape(cid)}"]`) : null;
  }
}
