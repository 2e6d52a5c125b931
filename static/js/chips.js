// The chips of a conversation: pressed, they go into the message that is being written.

const USABLE = ".message__text .chip[data-n]";

export class Chips {
  #list; #words; #use;

  // use(label, kind, n) puts one into the message.
  constructor(list, words, use) {
    this.#list = list;
    this.#words = words;
    this.#use = use;
    list.addEventListener("click", (event) => this.#press(event));
    list.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && this.#press(event));
    this.show(list);
  }

  show(root) {
    for (const chip of root.querySelectorAll(USABLE)) {
      chip.setAttribute("role", "button");
      chip.tabIndex = 0;
      chip.title = this.#words;
    }
  }

  #press(event) {
    const chip = event.target.closest(USABLE);
    if (!chip || !this.#list.contains(chip)) return;
    event.preventDefault();
    this.#use(chip.textContent.trim(), chip.dataset.kind, Number(chip.dataset.n));
  }
}
