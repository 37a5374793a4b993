"""Fixes in the browser for Streamlit's gaps in accessibility and translation."""

from __future__ import annotations

import streamlit as st

from romcheck.i18n.texts import Texts
from romcheck.ui.common import texts

MEND = """
const DAY = /^(?:Selected\\.|Choose) \\w+, (\\w+) (\\d+)\\w\\w (\\d{4})\\. (?:It's available|Not available)\\.$/;
const ESCAPED = /\\\\([\\\\`*_{}[\\]()#+\\-.!|~$:<>&=^])/g; // by plain() in romcheck/ui/records.py

// Fields that were typed into, and whether their form was sent since: it may have been refused, or be gone.
const formOf = (field) => field?.closest?.("[data-testid=stForm]");
if (!window.romcheckTyped) {
  const typed = (window.romcheckTyped = new Map());
  const note = (field) => formOf(field) && typed.set(field, false);
  const sent = (form) => form && typed.forEach((_, field) => form.contains(field) && typed.set(field, true));
  for (const kind of ["input", "change"]) addEventListener(kind, ({ target }) => note(target), true);
  addEventListener("click", ({ target }) => {
    if (target.closest?.("[role=option], [role=gridcell]")) note(document.activeElement);
    else if (target.closest?.("[data-testid=stNumberInput] button")) note(target);
    else if (target.closest?.("[data-testid=stFormSubmitButton] button")) sent(formOf(target));
  }, true);
  addEventListener("keydown", ({ target, key, ctrlKey, metaKey }) => {
    if (key !== "Enter") return;
    if (target.role === "combobox") note(target);
    else if (target.matches?.("textarea") ? ctrlKey || metaKey : target.matches?.("input")) sent(formOf(target));
  }, true);
  addEventListener("beforeunload", (event) => {
    const refused = document.querySelector("[data-testid=stAlertContentError]");
    const lost = [...typed].some(([field, done]) => field.isConnected && (!done || refused));
    if (lost || document.querySelector(".st-key-unsaved")) event.preventDefault();
  });
}

export default ({ data }) => {
  const translate = (box) => {
    const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const size = node.nodeValue.match(/^([\\d.]+)([MG])B per file$/);
      const said = size
        ? data.size.replace("#", size[1]).replace(/M(?=[Bo])/, size[2])
        : data.words[node.nodeValue] ?? node.nodeValue
            .replace(/^Selected date is (.+?)\\./, (_, day) => data.day.replace("#", day))
            .replace(/ ?Select the second date\\.$/, ""); // of a field for one date
      if (said !== node.nodeValue) node.nodeValue = said;
    }
  };
  // Only where it differs: every change is watched.
  const call = (part, name) => {
    const said = name.replaceAll("\u2060", "");
    if (part && part.ariaLabel !== said) part.ariaLabel = said;
  };
  const mend = () => {
    for (const name of ["stFileUploader", "InputInstructions", "stSelectboxVirtualDropdown", "stDateInput"])
      document.querySelectorAll(`[data-testid=${name}]`).forEach(translate);
    document.querySelectorAll("[data-baseweb=calendar], [data-baseweb=menu]").forEach(translate);
    for (const day of document.querySelectorAll("[data-baseweb=calendar] [role=gridcell][aria-label]"))
      call(day, day.ariaLabel.replace(DAY, (whole, month, number, year) => {
        const said = `${number} ${data.words[month]} ${year}`;
        return whole.startsWith("Selected") ? data.chosen.replace("#", said) : said;
      }));
    for (const button of document.querySelectorAll("button[aria-label], [data-baseweb=calendar][aria-label]")) {
      const said = data.words[button.ariaLabel];
      if (said) call(button, said);
    }
    for (const field of document.querySelectorAll("[data-testid=stMultiSelect] input[aria-label^='Selected ']"))
      call(field, data.chosen.replace("#", field.ariaLabel.slice("Selected ".length)));
    for (const box of document.querySelectorAll("[data-testid=stSelectbox]")) {
      const field = box.querySelector("input"), chosen = box.querySelector(".romcheck-chosen");
      const said = field && field.scrollWidth > field.clientWidth + 1 ? field.value : "";
      if (!said) chosen?.remove();
      else if (chosen?.textContent !== said) {
        const whole = chosen ?? document.createElement("div");
        whole.className = "romcheck-chosen";
        whole.ariaHidden = true; // the field itself is read out in full
        whole.textContent = said;
        box.append(whole);
      }
    }
    for (const box of document.querySelectorAll("[data-testid=stDateInput]")) {
      const said = box.querySelector("label")?.textContent;
      if (said) call(box.querySelector("input"), said);
    }
    for (const box of document.querySelectorAll("[data-testid=stFileUploader]")) {
      const said = box.querySelector("label")?.textContent;
      if (said) call(box.querySelector("input[type=file]"), said);
      box.querySelector("section[role=presentation]")?.setAttribute("role", "group");
    }
    for (const named of document.querySelectorAll("[data-testid=stMain] [aria-label]"))
      call(named, named.ariaLabel.replace(ESCAPED, "$1"));
    document.querySelector("section[data-testid=stSidebar][aria-expanded]")?.removeAttribute("aria-expanded");
    const pages = document.querySelector("[data-testid=stSidebarNav]:not([role])");
    if (pages) Object.assign(pages, { role: "navigation", ariaLabel: data.pages });
  };
  mend();
  // A page's run may end before it comes to this part: what watches stays until the next takes its place.
  window.romcheckMending?.disconnect();
  window.romcheckMending = new MutationObserver(mend);
  window.romcheckMending.observe(document.body, {
    childList: true, subtree: true, characterData: true, attributes: true,
    attributeFilter: ["aria-expanded", "aria-label", "value"],
  });
  removeEventListener("resize", window.romcheckMend);
  addEventListener("resize", (window.romcheckMend = mend));
};
"""
"""An upload area has no accessible name: it gets the label above it; and it is no decoration. The expanded state of a
section is missing, and what the menu of a phone is. What is chosen in a list stands in a field of one line: where that
is too narrow, it is repeated in full below it. A field for a date has no name either, and asks for a second. Streamlit
speaks English only; and nothing is "uploaded" here, as the pages are on the same computer. Screen readers are given a
label as it is written, with the escapes of its Markdown. And a page that is left takes with it what was not saved,
without a word: the browser asks first.
"""

ENGLISH = {
    "Upload": "files",
    "Drag and drop a file here": "drop",
    "Drag and drop files here": "drop",
    "Press Enter to apply": "enter",
    "Press Enter to submit form": "enter",
    "Press Ctrl+Enter to apply": "ctrl_enter",
    "Press Ctrl+Enter to submit form": "ctrl_enter",
    "Open": "open",
    "Clear value": "clear",
    "No results": "no_results",
    "Increment": "more",
    "Decrement": "less",
    "Add files": "files",
    "Press the down arrow key to interact with the calendar and select a date. Press the escape button to close the "
    "calendar.": "calendar_help",
    "Calendar.": "calendar",
    "Previous month.": "month_before",
    "Next month.": "month_after",
}
"""Streamlit's sentences, and the keys of ours."""


def mend() -> None:
    """Apply the fixes to this page while it is open."""
    t = texts()
    words = {said: t(f"streamlit.{name}") for said, name in ENGLISH.items()}
    words |= zip(Texts("en").calendar(), t.calendar(), strict=True)
    data = {
        "words": words,
        "size": t("streamlit.size", size="#"),
        "chosen": t("streamlit.chosen", list="#"),
        "day": t("streamlit.day_chosen", day="#"),
        "pages": t("streamlit.pages"),
    }
    st.components.v2.component("romcheck_mending", js=MEND)(key="mending", height=1, data=data)
