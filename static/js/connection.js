// Keeps one socket open: comes back with full jitter, pings, and notices a dead line that still looks open.

const PING_EVERY = 10_000;
export const ANSWER_WITHIN = 5_000;
const GREETED_WITHIN = 15_000; // a black hole would hold CONNECTING for minutes
export const READY_WITHIN = 45_000; // after that: in a herd a server lets us wait 40 s for our turn to catch up
const SETTLED_AFTER = 5_000; // a line that dies sooner keeps its backoff: accept-then-close must not spin
const LONGEST_WAIT = 30_000;
const UNANSWERED = 4000; // our own code, never on the wire: the server stopped answering
const FINAL = [1000, 4401, 4403, 4404];
const BUSY = 1013; // the server is there and has too much to do: the first try comes within 4 s, not within 1
const BUSY_FROM = 2;
const CROWDED = 4429; // too many sockets of ours: nothing changes until a window is closed

export class Connection {
  #url; #owner; #banner; #socket = null; #final = false;
  #attempt = 0; #unit = 1_000; #notBefore = 0; #readyAt = 0;
  #reopen; #readyBy; #pings; #pongBy; #leave;

  constructor(path, banner) {
    this.#url = new URL(path, location.href.replace(/^http/, "ws"));
    this.#banner = banner;
    banner.onTryNow(() => this.#hurry());
  }

  // owner: {hears: {type: function(frame)}, lost(code, final)}
  serve(owner) {
    this.#owner = owner;
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => this.#look());
    document.addEventListener("visibilitychange", () => document.hidden || this.#look());
    window.addEventListener("pagehide", () => this.#detach(1000)); // a page with an open socket may be kept out of bfcache
    window.addEventListener("pageshow", (event) => event.persisted && this.#open());
    this.#open();
  }

  send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  // The owner says so when it is complete: after `resumed` in a room, after the first list elsewhere.
  ready() {
    if (this.#readyAt || !this.#socket) return;
    clearTimeout(this.#readyBy);
    this.#readyAt = Date.now();
    this.#pings = setInterval(() => this.#ping(), PING_EVERY);
    this.#banner.up();
  }

  drop() {
    this.#lose(UNANSWERED);
  }

  #open() {
    clearTimeout(this.#reopen);
    if (this.#socket || this.#final) return;
    this.#banner.trying();
    const socket = this.#socket = new WebSocket(this.#url);
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => this.#lose(event.code);
    this.#expect(GREETED_WITHIN);
  }

  #hear(frame) {
    this.#pongBy = clearTimeout(this.#pongBy); // whatever comes, somebody is there: the pong may wait behind it
    if (frame.type === "hello") this.#greeted(frame.retry_ms);
    if (frame.type === "drain") this.#drain(frame.retry_ms);
    const hears = this.#owner.hears;
    if (Object.hasOwn(hears, frame.type)) hears[frame.type](frame);
  }

  #greeted(unit) {
    this.#unit = unit || this.#unit;
    this.#expect(READY_WITHIN);
  }

  #expect(within) {
    clearTimeout(this.#readyBy);
    this.#readyBy = setTimeout(() => this.drop(), within);
  }

  #ping() {
    this.send({ type: "ping" });
    this.#pongBy ??= setTimeout(() => this.drop(), ANSWER_WITHIN);
  }

  // The server is going: use the line while it lasts, but be elsewhere when the time it gave us is up.
  #drain(milliseconds) {
    this.#attempt = 0; // an orderly goodbye is no failure
    this.#notBefore = Date.now() + milliseconds;
    this.#leave = setTimeout(() => this.#lose(1012), milliseconds);
  }

  #look() {
    if (this.#readyAt) this.#ping();
    else if (!navigator.onLine) this.#banner.trying();
    else if (!this.#socket) this.#hurry();
  }

  // A network is back, or a person is: they do not wait for a timer, nor for an attempt that began on a dead network.
  #hurry() {
    if (this.#readyAt) return this.#ping();
    this.#attempt = 0;
    this.#detach(UNANSWERED);
    this.#open();
  }

  // A dead line may never fire `close`, so we let go of the socket first and close it afterwards.
  #detach(reason) {
    const socket = this.#socket;
    for (const timer of [this.#reopen, this.#readyBy, this.#pongBy, this.#leave]) clearTimeout(timer);
    clearInterval(this.#pings);
    if (this.#readyAt && Date.now() - this.#readyAt > SETTLED_AFTER) this.#attempt = 0;
    this.#socket = this.#pongBy = null;
    this.#readyAt = 0;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close(1000);
    this.#owner.lost(reason, this.#final);
  }

  #lose(code) {
    this.#final = FINAL.includes(code);
    this.#detach(code);
    if (this.#final) return this.#banner.closed(code);
    const wait = this.#pause(code);
    this.#banner.down(wait, code);
    this.#reopen = setTimeout(() => this.#open(), wait);
  }

  // Full jitter, 0 to min(30 s, unit * 2^n), on top of what a draining server asked for.
  #pause(code) {
    if (code === CROWDED) return LONGEST_WAIT * (1 + Math.random());
    if (code === BUSY) this.#attempt = Math.max(this.#attempt, BUSY_FROM);
    const asked = Math.max(0, this.#notBefore - Date.now());
    return asked + Math.random() * Math.min(LONGEST_WAIT, this.#unit * 2 ** this.#attempt++);
  }
}
