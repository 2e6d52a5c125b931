// Starts the live page that <main data-live> asks for, and keeps plain forms from being posted twice.

import { Banner } from "./banner.js";
import { Board } from "./board.js";
import { Connection } from "./connection.js";
import { watch } from "./hint.js";
import { Lobby } from "./lobby.js";
import { prepare } from "./notify.js";
import { Room } from "./room.js";
import { propose } from "./zone.js";

const KINDS = { room: Room, lobby: Lobby, board: Board };

function start(main) {
  prepare();
  const connection = new Connection(main.dataset.live, new Banner());
  connection.serve(new KINDS[main.dataset.kind](main, connection));
}

// The buttons are disabled a moment later: a disabled submitter would lose its name and value.
function once(event) {
  const form = event.target;
  document.getElementById("flash")?.setAttribute("hidden", "");
  if (event.defaultPrevented || !form.matches("form[data-once]")) return;
  if (form.dataset.posted) return event.preventDefault();
  form.dataset.posted = "yes";
  setTimeout(() => lock(form, true));
}

function lock(form, locked) {
  for (const button of form.querySelectorAll("button, input[type=submit]")) button.disabled = locked;
}

function reopen() {
  for (const form of document.querySelectorAll("form[data-posted]")) {
    delete form.dataset.posted;
    lock(form, false);
  }
}

// On a phone the places scroll sideways: the one we are at must be in view.
function showPlace(here) {
  const places = here.parentElement;
  places.scrollLeft = here.offsetLeft - places.offsetLeft - (places.clientWidth - here.offsetWidth) / 2;
}

document.addEventListener("submit", once);
window.addEventListener("pageshow", reopen);
for (const area of document.querySelectorAll("textarea[data-hint]")) watch(area, document.getElementById(area.dataset.hint));
propose();
const here = document.querySelector(".nav [aria-current]");
if (here) showPlace(here);
const main = document.querySelector("main[data-live]");
if (main) start(main);
