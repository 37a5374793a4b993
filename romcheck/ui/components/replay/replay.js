/**
 * Plays one or two movements beside their curves, in step: one clock, one cursor, and for each its pictures or a drawing
 * of the head. A picture is shown by its own time, so an uneven video stays true to its curve.
 *
 * The page runs anew with every click and calls this each time: what lasts is kept here, by element.
 */

const mounted = new WeakMap();
const STEP_S = 0.04, SLOWLY = 0.35;
const LEFT = 46, RIGHT = 10, TOP = 24, BOTTOM = 38;
/** A frame of the curve further away than this has no angle to show. */
const NEAR_S = 0.25;

const MARKUP = `
<section class="replay">
  <div class="takes"></div>
  <ul class="key"></ul>
  <svg class="curve chart" role="img"></svg>
  <input class="time" type="range">
  <div class="controls">
    <button class="play" type="button"></button>
    <button class="hold" type="button"></button>
    <label><input class="slowly" type="checkbox"> <span></span></label>
  </div>
</section>`;

export default function mount({ data, parentElement }) {
  let replay = mounted.get(parentElement);
  if (!replay) {
    replay = new Replay(parentElement);
    mounted.set(parentElement, replay);
  }
  replay.use(data);
  return () => {
    mounted.delete(parentElement);
    replay.leave();
  };
}

class Replay {
  constructor(root) {
    const place = document.createElement("div");
    place.innerHTML = MARKUP;
    root.append(place);
    this.place = place;
    this.at = (selector) => place.querySelector(selector);
    this.slider = this.at(".time");
    this.at(".play").onclick = () => (this.playing ? this.pause() : this.play());
    this.at(".controls .hold").onclick = () => {
      this.pause();
      this.toHold();
    };
    this.slider.oninput = () => {
      this.pause();
      this.show(Number(this.slider.value));
    };
    const chart = this.at(".chart");
    chart.onpointerdown = chart.onpointermove = ({ buttons, clientX }) => {
      if (!buttons) return;
      this.pause();
      this.show(this.timeAt(clientX - chart.getBoundingClientRect().left));
    };
    this.resized = new ResizeObserver(() => this.takes && this.redraw());
    this.resized.observe(this.at(".chart"));
  }

  /** Takes what the page hands over; other content begins anew. */
  use(data) {
    if (data.key === this.key) return;
    this.key = data.key;
    this.pause();
    this.takes?.forEach((take) => take.leave());
    this.texts = data.texts;
    this.language = data.language;
    const box = this.at(".takes"), key = this.at(".key");
    box.replaceChildren();
    key.replaceChildren();
    this.takes = data.takes.map((told) => new Take(told, this.texts, (n) => this.number(n), box, key));
    key.hidden = data.takes.length < 2;
    this.from = Math.min(...data.takes.map((told) => told.from));
    this.to = Math.max(...data.takes.map((told) => told.to));
    Object.assign(this.slider, { min: this.from, max: this.to, step: STEP_S });
    this.slider.setAttribute("aria-label", this.texts.time);
    this.at(".chart").setAttribute("aria-label", data.description);
    this.at(".controls .hold").textContent = this.texts.to_hold;
    this.at("label span").textContent = this.texts.slowly;
    this.say();
    this.redraw();
    this.toHold();
  }

  leave() {
    this.pause();
    this.resized.disconnect();
    this.takes?.forEach((take) => take.leave());
  }

  number(value, digits = 0) {
    const digital = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return value.toLocaleString(this.language, digital).replace("-", "−");
  }

  play() {
    if (this.now >= this.to - STEP_S) this.show(this.from);
    this.playing = true;
    this.say();
    let last = performance.now();
    const turn = (this.turn = Symbol("play"));
    const go = (time) => {
      if (turn !== this.turn) return;
      if (!this.place.isConnected) return this.pause();
      const passed = Math.max(0, Math.min(time - last, 250)) / 1000;
      last = time;
      this.show(Math.min(this.now + passed * (this.at(".slowly").checked ? SLOWLY : 1), this.to));
      if (this.now >= this.to) this.pause();
      else requestAnimationFrame(go);
    };
    requestAnimationFrame(go);
  }

  pause() {
    this.turn = null;
    this.playing = false;
    if (this.texts) this.say();
  }

  say() {
    this.at(".play").textContent = this.texts[this.playing ? "pause" : "play"];
  }

  /** To the hold of the first; in step there, each stands at its own. */
  toHold() {
    this.show(this.takes[0].told.moment);
  }

  show(now) {
    this.now = now;
    this.slider.value = now;
    const said = this.takes.map((take) => take.show(now));
    this.slider.setAttribute("aria-valuetext", [this.texts.seconds.replace("{s}", this.number(now, 1)), ...said].join("; "));
    this.place.firstElementChild.dataset.now = now.toFixed(3);
    this.cursor();
  }

  x(time) {
    return LEFT + ((time - this.from) / (this.to - this.from || 1)) * (this.width - LEFT - RIGHT);
  }

  y(angle) {
    return TOP + ((this.high - angle) / (this.high - this.low)) * (this.height - TOP - BOTTOM);
  }

  timeAt(x) {
    const share = (x - LEFT) / (this.width - LEFT - RIGHT);
    return this.from + Math.max(0, Math.min(1, share)) * (this.to - this.from);
  }

  /** The curve, in pixels of the screen: letters keep their size on a phone. */
  redraw() {
    const svg = this.at(".chart"), { width, height } = svg.getBoundingClientRect();
    [this.width, this.height] = [width || 600, height || 224];
    const angles = this.takes.flatMap((take) => take.told.angles).filter((angle) => angle !== null);
    this.high = Math.max(20, ...angles) * 1.08;
    this.low = Math.min(0, ...angles) * 1.1;
    const parts = [], grid = this.high - this.low > 60 ? 20 : 10;
    for (let angle = Math.ceil(this.low / grid) * grid; angle <= this.high; angle += grid) {
      const y = this.y(angle).toFixed(1);
      parts.push(`<path class="grid" d="M${LEFT} ${y}H${this.width - RIGHT}"/>`);
      parts.push(`<text x="${LEFT - 6}" y="${+y + 4}" text-anchor="end">${this.number(angle + 0)}°</text>`);
    }
    const second = Math.ceil((this.to - this.from) / Math.max(4, this.width / 60));
    for (let time = Math.ceil(this.from / second) * second; time <= this.to; time += second) {
      parts.push(`<text x="${this.x(time).toFixed(1)}" y="${this.height - BOTTOM + 16}" text-anchor="middle">${this.number(time + 0)}</text>`);
    }
    parts.push(`<text x="${this.width - RIGHT}" y="${this.height - 5}" text-anchor="end">${this.texts.axis}</text>`);
    this.takes.forEach((take, number) => {
      const { hold, kind, times, angles: of } = take.told;
      if (hold) {
        const [a, b] = hold.map((time) => this.x(time));
        const top = TOP + 3 * number;
        parts.push(`<rect class="hold ${kind}" x="${a.toFixed(1)}" y="${top}" width="${(b - a).toFixed(1)}" height="${this.height - TOP - BOTTOM - 3 * number}"/>`);
        const crowded = number && this.takes[0].told.hold && Math.abs(a - this.x(this.takes[0].told.hold[0])) < 140;
        if (!crowded) parts.push(`<text x="${((a + b) / 2).toFixed(1)}" y="${TOP - 8}" text-anchor="middle">${this.texts.hold}</text>`);
      }
      let d = "", open = false;
      times.forEach((time, i) => {
        if (of[i] !== null) d += `${open ? "L" : "M"}${this.x(time).toFixed(1)} ${this.y(of[i]).toFixed(1)}`;
        open = of[i] !== null;
      });
      parts.push(`<path class="line ${kind}" d="${d}"/>`);
    });
    parts.push('<path class="cursor"/>', ...this.takes.map(({ told }) => `<circle class="dot ${told.kind}" r="5"/>`));
    svg.innerHTML = parts.join("");
    if (this.now !== undefined) this.cursor();
  }

  cursor() {
    const x = this.x(this.now).toFixed(1);
    this.at(".cursor")?.setAttribute("d", `M${x} ${TOP - 4}V${this.height - BOTTOM}`);
    this.place.querySelectorAll(".dot").forEach((dot, number) => {
      const angle = this.takes[number].angle(this.now);
      dot.toggleAttribute("hidden", angle === null);
      if (angle !== null) {
        dot.setAttribute("cx", x);
        dot.setAttribute("cy", this.y(angle).toFixed(1));
      }
    });
  }
}

/** Place of the nearest time in a sorted list. */
function nearest(times, time) {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low > 0 && time - times[low - 1] < times[low] - time ? low - 1 : low;
}

/** One movement: its pictures or its drawing, its angle in words. */
class Take {
  constructor(told, texts, number, box, key) {
    Object.assign(this, { told, texts, number, pictures: null, leaving: new AbortController() });
    this.figure = document.createElement("figure");
    this.figure.innerHTML = `<canvas role="img" width="640" height="480"></canvas>
      <figcaption><b></b><span class="which"></span><span class="angle"></span><span class="phase"></span></figcaption>
      <p class="told" role="status" hidden></p>`;
    this.at = (selector) => this.figure.querySelector(selector);
    this.at("b").textContent = told.label;
    this.at(".which").textContent = told.which;
    this.canvas = this.at("canvas");
    box.append(this.figure);
    const line = document.createElement("li");
    line.innerHTML = `<svg viewBox="0 0 36 12" class="curve" aria-hidden="true">
      <path class="line ${told.kind}" d="M1 6H35"/></svg>`;
    line.append(told.label);
    key.append(line);
    if (told.note) this.tell(told.note);
    if (told.address) this.load();
  }

  leave() {
    this.leaving.abort();
  }

  tell(text) {
    this.at(".told").textContent = text;
    this.at(".told").hidden = !text;
  }

  async load() {
    this.tell(this.texts.loading);
    this.figure.dataset.pictures = "loading";
    try {
      const answer = await fetch(this.told.address, { signal: this.leaving.signal, cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status === 422 ? (await answer.json()).problem : this.texts.lost);
      this.pictures = unpacked(await answer.arrayBuffer());
      this.tell("");
      this.figure.dataset.pictures = "there";
    } catch (error) {
      if (this.leaving.signal.aborted) return;
      // What the browser itself says of a lost connection is not in the reader's language.
      this.tell(`${error instanceof TypeError ? this.texts.lost : error.message} ${this.texts.instead}`);
      this.figure.dataset.pictures = "failed";
    }
    this.show(this.now);
  }

  angle(now) {
    const { times, angles } = this.told, i = nearest(times, now);
    return times.length && Math.abs(times[i] - now) < NEAR_S ? angles[i] : null;
  }

  /** Shows a moment and says it in words. */
  show(now) {
    this.now = now;
    const angle = this.angle(now), { hold, begin, end } = this.told;
    const told = angle === null ? this.texts.no_angle : `${this.number(Math.round(angle) + 0)}°`;
    let phase = "rest";
    if (now >= begin && now <= end) phase = !hold ? "moving" : now < hold[0] ? "going" : now <= hold[1] ? "hold" : "back";
    const words = phase === "rest" ? "" : this.texts[phase];
    if (this.at(".angle").textContent !== told) this.at(".angle").textContent = told;
    if (this.at(".phase").textContent !== words) this.at(".phase").textContent = words;
    const said = [this.told.label, told, words].filter(Boolean).join(", ");
    this.canvas.setAttribute("aria-label", `${this.texts[this.pictures ? "picture" : "drawing"]}: ${said}`);
    this.paint();
    return said;
  }

  async paint() {
    this.canvas.classList.toggle("video", Boolean(this.told.address));
    if (!this.pictures) {
      if (this.told.address && this.figure.dataset.pictures === "loading") return;
      this.canvas.classList.remove("video");
      this.draw();
      return;
    }
    const { times, blobs } = this.pictures, i = nearest(times, this.now + this.told.zero);
    if (i === this.wanted) return;
    this.wanted = i;
    if (this.painting) return; // it goes on with what is wanted then
    this.painting = true;
    try {
      let done;
      while (done !== this.wanted) {
        done = this.wanted;
        const picture = await createImageBitmap(blobs[done]);
        if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
          [this.canvas.width, this.canvas.height] = [picture.width, picture.height];
          this.canvas.style.aspectRatio = `${picture.width} / ${picture.height}`;
        }
        this.canvas.getContext("2d").drawImage(picture, 0, 0);
        picture.close();
        this.canvas.dataset.time = times[done].toFixed(3);
      }
    } catch {
      this.pictures = null;
      this.tell(`${this.texts.undecoded} ${this.texts.instead}`);
      this.figure.dataset.pictures = "failed";
      this.draw();
    } finally {
      this.painting = false;
    }
  }

  /** The head as lines, seen from in front; the subject's left is on the right. */
  draw() {
    const context = this.canvas.getContext("2d"), { width, height } = this.canvas, unit = height / 4.7;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.lineCap = context.lineJoin = "round";
    const { head_times: times, heads, trunks } = this.told, i = nearest(times, this.now);
    if (!times.length || Math.abs(times[i] - this.now) > NEAR_S) {
      delete this.canvas.dataset.drawn;
      return;
    }
    const m = heads[i], [trunk, raised] = [trunks[i], this.told.raised].map((degrees) => (degrees * Math.PI) / 180);
    const onScreen = ([x, y, z]) => {
      const up = y * Math.cos(raised) - z * Math.sin(raised), near = z * Math.cos(raised) + y * Math.sin(raised);
      return [width / 2 + x * unit, height * 0.42 - up * unit, near];
    };
    const turned = ([x, y, z]) => {
      const [px, py, pz] = [x, y - PIVOT[1], z - PIVOT[2]];
      return [
        m[0] * px + m[1] * py + m[2] * pz,
        m[3] * px + m[4] * py + m[5] * pz + PIVOT[1],
        m[6] * px + m[7] * py + m[8] * pz + PIVOT[2],
      ];
    };
    const withTrunk = ([x, y, z]) => [x * Math.cos(trunk) + z * Math.sin(trunk), y, z * Math.cos(trunk) - x * Math.sin(trunk)];
    const lines = [
      ...SHOULDERS.map((line) => ({ points: line.map(withTrunk).map(onScreen), thick: 0.05 })),
      ...HEAD.map(({ points, thick }) => ({ points: points.map(turned).map(onScreen), thick })),
    ];
    const pieces = lines.flatMap(({ points, thick }) =>
      points.slice(1).map((to, k) => ({ from: points[k], to, thick, near: (points[k][2] + to[2]) / 2 })));
    // What is behind is drawn first, and paler.
    for (const { from, to, thick, near } of pieces.sort((a, b) => a.near - b.near)) {
      const grey = Math.round(26 + 160 * Math.max(0, Math.min(1, 0.5 - near / 1.6)));
      context.strokeStyle = `rgb(${grey},${grey},${grey})`;
      context.lineWidth = unit * thick;
      context.beginPath();
      context.moveTo(from[0], from[1]);
      context.lineTo(to[0], to[1]);
      context.stroke();
    }
    this.canvas.dataset.drawn = times[i].toFixed(3);
  }
}

const HEADER = 12;

/** Pictures with their times: each follows its time (double) and its length (whole number). */
function unpacked(buffer) {
  const view = new DataView(buffer), times = [], blobs = [];
  for (let at = 0; at + HEADER <= buffer.byteLength; ) {
    const size = view.getUint32(at + 8, true);
    times.push(view.getFloat64(at, true));
    blobs.push(new Blob([new Uint8Array(buffer, at + HEADER, size)], { type: "image/jpeg" }));
    at += HEADER + size;
  }
  return { times, blobs };
}

/** Points of an ellipse, closed: `at(cosine, sine)`. */
function ring(at, steps = 28) {
  return Array.from({ length: steps + 1 }, (_, i) => at(Math.cos((2 * Math.PI * i) / steps), Math.sin((2 * Math.PI * i) / steps)));
}

const PIVOT = [0, -1.0, -0.25];
const THIN = 0.025, USUAL = 0.045, THICK = 0.075;
/** Lines of a head one unit half as high: to the subject's left, up, forward. Nobody's in particular. */
const HEAD = [
  { thick: USUAL, points: ring((c, s) => [0.74 * c, 0.1 + 1.05 * s, 0.1]) },
  { thick: THIN, points: ring((c, s) => [0.74 * c, 0.35, 0.1 + 0.88 * s]) },
  { thick: USUAL, points: [[0, 1.15, 0.1], [0, 1.0, 0.6], [0, 0.65, 0.88], [0, 0.3, 0.93]] },
  { thick: USUAL, points: [[0, 1.15, 0.1], [0, 0.95, -0.45], [0, 0.4, -0.78], [0, -0.2, -0.68], [0, -0.6, -0.45]] },
  { thick: THICK, points: [[0, 0.3, 0.93], [0, -0.12, 1.22], [0, -0.2, 0.98]] },
  { thick: THIN, points: [[0.16, -0.18, 0.93], [0, -0.12, 1.22], [-0.16, -0.18, 0.93]] },
  { thick: USUAL, points: [[0, -0.2, 0.98], [0, -0.42, 0.98], [0, -0.85, 0.9], [0, -0.92, 0.6]] },
  { thick: USUAL, points: [[0.68, -0.25, 0.1], [0.55, -0.7, 0.4], [0, -0.92, 0.82], [-0.55, -0.7, 0.4], [-0.68, -0.25, 0.1]] },
  { thick: THICK, points: [[0.26, -0.48, 0.86], [0, -0.5, 0.96], [-0.26, -0.48, 0.86]] },
  ...[1, -1].flatMap((side) => [
    { thick: THICK, points: [[0.18 * side, 0.22, 0.88], [0.44 * side, 0.22, 0.76]] },
    { thick: THIN, points: [[0.14 * side, 0.4, 0.92], [0.5 * side, 0.42, 0.76]] },
    { thick: USUAL, points: ring((c, s) => [0.78 * side, 0.12 + 0.26 * s, 0.02 + 0.15 * c], 12) },
    { thick: USUAL, points: [[0.36 * side, -0.78, 0.1], [0.36 * side, -1.0, -0.1]] },
  ]),
];
const SHOULDERS = [
  [[-2.1, -2.35, -0.35], [-1.2, -1.95, -0.3], [-0.42, -1.75, -0.3], [-0.36, -1.0, -0.15]],
  [[2.1, -2.35, -0.35], [1.2, -1.95, -0.3], [0.42, -1.75, -0.3], [0.36, -1.0, -0.15]],
];
