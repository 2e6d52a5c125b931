// Where a person types: Enter sends, the draft is kept, the other side hears that someone is typing.

import { watch } from "./hint.js";
import { store, stored } from "./outbox.js";
import { Quotes } from "./quotes.js";

const TYPING_EVERY = 1_000;
const NEARLY_FULL = 0.9; // nobody wants a number under a short message

export class Composer {
  #root; #area; #key; #quotes; #told = 0;

  // say(text, parts) returns whether the message was taken; typing() is called at most once a second.
  constructor(root, chat, say, typing) {
    this.#root = root;
    this.#area = root.querySelector("textarea");
    this.#key = `draft:${chat}`;
    const form = this.#area.form;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(say); });
    this.#area.addEventListener("keydown", (event) => this.#enter(event, form));
    this.#area.addEventListener("input", () => { this.#follow(); this.#changed(); this.#tell(typing); });
    this.#takeUp(stored(this.#key, null));
    this.#count();
    watch(this.#area, root.querySelector("#draft-hint"));
  }

  allow(live) {
    this.#root.querySelector("fieldset").disabled = !live;
  }

  // Puts a token of the chat where the caret is.
  quote(label, token, n) {
    if (this.#area.matches(":disabled")) return;
    const caret = this.#quotes.insert(this.#area.selectionStart, this.#area.selectionEnd, `[${label}]`, token, n);
    this.#write(this.#quotes.draft.text, caret);
    this.#changed();
    this.#area.focus();
  }

  // A message that was not sent is written on, above what is there already; whether there was room for both.
  takeBack(text, parts) {
    const [written, back] = [this.#quotes, Quotes.of(text, parts)];
    const both = back.above(written);
    if (this.#area.matches(":disabled") || both.draft.text.length > this.#area.maxLength) return false;
    this.#quotes = both;
    this.#write(both.draft.text, text.length);
    this.#area.dispatchEvent(new Event("input"));
    this.#area.focus();
    return true;
  }

  focus() {
    this.#area.focus();
  }

  // What the browser kept of a form is text without tokens; our own draft knows them.
  #takeUp(draft) {
    const known = draft && (!this.#area.value || this.#area.value === draft.text);
    this.#quotes = new Quotes(known ? draft : { text: this.#area.value });
    this.#area.value = this.#quotes.draft.text;
  }

  #follow() {
    const { text, caret } = this.#quotes.follow(this.#area.value, this.#area.selectionStart);
    if (text !== this.#area.value) this.#write(text, caret);
  }

  #write(text, caret) {
    this.#area.value = text;
    this.#area.setSelectionRange(caret, caret);
  }

  // 229 is what some keyboards report for the Enter that ends a composition.
  #enter(event, form) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  }

  #submit(say) {
    const text = this.#area.value.trimEnd();
    if (!text.trim() || this.#area.matches(":disabled") || !say(text, this.#quotes.parts)) return;
    this.#area.value = "";
    this.#quotes = new Quotes();
    this.#area.dispatchEvent(new Event("input"));
    this.#told = 0;
    this.#changed();
    this.#area.focus();
  }

  #changed() {
    store(this.#key, this.#quotes.draft);
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
