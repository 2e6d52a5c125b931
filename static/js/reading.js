// Follows the newest message only while the reader is at the end; otherwise a button says there is more.

const NEAR = 80; // pixels that still count as the end

export class Reading {
  #list; #button;

  constructor(list) {
    this.#list = list;
    this.#button = document.getElementById("new-messages");
    this.#button?.addEventListener("click", () => this.toEnd());
    document.addEventListener("scroll", () => this.atEnd() && this.#more(false), { capture: true, passive: true });
  }

  atEnd() {
    const box = this.#box();
    return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  }

  toEnd() {
    const box = this.#box();
    box.scrollTop = box.scrollHeight;
    this.#more(false);
  }

  grown(stuck) {
    if (stuck) this.toEnd();
    else this.#more(true);
  }

  // Something above or in sight is written anew: what is read stays where it is.
  keep(node, change) {
    const [stuck, box] = [this.atEnd(), this.#box()];
    const { bottom, height } = node.getBoundingClientRect();
    change();
    if (stuck) this.toEnd();
    else if (!CSS.supports("overflow-anchor", "auto") && bottom <= box.getBoundingClientRect().top)
      box.scrollTop += node.getBoundingClientRect().height - height;
  }

  #more(there) {
    if (this.#button) this.#button.hidden = !there;
  }

  // What scrolls differs between a phone and a desk, so the style sheet decides.
  #box() {
    for (let node = this.#list; node && node !== document.body; node = node.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(node).overflowY)) return node;
    return document.scrollingElement;
  }
}
