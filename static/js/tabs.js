// The other tabs of one chat. A duplicated tab copies the outbox: the eldest that is connected sends what they share.
// Should two send at once after all, the same cid makes it one message.

export class Tabs {
  #channel; #outbox; #connected = false;
  #born = performance.timeOrigin + Math.random(); // two tabs restored in one millisecond differ too

  // kept(ack): another tab has heard that a message is kept. freed(): it has left, what it would have sent is ours.
  constructor(chat, outbox, { kept, freed }) {
    this.#outbox = outbox;
    this.#channel = new BroadcastChannel(`chat:${chat}`);
    this.#channel.onmessage = ({ data: { type, born, cids, ack } }) => {
      if (type === "kept") kept(ack);
      if (type === "claim") this.#hear(born, outbox.shared(cids));
      if (type === "left" && outbox.free(cids)) freed();
    };
  }

  // Asked before anything is sent; an elder answers while this tab catches up.
  arrive() {
    this.#outbox.free();
    this.#claim(this.#outbox.shared());
    this.#connected = true;
  }

  leave() {
    if (this.#connected) this.#tell({ type: "left", cids: this.#outbox.shared() });
    this.#connected = false;
  }

  kept({ cid, seq, hidden }) {
    this.#tell({ type: "kept", ack: { cid, seq, hidden } });
  }

  #hear(born, cids) {
    if (!cids.length || !this.#connected) return;
    if (born < this.#born) this.#outbox.leave(cids);
    else this.#claim(cids);
  }

  #claim(cids) {
    if (cids.length) this.#tell({ type: "claim", born: this.#born, cids });
  }

  #tell(message) {
    this.#channel.postMessage(message);
  }
}
