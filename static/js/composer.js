// Where a person types: Enter sends, the draft is kept, the other side hears that someone is typing.

import { store, stored } from "./outbox.js";

const TYPING_EVERY = 1_000;
const NEARLY_FULL = 0.9; // nobody wants a number under a short message

export class Composer {
  #root; #area; #key; #told = 0;

  // say(text) returns whether the message was taken; typing() is called at most once a second.
  constructor(root, chat, say, typing) {
    this.#root = root;
    this.#area = root.querySelector("textarea");
    this.#key = `draft:${chat}`;
    const form = this.#area.form;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(say); });
    this.#area.addEventListener("keydown", (event) => this.#enter(event, form));
    this.#area.addEventListener("input", () => { this.#changed(); this.#tell(typing); });
    if (!this.#area.value) this.#area.value = stored(this.#key, "");
    this.#count();
  }

  allow(live) {
    this.#root.querySelector("fieldset").disabled = !live;
  }

  // 229 is what some keyboards report for the Enter that ends a composition.
  #enter(event, form) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  }

  #submit(say) {
    const text = this.#area.value.trimEnd();
    if (!text.trim() || this.#area.matches(":disabled") || !say(text)) return;
    this.#area.value = "";
    this.#told = 0;
    this.#changed();
    this.#area.focus();
  }

  #changed() {
    store(this.#key, this.#area.value);
    this.#count();
  }

  #tell(typing) {
    if (!this.#area.value || Date.now() - this.#told < TYPING_EVERY) return;
    this.#told = Date.now();
    typing();
  }

  #count() {
    const counter = document.getElementById("counter");
    const [length, limit] = [this.#area.value.length, this.#area.maxLength];
    counter.hidden = length < limit * NEARLY_FULL;
    counter.textContent = `${length} / ${limit}`;
  }
}
