/**
 * The camera of a live check: opens it, sends its pictures, draws what comes back, and tells the page how it ended.
 *
 * The page runs anew with every click and calls this each time: what lasts is kept here, by element.
 */

import { CameraError, Encoder, listCameras, onCameraChange, openCamera, pictures, remembered } from "./camera.js";
import { Link } from "./link.js";
import { View } from "./view.js";
import { Voice } from "./voice.js";

const RUNNING = "romcheck.running";
const mounted = new WeakMap();

export default function mount({ data, parentElement, setTriggerValue }) {
  let live = mounted.get(parentElement);
  if (!live) {
    live = new Live(parentElement, data);
    mounted.set(parentElement, live);
  }
  live.tell = (kind) => setTriggerValue("event", { kind, token: live.token });
  live.use(data);
  return () => {
    mounted.delete(parentElement);
    live.leave();
  };
}

class Live {
  constructor(root, data) {
    this.voice = new Voice(data.language);
    this.view = new View(root, data, {
      begin: () => this.begin(),
      stop: (reason) => this.stop(reason),
      retry: () => this.retry(),
      camera: (id) => this.choose(id),
      sound: (on) => this.sound(on),
    });
    this.listening = new AbortController();
    const signal = this.listening.signal;
    document.addEventListener("visibilitychange", () => this.hidden(), { signal });
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    if (stored(RUNNING)) this.view.note("camera.interrupted");
    store(RUNNING, "");
  }

  /** Takes what the page hands over; a new token begins anew. */
  use(data) {
    this.view.use(data);
    this.voice.choose(data.language);
    this.limits = data.limits;
    if (data.token === this.token) return;
    this.token = data.token;
    this.spent = false;
    this.run();
  }

  /** Opens the camera and sends its pictures until one of them ends. */
  async run() {
    this.close();
    const turn = (this.turn = Symbol("run"));
    this.view.show("asking");
    let stream;
    try {
      stream = await openCamera();
    } catch (error) {
      if (turn === this.turn) this.wait(error instanceof CameraError ? error.code : "busy");
      return;
    }
    if (turn !== this.turn) {
      stop(stream);
      return;
    }
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    track.onended = () => this.unplugged();
    this.view.video.srcObject = stream;
    this.view.video.play().catch(() => {});
    this.view.show("starting");
    remembered.camera = track.getSettings().deviceId ?? "";
    this.view.cameras(await listCameras(), remembered.camera);
    await this.pump(track, turn);
  }

  async pump(track, turn) {
    const encoder = new Encoder();
    for await (const picture of pictures(track, this.view.video)) {
      const takenMs = performance.now();
      if (turn !== this.turn || !this.view.root.isConnected) {
        picture.close();
        break;
      }
      this.link ??= this.connect(track, picture);
      try {
        if (picture.width !== this.size.width || picture.height !== this.size.height) {
          this.fault("size");
          break;
        }
        if (!document.hidden && this.link.ready) {
          this.link.send(picture.timeMs, await encoder.jpeg(picture), takenMs);
        }
      } finally {
        picture.close();
      }
    }
  }

  connect(track, { width, height }) {
    this.spent = true;
    this.size = { width, height };
    return new Link({ token: this.token, camera: track.label, width, height }, this.limits, {
      state: (state, takenMs) => this.state(state, takenMs),
      ended: () => this.ended(),
      fault: (code) => this.fault(code),
    });
  }

  state(state, takenMs) {
    this.renewed = false;
    // The page then shows what is known of the lens. Later it is left alone: it would be dimmed for a moment.
    if (state.stage === "framing" && this.stage !== "framing") this.tell("framing");
    this.stage = state.stage;
    if (state.stage === "framing") {
      this.view.framing(state, Boolean(this.voice.voice));
    } else {
      this.view.check(state);
      if (state.cue.id !== this.cue) {
        this.cue = state.cue.id;
        this.voice.tone(state.cue.tone);
        // What goes with a tone belongs to this moment; other words wait for the sentence before them.
        this.voice.say(state.cue.say.map((line) => this.view.line(line, "say")).join(" "), Boolean(state.cue.tone));
      }
    }
    this.view.root.dispatchEvent(
      new CustomEvent("romcheck-drawn", { detail: { takenMs, drawnMs: performance.now(), counts: this.link?.counts } }),
    );
  }

  begin() {
    this.voice.wake();
    this.view.note("");
    store(RUNNING, "yes");
    this.link?.wish("begin");
  }

  /** Ends the check at once; what was measured before stays. */
  stop(reason) {
    this.voice.quiet();
    this.link?.wish(reason);
    this.view.show("measuring");
  }

  ended() {
    store(RUNNING, "");
    this.close();
    this.view.show("measuring");
    this.tell("ended");
  }

  fault(code) {
    store(RUNNING, "");
    this.close();
    // The token of a page that was left and is opened again is spent.
    if (code === "token" && !this.renewed) {
      this.renewed = true;
      this.tell("again");
      return;
    }
    this.view.problem(code);
    this.tell("fault");
  }

  unplugged() {
    if (this.stage === "check") this.stop("camera_gone");
    else {
      this.close();
      this.wait("unplugged");
    }
  }

  /** Waits for a camera, and tries again by itself when one may be there. */
  async wait(code) {
    this.view.problem(code);
    this.stopWaiting = onCameraChange(() => this.retry());
    this.view.cameras(await listCameras(), remembered.camera);
  }

  retry() {
    this.stopWaiting?.();
    if (this.spent) this.tell("again");
    else this.run();
  }

  choose(id) {
    remembered.camera = id;
    this.retry();
  }

  sound(on) {
    this.voice.on = on;
    if (!on) this.voice.quiet();
  }

  hidden() {
    if (document.hidden && this.stage === "check") this.stop("hidden");
  }

  key(event) {
    const busy = event.composedPath()[0]?.closest?.("input, select, textarea");
    if (event.key !== " " || this.stage !== "check" || this.view.mode !== "check" || busy) return;
    event.preventDefault();
    this.stop(event.composedPath()[0]?.classList?.contains("symptoms") ? "symptoms" : "pressed");
  }

  /** Lets go of camera and connection. */
  close() {
    this.turn = null;
    this.stage = this.cue = null;
    this.stopWaiting?.();
    this.link?.end();
    this.link = null;
    if (this.stream) stop(this.stream);
    this.stream = null;
    this.view.video.srcObject = null;
  }

  leave() {
    if (this.stage !== "check") store(RUNNING, "");
    this.listening.abort();
    this.close();
    this.voice.close();
    this.view.remove();
  }
}

function stop(stream) {
  for (const track of stream.getTracks()) {
    track.onended = null;
    track.stop();
  }
}

function stored(key) {
  try { return sessionStorage.getItem(key); } catch { return ""; }
}

function store(key, value) {
  try { sessionStorage.setItem(key, value); } catch { /* a browser that remembers nothing */ }
}
