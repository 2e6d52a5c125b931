// A chat from one seat: messages in order, each once; what is unsent stays visible until it is kept.

import { Blocked } from "./blocked.js";
import { Chips } from "./chips.js";
import { Composer } from "./composer.js";
import { ANSWER_WITHIN, READY_WITHIN } from "./connection.js";
import { announce, element, flash, rewrite, swap } from "./fragments.js";
import { badge, notify, tone } from "./notify.js";
import { Outbox } from "./outbox.js";
import { Pending } from "./pending.js";
import { Reading } from "./reading.js";
import { Tabs } from "./tabs.js";

const TYPING_SHOWS = 4_000;
const BREATHER = 1_000; // after `retry` and `too_fast`: the message is fine, the moment was not
const PASSING = ["retry", "too_fast"];

export class Room {
  #connection; #seat; #last; #status; #list; #outbox; #pending; #composer; #reading; #tabs; #words; #chips; #blocked = new Blocked();
  #resumed = false; #resuming = false; #sending = null; #timer; #typing; #unread = 0; #stuck; #from; #overdue;

  constructor(main, connection) {
    const chat = main.dataset.live;
    this.#connection = connection;
    this.#words = main.dataset;
    this.#seat = main.dataset.seat;
    this.#last = Number(main.dataset.seq) || 0;
    this.#list = document.getElementById("messages");
    this.#status = document.getElementById("state").dataset.status;
    this.#reading = new Reading(this.#list);
    this.#outbox = new Outbox(chat);
    this.#pending = new Pending(this.#list, { edit: (cid) => this.#edits(cid), discard: (cid) => this.#discard(cid) });
    this.#tabs = new Tabs(chat, this.#outbox, { kept: (ack) => this.#kept(ack), freed: () => this.#sendNext() });
    document.addEventListener("visibilitychange", () => document.hidden || badge(this.#unread = 0));
    this.#seatComposer(document.getElementById("composer"), chat);
    this.#showUnsent();
    for (const message of this.#list.querySelectorAll("[data-seq]")) this.#note(message);
    this.#reading.toEnd();
  }

  hears = {
    hello: () => this.#arrive(),
    resumed: () => this.#complete(),
    state: (frame) => this.#state(frame),
    message: (frame) => this.#message(frame),
    edit: (frame) => this.#edit(frame),
    blocked: (frame) => this.#blocked.add(frame),
    ack: (frame) => this.#ack(frame),
    typing: (frame) => this.#show(frame.author),
    pong: (frame) => frame.seq > this.#last && this.#resume(),
    error: (frame) => this.#error(frame),
  };

  lost(code, final) {
    if (code === 1009 && this.#sending) this.#fail(this.#sending, this.#words.tooLong);
    this.#resumed = this.#resuming = false;
    clearTimeout(this.#overdue);
    this.#settle(this.#sending);
    this.#tabs.leave();
    this.#pending.line(false);
    if (final) this.#composer?.allow(false);
  }

  #seatComposer(root, chat) {
    if (!root || this.#seat === "staff") return;
    this.#composer = new Composer(root, chat, (...words) => this.#say(...words), () => this.#resumed && this.#connection.send({ type: "typing" }));
    this.#composer.allow(this.#status === "live");
    const { quote } = root.dataset;
    const use = (chip) => this.#composer.quote(chip.textContent.trim(), chip.dataset.kind, Number(chip.dataset.n));
    this.#chips = new Chips(this.#list, (chip) => { chip.title = quote; }, use);
  }

  // What this page already shows was kept before a reload; only its ack was lost.
  #showUnsent() {
    const shown = Array.from(this.#list.querySelectorAll("[data-cid]"), (node) => node.dataset.cid);
    for (const cid of this.#outbox.shared(shown)) this.#outbox.remove(cid);
    for (const entry of this.#outbox.entries) this.#pending.show(entry);
  }

  #arrive() {
    this.#tabs.arrive();
    this.#resume();
  }

  #resume() {
    if (this.#resuming) return;
    this.#resuming = true;
    this.#stuck = this.#reading.atEnd();
    this.#from = this.#last;
    this.#overdue = setTimeout(() => this.#connection.drop(), READY_WITHIN);
    this.#connection.send({ type: "resume", seq: this.#last });
  }

  #complete() {
    this.#resumed = true;
    this.#resuming = false;
    clearTimeout(this.#overdue);
    if (this.#last > this.#from) this.#reading.grown(this.#stuck);
    this.#connection.ready();
    this.#pending.line(true);
    this.#sendNext();
  }

  #state(frame) {
    const stuck = this.#reading.atEnd();
    const same = frame.status === this.#status;
    this.#status = frame.status;
    const fresh = swap(document.getElementById("state"), element(frame.html), same);
    if (!same) announce(fresh.dataset.text);
    this.#composer?.allow(frame.status === "live");
    if (frame.status === "ended") this.#chips?.rest();
    if (stuck) this.#reading.toEnd();
  }

  #message(frame) {
    if (frame.seq <= this.#last) return;
    if (frame.seq > this.#last + 1) return this.#resume();
    this.#last = frame.seq;
    const mine = frame.author === this.#seat;
    const stuck = !this.#resuming && this.#reading.atEnd();
    this.#place(frame);
    if (mine) this.#forget(frame.cid);
    else this.#show(null);
    if (!this.#resuming) this.#reading.grown(stuck); // measuring the page for each of a thousand missed messages is slow
    if (!mine && document.hidden) this.#callOver(frame);
  }

  #place(frame) {
    const node = element(frame.html);
    this.#pending.replace(frame.cid, node);
    this.#note(node);
    this.#chips?.show(node);
    window.htmx?.process(node);
  }

  // A later message gave something away in this one: its words alone are written anew, and nobody is called for it.
  #edit({ seq, amended, html }) {
    const message = document.getElementById(`message-${seq}`);
    if (!message || Number(message.dataset.amended ?? 0) > amended) return;
    message.dataset.amended = amended;
    message.setAttribute("aria-live", "off");
    this.#reading.keep(message, () => {
      rewrite(message.querySelector(".message__text"), html); // whoever watches has no chips to show
      this.#chips?.show(message);
      this.#note(message);
    });
  }

  // An expert's message may name the customer's details: only its ack tells what of theirs was hidden in it.
  #note(message) {
    if (this.#seat === "customer" && message.dataset.author === "customer") this.#pending.note(message);
  }

  #callOver(frame) {
    badge(++this.#unread);
    tone();
    notify(this.#words.notifyMessage, "", `chat-${frame.chat}`);
  }

  #say(text, parts) {
    if (this.#outbox.full) return false;
    this.#pending.show(this.#outbox.add(text, parts));
    this.#reading.toEnd();
    this.#sendNext();
    return true;
  }

  // One at a time, so that the order typed is the order kept, whatever is refused, lost or sent again.
  #sendNext() {
    const entry = this.#outbox.next();
    if (!entry || this.#sending || !this.#resumed) return;
    this.#sending = entry.cid;
    this.#connection.send({ type: "send", cid: entry.cid, ...(entry.parts ? { parts: entry.parts } : { text: entry.text }) });
    this.#timer = setTimeout(() => this.#connection.drop(), ANSWER_WITHIN);
  }

  #settle(cid) {
    if (cid !== this.#sending) return;
    clearTimeout(this.#timer);
    this.#sending = null;
  }

  #ack(frame) {
    document.querySelector(".state__due")?.remove(); // an expert's first word is said
    this.#tabs.kept(frame);
    this.#kept(frame);
    setTimeout(() => frame.seq > this.#last && this.#resume(), ANSWER_WITHIN);
  }

  // Acked here or in another tab that holds the same outbox.
  #kept({ cid, seq, hidden }) {
    this.#forget(cid);
    this.#pending.sent(cid, document.getElementById(`message-${seq}`), hidden ?? []);
  }

  #forget(cid) {
    this.#outbox.remove(cid);
    this.#settle(cid);
    this.#sendNext();
  }

  // What was refused is refused however often it is sent: it is put into other words, as a new message, or given up.
  #edits(cid) {
    const entry = this.#outbox.find(cid);
    if (entry && !this.#composer?.takeBack(entry.text, entry.parts)) return flash(this.#words.tooLong);
    this.#discard(cid);
  }

  #discard(cid) {
    this.#outbox.remove(cid);
    this.#pending.drop(cid);
    this.#composer?.focus();
  }

  #error(frame) {
    const cid = frame.cid ?? (PASSING.includes(frame.code) ? this.#sending : null);
    if (!cid) return flash(frame.text);
    if (PASSING.includes(frame.code)) return this.#breathe(cid);
    this.#fail(cid, frame.text);
    this.#settle(cid);
    this.#sendNext();
  }

  #breathe(cid) {
    if (cid !== this.#sending) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.#settle(cid); this.#sendNext(); }, BREATHER * (1 + Math.random()));
  }

  #fail(cid, text) {
    this.#outbox.fail(cid, text || true);
    this.#pending.fail(cid, text);
    announce(text);
    this.#reading.toEnd();
  }

  #show(author) {
    const line = document.getElementById("typing");
    if (!line || author === this.#seat) return;
    clearTimeout(this.#typing);
    const stuck = this.#reading.atEnd();
    line.hidden = !author;
    line.textContent = line.dataset[author] ?? "";
    if (author && stuck) this.#reading.toEnd();
    if (author) this.#typing = setTimeout(() => this.#show(null), TYPING_SHOWS);
  }
}
