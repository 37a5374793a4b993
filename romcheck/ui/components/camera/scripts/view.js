/**
 * What the person sees during framing and check: preview, ring, gauge, trials, words. Draws states, decides nothing.
 */

const SYMBOLS = { ok: "✓", change: "✗", unknown: "…" };
const VERDICTS = { good: "✓", usable: "✓", rejected: "↻" };
const RING = 2 * Math.PI * 46;
/** Letters in it: as large as this, and less where a word would touch it. */
const RING_PX = 14, RING_ROOM_PX = 140;
const STEP = 5;

const MARKUP = `
<section class="camera">
  <p class="note" role="status" hidden></p>
  <div class="problem" role="alert" hidden><h2></h2><p></p><button class="retry" type="button"></button></div>
  <div class="stage">
    <div class="words"><p class="instruction" aria-live="polite"></p><p class="coaching" aria-live="polite"></p></div>
    <div class="picture">
      <video muted playsinline autoplay aria-hidden="true"></video>
      <svg class="ring" viewBox="0 0 100 100" aria-hidden="true">
        <circle class="back" cx="50" cy="50" r="46"/><circle class="hold" cx="50" cy="50" r="46"/>
        <text x="50" y="55"></text>
      </svg>
      <button class="whole" type="button"></button>
    </div>
    <ul class="framing"></ul>
    <div class="measured" hidden>
      <svg class="gauge" viewBox="-100 -102 200 128" role="img">
        <path class="scale" d="M-90 0 A90 90 0 0 1 90 0"/><g class="ticks"></g><g class="best"></g>
        <line class="needle" x1="0" y1="0" x2="0" y2="-84"/><text class="number" x="0" y="22"></text>
      </svg>
    </div>
    <div class="buttons">
      <button class="begin" type="button" hidden></button>
      <button class="stop" type="button" hidden></button>
      <button class="symptoms" type="button" hidden></button>
    </div>
  </div>
  <div class="trials" hidden></div>
  <div class="settings">
    <label class="sound"><input type="checkbox" checked> <span></span></label>
    <label class="choice" hidden><span></span> <select></select></label>
  </div>
</section>`;

export class View {
  /**
   * @param root where to draw
   * @param data {texts, language, movements: [positive, negative], limits: {holdS}}
   * @param on {begin(), stop(reason), retry(), camera(id), sound(on)}
   */
  constructor(root, data, on) {
    this.root = root;
    const place = document.createElement("div");
    place.innerHTML = MARKUP;
    root.append(place);
    this.at = (selector) => place.querySelector(selector);
    this.video = this.at("video");
    this.said = new Map();
    this.use(data);
    this.at(".begin").onclick = () => on.begin();
    this.at(".stop").onclick = () => on.stop("pressed");
    this.at(".symptoms").onclick = () => on.stop("symptoms");
    this.at(".retry").onclick = () => on.retry();
    this.at("select").onchange = (event) => on.camera(event.target.value);
    this.at(".sound input").onchange = (event) => on.sound(event.target.checked);
    this.whole = new AbortController();
    document.addEventListener("fullscreenchange", () => this.nameWhole(), { signal: this.whole.signal });
    this.at(".whole").onclick = () => this.fill(!document.fullscreenElement);
    this.show("asking");
  }

  /** Takes texts and plan, which a rerun of the page may have changed. */
  use(data) {
    this.data = data;
    const keys = !matchMedia("(any-hover: none)").matches; // a phone has no space bar
    const words = {
      ".stop": keys ? "camera.stop" : "camera.stop_touch", ".symptoms": "camera.symptoms", ".retry": "camera.retry",
      ".choice span": "camera.choose",
    };
    for (const [selector, key] of Object.entries(words)) this.at(selector).textContent = this.text(key);
    this.at(".camera").setAttribute("aria-label", this.text("camera.title"));
    this.at(".camera").lang = data.language;
    // Whoever comes back by feeling must not see how far: no gauge, but a larger picture.
    this.at(".camera").classList.toggle("felt", data.movements[0].startsWith("return_"));
    this.nameWhole();
  }

  nameWhole() {
    this.put(".whole", this.text(document.fullscreenElement ? "camera.window" : "camera.full_screen"));
  }

  /** Takes up the whole screen, or only the window again. */
  fill(whole) {
    const done = whole ? this.at(".camera").requestFullscreen() : document.exitFullscreen();
    done.catch(() => {}); // a browser that does not want to: the window is filled all the same
  }

  /** A text of the catalogue with its numbers, as the language writes them. */
  text(key, numbers = {}) {
    const format = new Intl.NumberFormat(this.data.language, { maximumFractionDigits: 0 });
    const text = this.data.texts[key];
    if (text === undefined) return key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in numbers ? format.format(numbers[name]) : whole));
  }

  line({ key, numbers }, part) {
    return this.text(`${part}.${key}`, Object.fromEntries(numbers));
  }

  /** Shows what belongs to a mode: asking, starting, framing, check, measuring, problem. */
  show(mode) {
    if (this.mode === mode) return;
    this.mode = mode;
    this.at(".camera").dataset.mode = mode;
    const visible = {
      ".problem": mode === "problem",
      ".picture": ["starting", "framing", "check"].includes(mode),
      ".framing": mode === "framing",
      ".measured": mode === "check",
      ".trials": mode === "check",
      ".whole": document.fullscreenEnabled && (mode === "framing" || mode === "check"),
      ".ring": mode === "check",
      ".begin": mode === "framing",
      ".stop": mode === "check",
      ".symptoms": mode === "check",
      ".sound": mode === "framing" || mode === "check",
      ".choice": this.choosable,
    };
    for (const [selector, shown] of Object.entries(visible)) this.at(selector).toggleAttribute("hidden", !shown);
    if (["asking", "starting", "measuring"].includes(mode)) this.put(".instruction", this.text(`camera.${mode}`));
    if (mode === "problem") this.put(".instruction", "");
    // The page around the camera makes room for it.
    document.documentElement.toggleAttribute("data-romcheck-stage", mode === "check");
    if (mode !== "framing" && mode !== "check") {
      this.put(".coaching", "");
      if (document.fullscreenElement) this.fill(false);
    }
    if (mode === "check") {
      this.at(".stop").focus({ preventScroll: true });
      this.at(".stage").scrollIntoView({ block: "start" });
    }
  }

  /** Whether another camera may be chosen: while there is a picture, or another program has this one. */
  get choosable() {
    const when = this.mode === "framing" || (this.mode === "problem" && this.code === "busy");
    return when && this.at("select").options.length > 1;
  }

  problem(code) {
    this.code = code;
    this.put(".problem h2", this.text(`camera.problem.${code}.title`));
    this.put(".problem p", this.text(`camera.problem.${code}`));
    this.show("problem");
  }

  note(key) {
    this.at(".note").hidden = !key;
    if (key) this.put(".note", this.text(key));
  }

  cameras(cameras, chosen) {
    const options = cameras.map(({ id, label }) => new Option(label, id, false, id === chosen));
    this.at("select").replaceChildren(...options);
    if (!options.some((option) => option.selected)) this.at("select").selectedIndex = -1;
    this.at(".choice").toggleAttribute("hidden", !this.choosable);
  }

  framing(state, voice) {
    this.show("framing");
    this.put(".sound span", this.text(voice ? "camera.sound" : "camera.no_voice"));
    const first = state.items.find((i) => i.status === "change");
    const standing = state.ready ? "ready" : first ? "not_ready" : "looking";
    this.put(".instruction", this.text(`camera.${standing}`));
    this.at(".camera").classList.toggle("good", state.ready);
    this.put(".begin", this.text(state.possible ? "camera.begin" : "camera.begin_anyway"));
    const face = state.items.find(({ name }) => name === "face");
    this.at(".begin").disabled = face.status !== "ok" && face.advice !== "company";
    // In coarse steps: numbers that follow the person would be read aloud without end.
    const shown = JSON.stringify(state.items.map((i) => [i.name, i.status, i.advice, Math.round(i.value / STEP)]));
    if (shown === this.framingShown) return;
    this.framingShown = shown;
    this.at(".framing").replaceChildren(...state.items.map((item) => this.item(item)));
    this.put(".coaching", first ? this.text(`framing.${first.name}.${first.advice}`, { value: first.value }) : "");
  }

  item({ name, status, advice, value }) {
    const li = document.createElement("li");
    li.className = status;
    const symbol = document.createElement("span");
    symbol.className = "symbol";
    symbol.textContent = SYMBOLS[status];
    symbol.setAttribute("aria-hidden", "true");
    const words = document.createElement("span");
    const standing = advice ? this.text(`framing.${name}.${advice}`, { value }) : this.text(`framing.${status}`);
    const colon = this.data.language === "fr" ? "\u00a0: " : ": ";
    words.textContent = this.text(`framing.${name}`) + colon + standing;
    li.append(symbol, words);
    return li;
  }

  check(state) {
    this.show("check");
    this.at(".camera").classList.remove("good");
    if (state.cue.say.length) this.put(".instruction", state.cue.say.map((line) => this.line(line, "say")).join(" "));
    this.put(".coaching", state.coaching ? this.line(state.coaching, "coach") : "");
    this.ring(state);
    this.gauge(state);
    this.trials(state);
  }

  ring(state) {
    const share = state.phase === "hold" || state.phase === "back" ? Math.min(1, state.held_s / this.data.limits.holdS) : 0;
    this.at(".hold").style.strokeDasharray = `${share * RING} ${RING}`;
    const said = this.text(`phase.${state.phase}`);
    this.put(".ring text", said);
    this.at(".ring text").style.fontSize = `${Math.min(RING_PX, RING_ROOM_PX / said.length)}px`;
  }

  gauge(state) {
    const needle = this.at(".needle");
    const angle = state.angle_deg;
    needle.toggleAttribute("hidden", angle === null);
    // The preview is a mirror: the subject's left is on the left of the screen.
    const [leftward] = this.ends();
    const turn = (degrees) => Math.max(-95, Math.min(95, leftward ? -degrees : degrees));
    if (angle !== null) needle.setAttribute("transform", `rotate(${turn(angle).toFixed(1)})`);
    this.put(".gauge .number", angle === null ? "–" : `${Math.abs(Math.round(angle))}°`);
    this.at(".gauge").setAttribute("aria-label", this.text("camera.gauge"));
    const best = state.made.filter((trial) => trial.counted && trial.angle_deg !== null);
    const marks = best.map((t) => turn((t.movement === this.data.movements[0] ? 1 : -1) * t.angle_deg));
    if (String(marks) === this.marks) return;
    this.marks = String(marks);
    this.at(".best").innerHTML = marks.map((m) => `<line y1="-80" y2="-98" transform="rotate(${m})"/>`).join("");
    if (!this.at(".ticks").childElementCount) {
      const ticks = [-90, -60, -30, 0, 30, 60, 90];
      this.at(".ticks").innerHTML = ticks.map((m) => `<line y1="-86" y2="-94" transform="rotate(${m})"/>`).join("");
    }
  }

  /** Whether the positive movement goes to the left of the screen, and the movements left and right. */
  ends() {
    const [positive, negative] = this.data.movements;
    const leftward = !positive.endsWith("right");
    return leftward ? [true, positive, negative] : [false, negative, positive];
  }

  trials(state) {
    const shown = JSON.stringify([state.made, state.asked, state.trial, state.practice]);
    if (shown === this.trialsShown) return;
    this.trialsShown = shown;
    const [, left, right] = this.ends();
    this.at(".trials").replaceChildren(...[left, right].map((movement) => this.column(movement, state)));
  }

  column(movement, state) {
    const box = document.createElement("div");
    const title = document.createElement("h2");
    title.textContent = this.text(`movement.${movement}`);
    const list = document.createElement("ol");
    const made = state.made.filter((trial) => trial.movement === movement && trial.practice === state.practice);
    for (const trial of made) {
      const li = document.createElement("li");
      li.className = trial.counted ? "counted" : "rejected";
      const angle = trial.angle_deg === null ? "" : ` ${Math.round(trial.angle_deg)}°`;
      li.textContent = `${trial.counted ? VERDICTS[trial.verdict] : VERDICTS.rejected}${angle}`;
      if (!trial.counted) li.title = this.text("camera.again");
      list.append(li);
    }
    const open = state.trials - made.filter((trial) => trial.counted).length;
    for (let k = 0; k < open; k += 1) {
      const li = document.createElement("li");
      li.className = k === 0 && state.asked === movement ? "asked" : "open";
      li.textContent = "○";
      list.append(li);
    }
    box.append(title, list);
    return box;
  }

  /** Sets a text only when it changes: a live region must not be read again and again. */
  put(selector, text) {
    if (this.said.get(selector) === text) return;
    this.said.set(selector, text);
    this.at(selector).textContent = text;
  }

  remove() {
    this.whole.abort();
    if (document.fullscreenElement) this.fill(false);
    document.documentElement.removeAttribute("data-romcheck-stage");
    this.video.srcObject = null;
    this.root.replaceChildren();
  }
}
