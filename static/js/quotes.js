// Tokens of the chat in a text that is being typed: [e-mail 1] there stands for a value that nobody here knows, while
// the same letters typed by hand are just letters.

export class Quotes {
  #text; #marks; // {start, end, token, n}, in order

  constructor({ text = "", marks = [] } = {}) {
    this.#text = text;
    this.#marks = marks;
  }

  // A message as it was sent, to be written anew: its parts tell where a token stands, and "]" where its label ends.
  static of(text, parts) {
    const marks = [];
    let at = 0;
    for (const { text: words = "", token, n } of parts ?? []) {
      const end = token ? text.indexOf("]", at) + 1 : at + words.length;
      if (token) marks.push({ start: at, end, token, n });
      at = end;
    }
    return new Quotes({ text, marks });
  }

  // Both texts, the other one below this.
  above(other) {
    const { text, marks } = other.draft;
    if (!text) return this;
    const shift = this.#text.length + 1;
    const moved = marks.map((mark) => ({ ...mark, start: mark.start + shift, end: mark.end + shift }));
    return new Quotes({ text: `${this.#text}\n${text}`, marks: [...this.#marks, ...moved] });
  }

  get draft() {
    return { text: this.#text, marks: this.#marks };
  }

  // The message as the server takes it apart; nothing when it is text alone.
  get parts() {
    if (!this.#marks.length) return null;
    const parts = [];
    let at = 0;
    for (const { start, end, token, n } of this.#marks) {
      if (at < start) parts.push({ text: this.#text.slice(at, start) });
      parts.push({ token, n });
      at = end;
    }
    const rest = this.#text.slice(at).trimEnd();
    return rest ? [...parts, { text: rest }] : parts;
  }

  // What was typed replaced old[from, upto) by new[from, caret): marks behind it move along, and one that was touched
  // goes as a whole. Returns the text and the caret as they are then.
  follow(text, caret) {
    const old = this.#text;
    let after = text.length - caret;
    if (old.slice(old.length - after) !== text.slice(caret) || after > old.length) after = alike(old, text, true);
    const before = Math.min(alike(old, text), old.length - after, text.length - after);
    const [from, upto, shift] = [before, old.length - after, text.length - old.length];
    const cuts = [];
    const kept = [];
    for (const mark of this.#marks) {
      if (mark.end <= from) kept.push(mark);
      else if (mark.start >= upto) kept.push({ ...mark, start: mark.start + shift, end: mark.end + shift });
      else cuts.push([mark.start, Math.min(mark.end, from)], [Math.max(mark.start, upto) + shift, mark.end + shift]);
    }
    this.#text = text;
    this.#marks = kept;
    for (const [start, end] of cuts.reverse()) if (start < end) caret = this.#cut(start, end, caret);
    return { text: this.#text, caret };
  }

  // The label in place of what is selected, as one token; where the caret stands after it.
  insert(start, end, label, token, n) {
    this.follow(this.#text.slice(0, start) + this.#text.slice(end), start);
    start = Math.min(start, this.#text.length);
    const inside = this.#marks.find((mark) => mark.start < start && start < mark.end);
    if (inside) start = inside.end;
    const room = start && !/\s$/.test(this.#text.slice(0, start)) ? " " : "";
    const caret = start + room.length + label.length;
    this.follow(this.#text.slice(0, start) + room + label + this.#text.slice(start), caret);
    this.#marks = [...this.#marks, { start: caret - label.length, end: caret, token, n }].sort((a, b) => a.start - b.start);
    return caret;
  }

  #cut(start, end, caret) {
    this.#text = this.#text.slice(0, start) + this.#text.slice(end);
    this.#marks = this.#marks.map((mark) => (mark.start >= end ? { ...mark, start: mark.start - end + start, end: mark.end - end + start } : mark));
    return caret >= end ? caret - end + start : Math.min(caret, start);
  }
}

// How many letters two texts have in common at their beginning, or at their end.
function alike(one, other, atEnd = false) {
  const most = Math.min(one.length, other.length);
  let same = 0;
  while (same < most && (atEnd ? one.at(-1 - same) === other.at(-1 - same) : one[same] === other[same])) same++;
  return same;
}
