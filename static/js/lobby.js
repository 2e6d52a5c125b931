// An expert's lobby: offers appear newest first, turn when they are taken, and call the expert over.

import { announce, element, refill, swap } from "./fragments.js";
import { badge, notify, tone } from "./notify.js";

const TAKEN_STAYS = 6_000;
const OLD = 120_000; // from this age on the oldest comes first, as the server lists them
const ACTIVE_EVERY = 60_000;

export class Lobby {
  #connection; #words; #known = null; #acted = Date.now();

  constructor(main, connection) {
    this.#connection = connection;
    this.#words = main.dataset;
    this.#count();
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => this.#active());
  }

  hears = {
    offers: (frame) => this.#offers(frame),
    offer: (frame) => this.#offer(frame),
    taken: (frame) => this.#taken(frame),
    lobby: (frame) => this.#desk(frame),
    standing: (frame) => this.#standing(frame),
  };

  lost() {}

  // What came while the line was down calls too, but never what was on the page already.
  #offers(frame) {
    this.#connection.ready();
    refill("offers", frame.html);
    const missed = this.#known ? frame.offers.filter((offer) => !this.#known.has(offer.chat)) : [];
    this.#known = new Set(frame.offers.map((offer) => offer.chat));
    this.#count();
    if (missed.length) this.#call(missed[0]);
  }

  #offer(frame) {
    const card = element(frame.html);
    const old = document.getElementById(card.id);
    if (old) swap(old, card);
    else this.#insert(card);
    this.#count();
    if (!this.#known?.has(frame.chat)) this.#call(frame);
    this.#known?.add(frame.chat);
  }

  #insert(card) {
    const list = document.getElementById("offers");
    const last = card.dataset.returned ? null : [...list.children].filter((one) => this.#first(one)).at(-1);
    if (last) last.after(card);
    else list.prepend(card);
    window.htmx?.process(card);
  }

  #first(card) {
    return card.dataset.returned || Date.now() - Date.parse(card.dataset.since) >= OLD;
  }

  // Whoever does nothing here for long is set away.
  #active() {
    if (Date.now() - this.#acted < ACTIVE_EVERY) return;
    this.#acted = Date.now();
    this.#connection.send({ type: "active" });
  }

  #taken(frame) {
    this.#known?.delete(frame.chat);
    const old = document.getElementById(`offer-${frame.chat}`);
    if (!old) return;
    const card = swap(old, element(frame.html));
    card.dataset.taken ??= frame.why;
    setTimeout(() => { card.remove(); this.#count(); }, TAKEN_STAYS);
    this.#count();
  }

  #desk(frame) {
    for (const html of [frame.html, frame.rooms]) {
      const fresh = element(html);
      swap(document.getElementById(fresh.id), fresh);
    }
  }

  #standing(frame) {
    const fresh = element(frame.html);
    const old = document.getElementById(fresh.id);
    if (old) swap(old, fresh);
    else document.getElementById("standings")?.append(fresh);
  }

  #call(offer) {
    tone();
    announce(`${this.#words.notifyOffer}: ${offer.topic}`);
    notify(this.#words.notifyOffer, offer.topic, `offer-${offer.chat}`);
  }

  #count() {
    badge(document.querySelectorAll("#offers > [id^=offer-]:not([data-taken])").length);
  }
}
