"""FP-4, availability in the portal: which cells of which products close and open, so that the portal shows what rights allow.

The state of the engine is compared with the state that the portal shows; only what differs is sent. What was switched by hand is
put right and reported. A product of the portal whose rights nobody knows is closed.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from colophon.blocks.decision import History, Plan
from colophon.blocks.desired_state import CLOSES, OPENS, TURN, close_before_open
from colophon.config import Config
from colophon.config.availability import Portal
from colophon.domain.finding import Finding
from colophon.domain.rights_deal import RightsFormat
from colophon.errors import BadConfigError, BadRecordError
from colophon.ledger import Intent, LatestDelivery
from colophon.rights.atlas import Atlas
from colophon.rights.rules import broken
from colophon.rights.standing import Standing
from colophon.systems.fourallportal.availability import Cell, Difference, Place, compare, open_cells, place_of, told
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.values import read_text

USE_CASE = "fourallportal__rights_availability"
DESTINATION = "4allportal"
FORMAT: RightsFormat | None = None  # each product's own
_MOST_TOLD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the plan is asked: state of the engine at `as_of` (aware UTC) by ISBN, and how cells are called.

    `only`: ISBNs that the run is about; None: all, and then a product that `standings` lacks is unknown. `content`: what was
    sent, by its hash. `closes_only`: the standings are not of today; what is closed stays so.
    """

    as_of: datetime
    standings: Mapping[str, Standing]
    cells: Portal
    atlas: Atlas
    mapping: PortalMapping
    history: History
    content: Callable[[str], bytes | None]
    only: frozenset[str] | None = None
    closes_only: bool = False


def channels(config: Config) -> set[str]:
    """Channels of the rights records that are asked about."""
    return set(config.availability.portal.channels.values())


def plan(shown: Iterable[PortalObject], question: Question) -> Plan:
    """Deliveries for products whose availability is not as rights say; those that close something first.

    :raises BadConfigError: a territory that is no country.
    """
    made = Plan(judged={DESTINATION: []}, settled={DESTINATION: []})
    objects = [(obj, isbn) for obj in shown if (isbn := _isbn(obj, question)) is not None]
    history = question.history(DESTINATION, [_subject(obj) for obj, _ in objects])
    for obj, isbn in objects:
        made.judged[DESTINATION].append(_subject(obj))
        try:
            wanted = _wanted(obj, isbn, question)
            found = compare(obj, wanted, question.mapping)
        except BadRecordError as problem:
            made.findings.append(_finding("R7", obj, isbn, problem.sentence, "entries with a value; their cells cannot be judged"))
            found = None
        if not found:
            made.settled[DESTINATION].append(_subject(obj))
            continue
        last = history.get(_subject(obj))
        made.findings += _findings(found, obj, isbn, last, question)
        made.intents.append(_intent(wanted, CLOSES if found.to_close else OPENS, obj, isbn, question))
    made.intents = close_before_open(made.intents)
    return made


def still_open(shown: Iterable[PortalObject], question: Question) -> list[Finding]:
    """What the portal shows as open although rights do not allow it, after everything was sent."""
    found = []
    for obj in shown:
        isbn = _isbn(obj, question)
        if isbn is None:
            continue
        try:
            places = compare(obj, _wanted(obj, isbn, question), question.mapping).to_close
        except BadRecordError as problem:
            found.append(_finding("R7", obj, isbn, problem.sentence, "entries with a value; their cells cannot be judged"))
            continue
        if places:
            found.append(_finding("R7", obj, isbn, _listed(told(places, question.mapping)), "closed"))
    return found


def _isbn(obj: PortalObject, question: Question) -> str | None:
    """The product's ISBN, empty where it has none; None where the run is not about it."""
    try:
        isbn = read_text(obj, question.mapping.product.key).replace("-", "").strip()
    except BadRecordError:
        isbn = ""
    return isbn if question.only is None or isbn in question.only else None


def _wanted(obj: PortalObject, isbn: str, question: Question) -> dict[Cell, bool | None]:
    """Every cell as it shall be; None (unknown) where nobody knows the product. Raises BadRecordError as `open_cells`."""
    standing, territories = question.standings.get(isbn), _territories(question)
    may_open = None if not question.closes_only else open_cells(obj, question.mapping)
    wanted: dict[Cell, bool | None] = {}
    for theirs, ours in question.cells.channels.items():
        countries = standing.open_bits(ours, question.as_of.date()) if standing else 0
        for code, bit in territories:
            is_allowed = bool(countries & bit) and (may_open is None or (code, theirs) in may_open)
            wanted[code, theirs] = is_allowed if standing else None
    return wanted


def _territories(question: Question) -> list[tuple[str, int]]:
    reach = question.atlas.reach(question.cells.territories)
    if reach.unknown:
        raise BadConfigError(f"availability.yaml: portal.territories: {', '.join(reach.unknown)} is in no list of countries")
    return [(code, question.atlas.bit(code)) for code in question.atlas.names(reach.whole)]


def _intent(wanted: Mapping[Cell, bool | None], turn: str, obj: PortalObject, isbn: str, question: Question) -> Intent:
    words = {True: "open", False: "closed", None: "unknown"}
    content = {
        "kind": "availability",
        "isbn": isbn,
        "object": obj.id,
        "cells": [{"territory": cell[0], "channel": cell[1], "right": words[right]} for cell, right in sorted(wanted.items())],
        "before": [{"territory": cell[0], "channel": cell[1], "right": "open"} for cell in sorted(open_cells(obj, question.mapping))],
    }
    return Intent(
        use_case=USE_CASE,
        destination=DESTINATION,
        subject=_subject(obj),
        delivery_class="B",
        content=json.dumps(content, separators=(",", ":"), sort_keys=True).encode(),
        media_type="application/json",
        as_of=question.as_of,
        # The same difference seen by the same run goes once; the next run sends again what was refused.
        occurrence=f"{question.as_of:%Y-%m-%dT%H:%M:%SZ}/{obj.mod_time}",
        labels={TURN: turn, **({"isbn": isbn} if isbn else {})},
    )


def _findings(found: Difference, obj: PortalObject, isbn: str, last: LatestDelivery | None, question: Question) -> list[Finding]:
    """Products that nobody knows, and what a person switched: all that differs from what was confirmed last."""
    if found.to_close and isbn not in question.standings:
        return [_finding("R2", obj, isbn, "open, and not known in Consonance", "a product of Consonance; until then it is closed")]
    if last is not None and last.state != "confirmed":  # what we sent has not arrived: nobody's hand
        return []
    ours = _opened_by(last, question)
    opened, closed = told(found.to_close - ours, question.mapping), told(found.to_open & ours, question.mapping)
    words = [f"{place} opened" for place in opened] + [f"{place} closed" for place in closed]
    return [_finding("R6", obj, isbn, f"by hand: {_listed(words)}", "as rights say")] if words else []


def _opened_by(last: LatestDelivery | None, question: Question) -> set[Place]:
    """Places that our last delivery opened."""
    body = question.content(last.content_hash) if last else None
    cells = json.loads(body)["cells"] if body else []
    return {place_of((cell["territory"], cell["channel"]), question.mapping) for cell in cells if cell["right"] == "open"}


def _finding(rule: str, obj: PortalObject, isbn: str, what: str, expected: str) -> Finding:
    return broken(rule, _named(obj, isbn), "available", what, expected).model_copy(update={"blocks": DESTINATION})


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _MOST_TOLD} more" if len(words) > _MOST_TOLD else ""
    return ", ".join(words[:_MOST_TOLD]) + more


def _subject(obj: PortalObject) -> str:
    return f"portal:{obj.id}"


def _named(obj: PortalObject, isbn: str) -> str:
    return f"isbn:{isbn}" if isbn else _subject(obj)
