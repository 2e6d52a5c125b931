// A moderator's board: one row a chat, waiting and live first, what is over below.

import { element, refill, swap } from "./fragments.js";

const OPEN = ":scope > [data-status=waiting], :scope > [data-status=live]";

export class Board {
  #connection;

  constructor(_main, connection) {
    this.#connection = connection;
  }

  hears = {
    board: (frame) => this.#board(frame),
    row: (frame) => this.#row(frame),
  };

  lost() {}

  #board(frame) {
    this.#connection.ready();
    refill("rows", frame.html);
    this.#count();
  }

  #row(frame) {
    const row = element(frame.html);
    row.dataset.status ??= frame.status;
    const old = document.getElementById(row.id);
    // Two processes may tell of one chat at once; a chat never goes back.
    if (old && Number(old.dataset.step) > Number(row.dataset.step)) return;
    if (old) swap(old, row);
    else this.#insert(row);
    this.#count();
  }

  // The newest chat stands after the others that wait or run, as the next board will have it.
  #insert(row) {
    const rows = document.getElementById("rows");
    const last = [...rows.querySelectorAll(OPEN)].at(-1);
    if (last) last.after(row);
    else rows.prepend(row);
    window.htmx?.process(row);
  }

  #count() {
    const rows = document.getElementById("rows");
    for (const status of ["waiting", "live"]) {
      const count = document.getElementById(`count-${status}`);
      if (count) count.textContent = rows.querySelectorAll(`:scope > [data-status=${status}]`).length;
    }
  }
}
