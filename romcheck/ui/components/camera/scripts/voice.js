/**
 * Speech and tones. Only voices that live on this computer speak: others would send the words away.
 */

const TONES = {
  reached: [[660, 0.12]],
  held: [[660, 0.1], [880, 0.18]],
  again: [[330, 0.25]],
  finished: [[523, 0.15], [659, 0.15], [784, 0.3]],
  stopped: [[440, 0.15], [294, 0.3]],
};
const LOUDNESS = 0.15;

export class Voice {
  constructor(language) {
    this.on = true;
    this.choose(language);
    this.later = () => this.choose(this.language);
    window.speechSynthesis?.addEventListener?.("voiceschanged", this.later); // browsers find them after a while
  }

  /** Chooses a voice of this computer for a language; null where there is none, or none yet. */
  choose(language) {
    this.language = language;
    const voices = window.speechSynthesis?.getVoices() ?? [];
    this.voice = voices.find((v) => v.localService && v.lang.toLowerCase().startsWith(language)) ?? null;
  }

  /** To be called from a click or key: browsers stay silent before one. */
  wake() {
    this.audio ??= window.AudioContext ? new AudioContext() : null;
    this.audio?.resume().catch(() => {});
  }

  /** Says a text after what is being said, or at once where the moment will not wait. */
  say(text, atOnce) {
    const synthesis = window.speechSynthesis;
    if (!this.on || !this.voice || !text) return;
    if (atOnce) synthesis.cancel();
    const words = new SpeechSynthesisUtterance(text);
    words.voice = this.voice;
    words.lang = this.voice.lang;
    words.rate = 0.95;
    synthesis.speak(words);
  }

  tone(name) {
    if (!this.on || !this.audio || !TONES[name]) return;
    let at = this.audio.currentTime;
    for (const [hertz, seconds] of TONES[name]) {
      const source = this.audio.createOscillator();
      const gain = this.audio.createGain();
      source.frequency.value = hertz;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
      gain.gain.setValueAtTime(LOUDNESS, at + seconds - 0.04);
      gain.gain.linearRampToValueAtTime(0, at + seconds);
      source.connect(gain).connect(this.audio.destination);
      source.start(at);
      source.stop(at + seconds);
      at += seconds;
    }
  }

  quiet() {
    window.speechSynthesis?.cancel();
  }

  close() {
    this.quiet();
    window.speechSynthesis?.removeEventListener?.("voiceschanged", this.later);
    this.audio?.close().catch(() => {});
    this.audio = null;
  }
}
