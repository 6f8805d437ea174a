"""Writing pages: templates, and how moments, outcomes and links look."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import chain, repeat
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from colophon.domain.delivery_states import FEED, STATES
from colophon.errors.base import in_order
from colophon.scorecard_letter import hours
from colophon.why import MEANS, Verdict
from colophon_airflow.desk.access import Person
from colophon_airflow.desk.runs import name_of

_DAY_IN_TEXT = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "done": ("confirmed", "opened", "picked_up", "responded"),
    "sent": ("sent",),
    "under way": ("planned", "in_flight", "accepted", "processing", "held"),
    "unknown": ("unknown",),
    "failed": ("failed", "bounced", "skipped", "opted_out"),
    "superseded": ("superseded",),
    "withdrawn": ("withdrawn",),
}
"""States by what they mean to a person, in the order in which charts stack them. What was sent nobody has acknowledged yet."""
MARKS = {"done": "✓", "sent": "↗", "under way": "…", "unknown": "?", "failed": "✕", "superseded": "→", "withdrawn": "↩"}
TABS = (
    ("", "Today"),
    ("launches", "Launches"),
    ("titles", "Titles"),
    ("deliveries", "Deliveries"),
    ("exceptions", "Exceptions"),
    ("notices", "Notices"),
    ("runs", "Runs"),
    ("letters", "Letters"),
    ("plans", "Plans"),
    ("recipients", "Recipients"),
    ("flows", "Flows"),
    ("parties", "Parties"),
    ("rights", "Rights"),
    ("statements", "Statements"),
    ("tray", "Tray"),
    ("videos", "Videos"),
    ("quality", "Quality"),
    ("audit", "Audit"),
)


def group_of(state: str) -> str:
    """What a state means to a person."""
    return next((name for name, states in GROUPS.items() if state in states), "under way")


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, and not a program."""
    return "text/html" in request.headers.get("accept", "") and "/api/" not in request.url.path.removesuffix("/api/")


def write_page(request: Request, template: str, person: Person | None, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page; `facts` are what its template names."""
    root = request.scope.get("root_path", "")
    here = request.url.path.removeprefix(root).strip("/").split("/")[0]
    shown = {
        "root": root,
        "here": here,
        "tabs": TABS,
        "person": person,
        "query": dict(request.query_params),
        "said": _said(request),
        "status": status,
    }
    text = _templates().get_template(template).render({**shown, "path": request.url.path, **facts})
    return HTMLResponse(text, status_code=status)


def link(root: str, path: str, /, **query: object) -> str:
    """An address of the desk; empty values are left out, lists repeat."""
    given = {key.rstrip("_"): value for key, value in query.items() if value not in (None, "", (), [])}
    return f"{root}/{path}" + (f"?{urlencode(given, doseq=True)}" if given else "")


@cache
def _templates() -> Environment:
    folder = Path(__file__).parent / "templates"
    made = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.finalize = _in_order
    made.filters.update(
        cards=_cards,
        moment=_moment,
        day=_day,
        outcome=_outcome,
        verdict=_verdict,
        words=_words,
        dag=name_of,
        subject=_subject,
        count=_count,
        coded=_coded,
        days_whole=_days_whole,
        hours=hours,
        age=_age,
    )
    made.globals.update(link=link, groups=GROUPS, states=STATES)
    return made


def _in_order(value: object) -> object:
    """What other systems say turns no word of the page round."""
    return type(value)(in_order(value)) if isinstance(value, str) else value


FEW_COLUMNS = 5
_CELL, _STAYS = re.compile(r"<t[dh]\b"), re.compile('<table class="(calendar|diff)')


def _cards(table: Markup) -> Markup:
    """A table whose cells say of which column they are, so that a narrow screen shows each row as a card; a few numbers stay a table."""
    head, begins, body = str(table).partition("<tbody>")
    names = [Markup(name).striptags() for name in re.findall(r"<th\b[^>]*>(.*?)</th>", head, re.DOTALL)]  # noqa: S704 - a part of the page
    if not names or _STAYS.search(head) or ('class="numbers"' in head and len(names) <= FEW_COLUMNS):
        return table

    def labelled(row: str) -> str:
        columns = chain(names, repeat(""))
        return _CELL.sub(
            lambda cell: f'{cell[0]} data-of="{escape(name)}"' if (name := next(columns)) and cell[0] == "<td" else cell[0], row
        )

    rows = "<tr".join(labelled(row) for row in body.split("<tr"))
    head = head.replace("<table", '<table data-cards=""', 1)
    return Markup(head + begins + rows)  # noqa: S704 - the page's own text, with labels that are escaped


def _moment(value: datetime | None) -> Markup:
    if value is None:
        return Markup("–")
    at = value.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), f"{at:%Y-%m-%d %H:%M}")


def _age(value: datetime, at: datetime) -> str:
    """How long ago, in words: 3 days, 5 hours, 20 minutes."""
    minutes = max(0, int((at - value).total_seconds() // 60))
    for size, noun in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return f"{minutes // size} {noun}{'s' if minutes // size > 1 else ''}"
    return "under a minute"


def _day(value: datetime | None) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d}" if value else "–"


def _outcome(state: str) -> Markup:
    group = group_of(state)
    text = '<span class="outcome is-{}"><span aria-hidden="true">{}</span> {}</span>'
    return Markup(text).format(group.replace(" ", "-"), MARKS[group], _words(state))  # noqa: S704 - a fixed text, its parts escaped


def _verdict(verdict: Verdict) -> Markup:
    group = MEANS.get(verdict, "superseded")
    text = '<span class="outcome is-{}"><span aria-hidden="true">{}</span> {}</span>'
    return Markup(text).format(group.replace(" ", "-"), MARKS[group] if verdict in MEANS else "–", str(verdict))  # noqa: S704 - as above


def _words(name: str) -> str:
    return name.replace("__", ": ").replace("_", " ")


def _days_whole(text: str) -> Markup:
    """Days in a text as such: no line ends within one."""
    return Markup(_DAY_IN_TEXT.sub(r"<time>\g<0></time>", str(escape(text))))  # noqa: S704 - escaped, and digits marked


def _subject(name: str) -> str:
    return "message" if name.startswith(FEED) else name


def _coded(text: str) -> Markup:
    """What stands between backticks as code."""
    code = Markup("<code>{}</code>")
    return Markup().join(code.format(part) if at % 2 else part for at, part in enumerate(in_order(text).split("`")))


def _count(value: int) -> str:
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _said(request: Request) -> str:
    """What an action just did, from the address it led back to: one of our own sentences by number, never free text."""
    done = request.query_params.get("done", "")
    return SENTENCES.get(done, "")


SENTENCES = {
    "assigned": "Assigned.",
    "closed": "Closed. It opens again if the fault changes.",
    "snoozed": "Put off. It is back on that day, or as soon as its fault changes.",
    "again": "It waits now, and goes with the next run.",
    "settled": "Kept in the ledger.",
    "answered": "Entered; nobody is chased any more.",
    "sheets": "The sheets are ready below. Load each one once.",
    "nothing": "Nothing was waiting that a sheet can carry.",
    "loaded": "Marked as loaded. The next run looks for it in Consonance where it can.",
    "back": "It waits again.",
    "cancelled": "Cancelled.",
    "stopped": "Stopped. The next run calls back what has left.",
    "stopped_everywhere": "Stopped everywhere. The next runs close it; Rights shows who has not confirmed that.",
    "released": "Released. The next runs open it again wherever its rights allow.",
    "goes_on": "It may go on with the next run, where it is still approved.",
    "decided": "Decided, and asked no more.",
    "parted": "They are two again. What was taken over meanwhile stays: see whether it has to be put right.",
    "agreed": "You agreed. A second person has to agree, too.",
    "approved": "Agreed by all; it is taken over on its day.",
    "refused": "Refused; nothing was taken over.",
    "checked": "All systems were asked just now.",
}
