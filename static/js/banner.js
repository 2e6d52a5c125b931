// The one line that says how the connection is: trying, waiting with the seconds counted and a button, back, or over.

const BACK_SHOWS = 3_000;
const A_MOMENT = 3_000; // shorter waits pass by themselves: a number that flickers says nothing
const CROWDED = 4429;

export class Banner {
  #box = document.getElementById("connection-box");
  #line = document.getElementById("connection");
  #button = document.getElementById("connection-now");
  #hide; #count;

  // now(): the person does not want to wait.
  onTryNow(now) {
    this.#button?.addEventListener("click", now);
  }

  up() {
    if (!this.#box || this.#box.hidden) return;
    this.#say("back");
    this.#hide = setTimeout(() => { this.#box.hidden = true; }, BACK_SHOWS);
  }

  trying() {
    if (this.#box && !this.#box.hidden) this.#say(navigator.onLine ? "connecting" : "offline");
  }

  // The next try comes in so many milliseconds.
  down(wait, code) {
    if (!navigator.onLine) this.#say("offline");
    else if (wait < A_MOMENT) this.#say("connecting");
    else this.#countDown(code === CROWDED ? "crowded" : "waiting", Date.now() + wait);
  }

  closed(code) {
    this.#say(code);
    if (this.#box) this.#box.dataset.state = "closed";
  }

  #say(state) {
    if (!this.#box) return;
    clearTimeout(this.#hide);
    clearInterval(this.#count);
    this.#box.dataset.state = state;
    this.#line.textContent = this.#line.dataset[state] ?? this.#line.dataset.offline;
    this.#button.hidden = true;
    this.#box.hidden = false;
  }

  // A timer is silent by its role: the sentence is read out once, not each second.
  #countDown(state, until) {
    if (!this.#box) return;
    this.#say(state);
    const [before, after] = this.#line.dataset[state].split("{n}");
    const left = document.createElement("span");
    left.setAttribute("role", "timer");
    this.#line.replaceChildren(before, left, after);
    this.#button.hidden = false;
    const tick = () => { left.textContent = Math.max(1, Math.ceil((until - Date.now()) / 1000)); };
    tick();
    this.#count = setInterval(tick, 1000);
  }
}
