// Messages on their way, shown at once from <template id="pending-message">: sending, waiting, sent or failed.

import { sentence } from "./hint.js";

export class Pending {
  #list; #template; #retry; #up = false;

  constructor(list, retry) {
    this.#list = list;
    this.#template = document.getElementById("pending-message");
    this.#retry = retry;
  }

  show(entry) {
    this.#find(entry.cid)?.remove();
    const node = this.#clone();
    node.dataset.pending = entry.cid;
    node.querySelector(".message__text").textContent = entry.text;
    node.querySelector(".message__retry").addEventListener("click", () => this.#retry(entry.cid));
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

  fail(cid, words) {
    const node = this.#find(cid);
    if (node) this.#mark(node, "failed", words);
  }

  #mark(node, state, words = "") {
    const line = node.querySelector(".message__status");
    node.dataset.status = state;
    line.textContent = typeof words === "string" && words ? words : line.dataset[state] ?? "";
    node.querySelector(".message__retry").hidden = state !== "failed";
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
    const count = this.#all("waiting").length + this.#all("failed").length;
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
