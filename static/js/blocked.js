// What an expert was not allowed to say, for those who watch: each once, the newest last.

import { element } from "./fragments.js";

export class Blocked {
  add({ id, html }) {
    const box = document.getElementById("blocked");
    if (!box || document.getElementById(`blocked-${id}`)) return;
    box.querySelector("ol").append(element(html));
    box.hidden = false;
  }
}
