/**
 * The connection to the measuring: pictures go out, what is known comes back. Pictures are shed, never queued.
 */

const HEADER_BYTES = 12;

export class Link {
  /**
   * @param hello {token, camera, width, height}
   * @param limits {inFlight, patienceMs}: how many pictures may be on their way, and for how long one is waited for
   * @param on {state(state, sentMs), ended(), fault(code)}: fault "lost" when the connection breaks
   */
  constructor(hello, limits, on) {
    this.hello = hello;
    this.limits = limits;
    this.on = on;
    this.over = false;
    this.number = 0;
    this.sent = new Map();
    this.counts = { sent: 0, shed: 0, answered: 0, dropped: 0 };
    const url = new URL("/romcheck/camera", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.socket = new WebSocket(url);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.socket.send(JSON.stringify(hello));
    this.socket.onmessage = (event) => this.hear(JSON.parse(event.data));
    this.socket.onclose = () => this.end(() => on.fault("lost"));
  }

  /** Whether a picture would be measured at once. */
  get ready() {
    const now = performance.now();
    for (const [number, { at }] of this.sent) if (now - at > this.limits.patienceMs) this.sent.delete(number);
    const ready = this.socket.readyState === WebSocket.OPEN && this.sent.size < this.limits.inFlight;
    if (!ready) this.counts.shed += 1;
    return ready;
  }

  send(timeMs, jpeg, takenMs) {
    if (this.over || this.socket.readyState !== WebSocket.OPEN) return;
    const message = new Uint8Array(HEADER_BYTES + jpeg.byteLength);
    const header = new DataView(message.buffer);
    header.setFloat64(0, timeMs, true);
    header.setUint32(8, this.number, true);
    message.set(new Uint8Array(jpeg), HEADER_BYTES);
    this.sent.set(this.number, { at: performance.now(), takenMs });
    this.number += 1;
    this.counts.sent += 1;
    this.socket.send(message);
  }

  /** Says what the person wants: "begin", or the reason to stop. */
  wish(text) {
    if (!this.over && this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  hear(message) {
    if (message.ended) return this.end(() => this.on.ended());
    if (message.fault) return this.end(() => this.on.fault(message.fault));
    if ("shed" in message) {
      this.sent.delete(message.shed);
      this.counts.shed += 1;
      return;
    }
    const takenMs = this.sent.get(message.n)?.takenMs;
    for (const number of this.sent.keys()) if (number <= message.n) this.sent.delete(number);
    if (message.state) {
      this.counts.answered += 1;
      this.counts.dropped = message.dropped;
      this.on.state(message.state, takenMs);
    }
  }

  end(tell) {
    if (this.over) return;
    this.over = true;
    this.socket.close();
    tell?.();
  }
}
