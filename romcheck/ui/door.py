"""The pages before access is granted: where the access key is typed, and the step that removes the token from the
address.
"""

from __future__ import annotations

from html import escape
from typing import Literal
from urllib.parse import quote

from starlette.responses import HTMLResponse

from romcheck.i18n.languages import LANGUAGES, Language
from romcheck.i18n.texts import Texts
from romcheck.ui.headers import digest

Why = Literal["missing", "old", "wrong", "wait", "name"]
"""No cookie; a token of an earlier start; a wrong key; too many of them; an unknown host name."""

STATUS: dict[Why, int] = {"missing": 403, "old": 403, "wrong": 403, "wait": 429, "name": 403}

STYLE = """
:root { color-scheme: light dark; --text: #101010; --back: #fff; --line: #767676; --press: #0b57d0; --warn: #9a1b1b; }
@media (prefers-color-scheme: dark) {
  :root { --text: #f3f4f6; --back: #0e1117; --line: #8b8f98; --press: #1f6feb; --warn: #ff9c94; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 1.0625rem/1.55 system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: clamp(1.25rem, 6vw, 5rem) 1.25rem 3rem; }
p.name { margin: 0 0 1rem; font-weight: 600; }
h1 { font-size: clamp(1.5rem, 5vw, 1.9rem); line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem; }
p { margin: 0 0 1rem; }
code { font-size: 0.95em; overflow-wrap: anywhere; }
.said { color: var(--warn); font-weight: 600; }
label { display: block; font-weight: 600; margin-bottom: 0.4rem; }
.typed { display: flex; flex-wrap: wrap; gap: 0.75rem; }
input { flex: 1 1 14rem; min-width: 0; min-height: 2.75rem; padding: 0.5rem 0.75rem; font: inherit; color: inherit;
  background: transparent; border: 1px solid var(--line); border-radius: 0.5rem; }
button { min-height: 2.75rem; padding: 0.5rem 1.4rem; font: inherit; font-weight: 600; color: #fff;
  background: var(--press); border: 0; border-radius: 0.5rem; cursor: pointer; }
a { color: inherit; }
:focus-visible { outline: 3px solid var(--press); outline-offset: 2px; }
"""
POLICY = (
    f"default-src 'none'; style-src {digest(STYLE)}; img-src data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)


def closed(why: Why, accepted: str, *, alone: bool, linked: str = "") -> HTMLResponse:
    """The page before access is granted.

    Parameters
    ----------
    why : what was missing
    accepted : the languages the browser asks for
    alone : whether only this computer can reach the program; the instructions then differ
    linked : the requested address, where a link on another site led to it: the browser then leaves out its cookie
    """
    t = Texts(_language(accepted))
    told = "alone" if alone else "shared"
    lines = [f"<h1>{_line(t('access.title_name' if why == 'name' else 'access.title'))}</h1>"]
    if why == "name":
        lines.append(f"<p>{_line(t('access.name'))}</p>")
    else:
        lines.append(f"<p>{_line(t(f'access.what.{told}'))}</p>")
        if linked:
            link = f'<a href="{escape(linked)}">{_line(t("access.go_on"))}</a>'
            lines.append(f"<p>{_line(t('access.linked'))} {link}</p>")
        lines.append(f"<p>{_line(t(f'access.do.{told}'))}</p>")
        lines.append(f"<h2>{_line(t('access.type_title'))}</h2><p>{_line(t(f'access.where.{told}'))}</p>")
        if why != "missing":
            lines.append(f'<p class="said" role="alert">{_line(t(f"access.{why}"))}</p>')
        # Without an address of its own the form returns to the requested page.
        lines.append(
            f'<form method="post"><label for="key">{_line(t("access.key"))}</label><div class="typed">'
            '<input id="key" name="key" type="password" required autocomplete="current-password" spellcheck="false"'
            f"{'' if why == 'missing' else ' autofocus'}>"
            f'<button type="submit">{_line(t("access.open"))}</button></div></form>'
        )
    return _page(t, "\n".join(lines), STATUS[why])


def passed(address: str, accepted: str) -> HTMLResponse:
    """Redirect to the pages, replacing the address that contains the token.

    A redirect by status is not enough: the start page is a file, so that the browser treats the request as cross-site
    and leaves out a strict cookie until a page of this server itself navigates on.
    """
    t = Texts(_language(accepted))
    link = f'<p><a href="{escape(address)}">{_line(t("access.go_on"))}</a></p>'
    return _page(t, link, 200, f'<meta http-equiv="refresh" content="0;url={escape(address)}">')


def start_page(address: str) -> str:
    """A file that leads to the address with the token, which must not be on a command line for all to read."""
    link = escape(address)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f'<title>romcheck</title><meta http-equiv="refresh" content="0;url={link}"></head>'
        f'<body><a href="{link}">romcheck</a></body></html>\n'
    )


def address(path: str, query: str) -> str:
    """A path on this server: without leading slashes it cannot name another host."""
    own = "/" + quote(path.lstrip("/\\"), safe="/-._~")
    return f"{own}?{query}" if query else own


def _page(t: Texts, body: str, status: int, head: str = "") -> HTMLResponse:
    page = (
        f'<!DOCTYPE html><html lang="{t.language}"><head><meta charset="utf-8"><title>romcheck</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'{head}<link rel="icon" href="data:,"><style>{STYLE}</style></head>'
        f'<body><main><p class="name">romcheck</p>{body}</main></body></html>'
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
    return HTMLResponse(page, status, headers)


def _line(text: str) -> str:
    """A sentence, with text in backticks marked as code."""
    parts = escape(text).split("`")
    return "".join(part if number % 2 == 0 else f"<code>{part}</code>" for number, part in enumerate(parts))


def _language(accepted: str) -> Language:
    """The first of the browser's languages that romcheck supports, else English."""
    for wish in accepted.split(","):
        wished = wish.split(";")[0].strip()[:2].lower()
        for language in LANGUAGES:
            if wished == language:
                return language
    return "en"
