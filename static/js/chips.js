// The chips of a conversation that can be pressed: one stop of the Tab key for all of them, arrows lead from one to the
// next. A long chat has hundreds, and whoever tabs on to the place to write must not pass each.

const USABLE = ".message__text .chip[data-n]";
const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

export class Chips {
  #list; #dress; #use; #live = true;

  // dress(chip) says what pressing it does; use(chip) does it.
  constructor(list, dress, use) {
    this.#list = list;
    this.#dress = dress;
    this.#use = use;
    list.addEventListener("click", (event) => this.#press(event));
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("focusin", ({ target }) => target.matches(USABLE) && this.#stopAt(target));
    this.show(list);
  }

  show(root) {
    if (!this.#live) return;
    for (const chip of root.querySelectorAll(USABLE)) {
      chip.setAttribute("role", "button");
      chip.tabIndex = -1;
      this.#dress(chip);
    }
    if (!this.#list.contains(document.activeElement?.closest(USABLE) ?? null)) this.#stopAt(this.#all().at(-1));
  }

  // What nobody can use any more does not look or sound as if they could.
  rest() {
    this.#live = false;
    for (const chip of this.#all()) for (const name of ["role", "tabindex"]) chip.removeAttribute(name);
  }

  again({ kind, n }) {
    return this.#all().find((chip) => chip.dataset.kind === kind && chip.dataset.n === n);
  }

  #all() {
    return [...this.#list.querySelectorAll(USABLE)];
  }

  #stopAt(chip) {
    for (const other of this.#list.querySelectorAll(`${USABLE}[tabindex="0"]`)) other.tabIndex = -1;
    if (chip) chip.tabIndex = 0;
  }

  #press(event) {
    const chip = event.target.closest(USABLE);
    if (!chip || !this.#live) return;
    event.preventDefault();
    this.#use(chip);
  }

  #key(event) {
    if (["Enter", " "].includes(event.key)) return this.#press(event);
    if (!(event.key in STEPS) || !event.target.matches(USABLE)) return;
    event.preventDefault();
    const all = this.#all();
    const at = all.indexOf(event.target) + STEPS[event.key];
    all[Math.max(0, Math.min(all.length - 1, at))].focus();
  }
}
