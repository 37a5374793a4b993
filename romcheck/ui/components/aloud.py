"""A button that has the browser read a text aloud, by a voice of this computer only."""

from __future__ import annotations

import streamlit as st

SCRIPT = """
const voices = new WeakMap();
export default async ({ data, parentElement }) => {
  const { Voice } = await import(new URL("/romcheck/scripts/voice.js", location.origin));
  const button = parentElement.querySelector("button"), none = parentElement.querySelector("p");
  const voice = voices.get(parentElement) ?? new Voice(data.language);
  voices.set(parentElement, voice);
  voice.choose(data.language);
  const name = () => {
    const speaking = Boolean(window.speechSynthesis?.speaking);
    button.textContent = speaking ? data.stop : data.read;
    button.hidden = !voice.voice;
    none.hidden = Boolean(voice.voice);
  };
  none.textContent = data.none;
  button.onclick = () => {
    if (window.speechSynthesis.speaking) voice.quiet();
    else for (const sentence of data.sentences) voice.say(sentence, false);
    setTimeout(name, 100);
  };
  const again = setInterval(name, 500);
  name();
  return () => {
    clearInterval(again);
    voices.delete(parentElement);
    voice.close();
  };
};
"""
STYLE = """
button { font: inherit; font-size: 1.25rem; padding: 0.6rem 1.2rem; border-radius: 0.5rem; cursor: pointer;
  color: var(--st-text-color); background: transparent; border: 2px solid currentColor; min-height: 3rem; }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
p { margin: 0; color: var(--st-text-color); }
"""


def aloud(sentences: list[str], language: str, read: str, stop: str, none: str) -> None:
    """Show the button.

    Parameters
    ----------
    sentences : what is read, one after the other
    language : of the sentences
    read, stop : on the button
    none : shown instead where this computer has no voice of the language
    """
    show = st.components.v2.component(
        "romcheck_aloud", html='<button type="button" hidden></button><p hidden></p>', js=SCRIPT, css=STYLE
    )
    data = {"sentences": sentences, "language": language, "read": read, "stop": stop, "none": none}
    show(key="aloud", data=data)
