"""Published figures, to whom they apply, and the basis of the limits that are quoted."""

from __future__ import annotations

import streamlit as st

from romcheck.i18n.wording import Wording
from romcheck.published import Citation, accuracies, figure, figures_for, share, why_none, why_none_source
from romcheck.ui.common import table
from romcheck.ui.records import plain, words

LIMITS = ("frt_cut_off_30", "frt_cut_off_32")


def page() -> None:
    """Show the page."""
    t = words()
    st.title(t("page.figures"), anchor=False)
    st.markdown(t("figures.whom"))
    st.header(t("figures.limits"), anchor=False)
    for key in LIMITS:
        one = figure(key)
        value, who, device = t.angle(one.value, 0), one.who[t.language], one.device[t.language]
        said = t("figures.limit", value=value, who=who, n=str(one.n), device=device)
        st.markdown(f"- {plain(said)} {_cited(one.source, t)}")
    st.markdown(f"- {t('figures.limit_33')}")
    st.header(t("figures.difference"), anchor=False)
    st.markdown(t("figures.difference_text"))
    st.header(t("figures.accuracy"), anchor=False)
    rows = [
        [
            t("figures.below", value=t.angle(study.limit_deg, 0)) if study.limit_deg else study.rule[t.language],
            t.percent(study.sensitivity),
            t.percent(study.specificity),
            study.who[t.language],
        ]
        for study in accuracies()
    ]
    table(t("figures.accuracy"), [t(f"figures.column.{name}") for name in ("rule", "found", "left", "who")], rows)
    for study in accuracies():
        st.markdown(f"- {_cited(study.source, t)}")
    st.markdown(t("figures.accuracy_text"))
    st.header(t("figures.beside"), anchor=False)
    migraine, headache, lax = figure("frt_migraine_lower"), figure("headache_during_test"), figure("frt_lax_right")
    age = share("age_of_variance")
    for said, cited in (
        (t("figures.beside.migraine", value=t.angle(abs(migraine.value), 0)), migraine.source),
        (t("figures.beside.headache", value=t.angle(abs(headache.value), 0)), headache.source),
        (t("figures.beside.lax", value=t.angle(lax.value, 0)), lax.source),
        (t("figures.beside.age", share=t.percent(age.value)), age.source),
    ):
        st.markdown(f"- {plain(said)} {_cited(cited, t)}")
    st.header(t("figures.alone"), anchor=False)
    st.markdown(plain(why_none("flexion-rotation", "active", "seated", None, t.language) or ""))
    if (printed := why_none_source("flexion-rotation", "active", "seated", None)) is not None:
        st.markdown(f"{_cited(printed, t)}. {t('figures.alone_source')}")
    st.header(t("figures.all"), anchor=False)
    for one in figures_for("flexion-rotation", "passive", "supine"):
        told = {"value": t.short(one.value), "who": one.who[t.language], "device": one.device[t.language]}
        said = t(f"result.figure.{one.kind}", **told, spread="")
        st.markdown(f"- {plain(said)}. {_cited(one.source, t)}")


def _cited(one: Citation, t: Wording) -> str:
    """The source, as a link."""
    return t("result.source", source=f"[{plain(one.cite)}]({one.address})")
