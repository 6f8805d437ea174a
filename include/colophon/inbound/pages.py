"""Pages for one person outside: what a signed link shows, and nothing else. Looking changes nothing, however often and by whom.

Whatever is wrong - forged, over, taken back, never there - gets the same answer: nobody learns by trying.
"""

import asyncio
import html
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from colophon.inbound.rate import Rate
from colophon.page_links import PageKeys

log = logging.getLogger(__name__)

PER_S, BURST = 1.0, 30.0
"""So many pages one caller may look at: more than a person does, and less than somebody who tries tokens."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf7; --card: #fff; --ink: #1d1f24; --quiet: #5b606b; --line: #dedbd2; }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --card: #1c1f25; --ink: #e8e6e1; --quiet: #a5a9b3; --line: #353a44; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.25rem; background: var(--paper); color: var(--ink); font: 17px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 34rem; margin: 8vh auto 0; padding: 1.75rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
h1 { margin: 0 0 1.25rem; font: 600 1.7rem/1.2 "Iowan Old Style", Palatino, Georgia, serif; text-wrap: balance; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.5rem; margin: 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
p { margin: 1.5rem 0 0; color: var(--quiet); font-size: .88rem; }
p:first-child { margin: 0 0 .4rem; }
@media (max-width: 30rem) { main { margin-top: 0; padding: 1.25rem; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .75rem; } }
"""
_GONE = {
    "language": "en",
    "title": "This page is not there",
    "facts": [],
    "line": "It may have been, and its time is over. Diese Seite gibt es nicht oder nicht mehr. Cette page n’existe pas ou plus.",
    "publisher": "",
}


@dataclass(frozen=True, slots=True)
class Page:
    """An answer to a browser."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "text/html; charset=utf-8"

    @property
    def body(self) -> bytes:
        """As bytes."""
        return self.text.encode()


def page_of(words: Mapping[str, Any]) -> str:
    """The page as HTML, without a link, a script, or anything that is fetched."""
    told = {name: html.escape(str(words[name])) for name in ("language", "title", "line", "publisher")}
    facts = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in words["facts"])
    return (
        f'<!doctype html><html lang="{told["language"]}"><head><meta charset="utf-8"><title>{told["title"]}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex, nofollow">'
        f'<meta name="referrer" content="no-referrer"><style>{_STYLE}</style></head><body><main>'
        + (f"<p>{told['publisher']}</p>" if told["publisher"] else "")
        + f"<h1>{told['title']}</h1>"
        + (f"<dl>{facts}</dl>" if facts else "")
        + f"<p>{told['line']}</p></main></body></html>"
    )


GONE = Page(404, page_of(_GONE), HEADERS)
TOO_MANY = Page(
    429, page_of({**_GONE, "title": "Too many requests", "line": "Please come again in a minute."}), {**HEADERS, "Retry-After": "60"}
)
LATER = Page(503, page_of({**_GONE, "title": "Not now", "line": "Please come again in a minute."}), {**HEADERS, "Retry-After": "60"})
WRONG_METHOD = Page(405, page_of(_GONE), {**HEADERS, "Allow": "GET, HEAD"})


class Pages:
    """Shows pages by their tokens; shares nothing between calls but rates."""

    def __init__(
        self,
        look_up: Callable[[str], Mapping[str, Any] | None],
        keys: Callable[[], Awaitable[PageKeys]],
        *,
        clock: Callable[[], datetime],
        rate: Rate | None = None,
    ) -> None:
        """:param look_up: what a page shows, by its id; None: there is none. :param clock: aware UTC."""
        self._look_up, self._keys, self._clock, self._rate = look_up, keys, clock, rate or Rate(PER_S, BURST)

    async def show(self, token: str, method: str, *, caller: str) -> Page:
        """The answer to one request. `caller` is the address it came from."""
        if self._rate.wait_s(caller, asyncio.get_running_loop().time()):
            return TOO_MANY
        if method not in {"GET", "HEAD"}:
            return WRONG_METHOD
        page = (await self._keys()).page(token, self._clock())
        if page is None:
            return GONE
        try:
            words = await asyncio.to_thread(self._look_up, page)
        except Exception as problem:  # noqa: BLE001 - the reader must not see what a database says
            log.error("No page can be shown now: %s", getattr(problem, "code", None) or type(problem).__name__)  # noqa: TRY400 - as above
            return LATER
        is_there = words is not None and datetime.fromisoformat(words["expires"]) > self._clock()
        return Page(200, page_of(words), HEADERS) if words and is_there else GONE
