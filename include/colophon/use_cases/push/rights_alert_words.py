"""PN-2's words: a notice of one end, and a digest of many."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import accumulate

from colophon.blocks.notices import Digest, Notice
from colophon.use_cases.push.ending_rights import Action, Due

MOST_BYTES, MOST_NAMED, FEW_CODES = 3200, 40, 6
"""Size of a digest's body, for a push holds 4 KB; ends that it names beside those told in full; codes that it tells of each."""
_NAMED_BYTES = 1000
_MOST_CODES, _MOST_TITLE, _MOST_NAME = 12, 80, 40  # a digest has room for the short ones
_ASKS = {
    Action.RENEW: "Please renew it, or say that it ends.",
    Action.NEGOTIATE: "Please negotiate now, or prepare its end.",
    Action.REMOVE: "Please remove it from distribution.",
    Action.RETURNED: "The rights have returned to us: please decide what becomes of them.",
}


def notice(due: Due, names: Mapping[int, str]) -> Notice:
    """What ends where and when, how many days are left, and what is asked.

    :param names: of licensees, by contact id; one that is not known goes by its number.
    """
    reach, threshold = _reach(due, names, _MOST_CODES), str(due.threshold)
    left = f" Stock may be sold until {_day(due.sell_off_until)}." if due.sell_off_until else ""
    what = _what(due, reach)
    return Notice(
        subject=threshold,
        occurrence="once",
        work_id=due.work_id or 0,
        title=f"{_clipped(due.title)}: {_ends(due)}",
        body=f"{what[:1].upper()}{what[1:]} {_when(due)}.{left} {_ASKS[due.action]}",
        data={
            "record": due.threshold.subject,
            "kind": due.kind,
            "ends_on": due.threshold.ends_on.isoformat(),
            "days_left": str(due.days_left),
            "action": due.action.value,
            **reach,
        },
        labels={"title": due.title[:200], "threshold": threshold},
        silenced_by=tuple(map(str, due.threshold.silencing())),
    )


def digest(ends: Sequence[Due], works_url: str, names: Mapping[int, str]) -> Digest:
    """Many in one message, the most urgent first: in full as many as a push holds, and the others named.

    :param names: as of `notice`.
    """
    lines = _lines([(due, _line(due, works_url, names)) for due in ends])
    return Digest(f"{len(ends)} rights end soon or have lapsed", "\n".join(lines), ends[0].work_id or 0)


def _lines(told: Sequence[tuple[Due, str]]) -> list[str]:
    """All of them where they fit; else as many as leave room for the names of the others."""
    sizes = list(accumulate(len(json.dumps(line, ensure_ascii=False).encode()) for _, line in told))
    if sizes[-1] <= MOST_BYTES:
        return [line for _, line in told]
    full = sum(size <= MOST_BYTES - _NAMED_BYTES for size in sizes)
    more = [due for due, _ in told[full:]]
    named = ", ".join(f"{due.kind} {_number(due)} ({due.days_left})" for due in more[:MOST_NAMED])
    rest = f", and {len(more) - MOST_NAMED} more." if len(more) > MOST_NAMED else "."
    return [*(line for _, line in told[:full]), f"And, with days left: {named}{rest}"]


def _line(due: Due, works_url: str, names: Mapping[int, str]) -> str:
    link = f" {works_url.format(work_id=due.work_id)}" if works_url and due.work_id else ""
    left = f", stock until {_day(due.sell_off_until)}" if due.sell_off_until else ""
    what = _what(due, _reach(due, names, FEW_CODES))
    return f"{_clipped(due.title, _MOST_NAME)}: {what} {_when(due)}{left}: {due.action.value}.{link}"


def _what(due: Due, reach: Mapping[str, str]) -> str:
    shown = "; ".join(f"{name} {words}" for name, words in reach.items())
    return f"{due.kind} {_number(due)}" + (f" ({shown})" if shown else "")


def _reach(due: Due, names: Mapping[int, str], most: int) -> dict[str, str]:
    """Where, in what and for whom; what is not recorded is left out."""
    reach = {
        "territories": _codes(due.territories, most, due.excluded_territories),
        "formats": _codes(due.formats, most),
        "languages": _codes(due.languages, most),
        "licensee": _clipped(names.get(due.licensee_id, "") or str(due.licensee_id), _MOST_NAME) if due.licensee_id else "",
    }
    return {name: words for name, words in reach.items() if words}


def _number(due: Due) -> str:
    return due.threshold.subject.rpartition(":")[2]


def _ends(due: Due) -> str:
    if due.days_left < 0:
        return "rights have returned" if due.action is Action.RETURNED else "rights have lapsed"
    return "rights end today" if due.days_left == 0 else f"rights end in {_days(due.days_left)}"


def _when(due: Due) -> str:
    on, left = due.threshold.ends_on, due.days_left
    if left < 0:
        return f"ended on {_day(on)}, {_days(-left)} ago"
    return f"ends on {_day(on)}, " + ("today" if left == 0 else f"in {_days(left)}")


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _codes(codes: Sequence[str] | None, most: int, without: Sequence[str] | None = None) -> str:
    """A list for people; not recorded is empty."""
    if not codes:
        return ""
    shown = "all" if tuple(codes) == ("*",) else ", ".join(codes[:most])
    if len(codes) > most:
        shown += f" and {len(codes) - most} more"
    return f"{shown} without {_codes(without, most)}" if without else shown


def _clipped(text: str, most: int = _MOST_TITLE) -> str:
    """A title or a name on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}\u2026"
