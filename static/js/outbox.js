// Messages without an ack, oldest first, kept for this tab so that they survive a reload.

const LIMIT = 200; // far more than anyone types while away; sessionStorage holds about 5 MB

export function stored(key, fallback) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback; // storage is off, or the entry is not ours
  }
}

export function store(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch (error) {
    console.warn("not kept across a reload", error.name);
  }
}

export class Outbox {
  #key; #entries; #elsewhere = new Set(); // cids that another tab sends

  constructor(chat) {
    this.#key = `outbox:${chat}`;
    this.#entries = stored(this.#key, []);
  }

  get entries() {
    return [...this.#entries];
  }

  get full() {
    return this.#entries.length >= LIMIT;
  }

  next() {
    return this.#entries.find((entry) => !entry.failed && !this.#elsewhere.has(entry.cid));
  }

  // Which of these another tab may have as well; all, without a list.
  shared(cids = null) {
    return this.#entries.map((entry) => entry.cid).filter((cid) => !cids || cids.includes(cid));
  }

  leave(cids) {
    for (const cid of cids) this.#elsewhere.add(cid);
  }

  // Ours to send again; whether any of these was not.
  free(cids = [...this.#elsewhere]) {
    return cids.map((cid) => this.#elsewhere.delete(cid)).includes(true);
  }

  // `parts` are the text with the chat's tokens in it, where it has any.
  add(text, parts = null) {
    const entry = { cid: fresh(), text, parts, failed: null };
    this.#keep([...this.#entries, entry]);
    return entry;
  }

  fail(cid, why) {
    this.#keep(this.#entries.map((entry) => (entry.cid === cid ? { ...entry, failed: why } : entry)));
  }

  find(cid) {
    return this.#entries.find((entry) => entry.cid === cid);
  }

  remove(cid) {
    this.#keep(this.#entries.filter((entry) => entry.cid !== cid));
  }

  #keep(entries) {
    this.#entries = entries;
    store(this.#key, entries);
  }
}

// crypto.randomUUID is missing on plain http, where a brand may try the server on its own network.
function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `c-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
