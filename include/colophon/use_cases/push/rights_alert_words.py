"""PN-2's words: an alert about one end, and a digest of many, as the messaging system takes them."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import accumulate

from colophon.use_cases.push.rights_expiry_scan import Action, Alert

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


def message(person: str, alert: Alert, title: str, works_url: str, names: Mapping[int, str]) -> dict[str, object]:
    """One alert to one person: what ends where and when, how many days are left, what is asked, and the title's page.

    :param names: of licensees, by contact id; one that is not known goes by its number.
    """
    reach = _reach(alert, names, _MOST_CODES)
    data = {
        "record": alert.threshold.subject,
        "kind": alert.kind,
        "ends_on": alert.threshold.ends_on.isoformat(),
        "days_left": str(alert.days_left),
        "action": alert.action.value,
        **reach,
    }
    left = f" Stock may be sold until {_day(alert.sell_off_until)}." if alert.sell_off_until else ""
    what = _what(alert, reach)
    return {
        "person": person,
        "title": f"{_clipped(title)}: {_ends(alert)}",
        "body": f"{what[:1].upper()}{what[1:]} {_when(alert)}.{left} {_ASKS[alert.action]}",
        "data": data,
        "link": _link(alert, works_url),
    }


def digest(person: str, alerts: Sequence[tuple[Alert, str]], works_url: str, names: Mapping[int, str]) -> dict[str, object]:
    """Many alerts to one person in one message, the most urgent first: in full as many as a push holds, and the others named.

    :param names: as of `message`.
    """
    return {
        "person": person,
        "title": f"{len(alerts)} rights end soon or have lapsed",
        "body": "\n".join(_lines([(alert, _line(alert, title, works_url, names)) for alert, title in alerts])),
        "data": {"kind": "digest", "count": str(len(alerts))},
        "link": _link(alerts[0][0], works_url),
    }


def _lines(told: Sequence[tuple[Alert, str]]) -> list[str]:
    """All of them where they fit; else as many as leave room for the names of the others."""
    sizes = list(accumulate(len(json.dumps(line, ensure_ascii=False).encode()) for _, line in told))
    if sizes[-1] <= MOST_BYTES:
        return [line for _, line in told]
    full = sum(size <= MOST_BYTES - _NAMED_BYTES for size in sizes)
    more = [alert for alert, _ in told[full:]]
    named = ", ".join(f"{alert.kind} {_number(alert)} ({alert.days_left})" for alert in more[:MOST_NAMED])
    rest = f", and {len(more) - MOST_NAMED} more." if len(more) > MOST_NAMED else "."
    return [*(line for _, line in told[:full]), f"And, with days left: {named}{rest}"]


def _line(alert: Alert, title: str, works_url: str, names: Mapping[int, str]) -> str:
    link, left = _link(alert, works_url), f", stock until {_day(alert.sell_off_until)}" if alert.sell_off_until else ""
    what = _what(alert, _reach(alert, names, FEW_CODES))
    return f"{_clipped(title, _MOST_NAME)}: {what} {_when(alert)}{left}: {alert.action.value}." + (f" {link}" if link else "")


def _what(alert: Alert, reach: Mapping[str, str]) -> str:
    shown = "; ".join(f"{name} {words}" for name, words in reach.items())
    return f"{alert.kind} {_number(alert)}" + (f" ({shown})" if shown else "")


def _reach(alert: Alert, names: Mapping[int, str], most: int) -> dict[str, str]:
    """Where, in what and for whom; what is not recorded is left out."""
    reach = {
        "territories": _codes(alert.territories, most, alert.excluded_territories),
        "formats": _codes(alert.formats, most),
        "languages": _codes(alert.languages, most),
        "licensee": _clipped(names.get(alert.licensee_id, "") or str(alert.licensee_id), _MOST_NAME) if alert.licensee_id else "",
    }
    return {name: words for name, words in reach.items() if words}


def _link(alert: Alert, works_url: str) -> str | None:
    return works_url.format(work_id=alert.work_id) if works_url and alert.work_id else None


def _number(alert: Alert) -> str:
    return alert.threshold.subject.rpartition(":")[2]


def _ends(alert: Alert) -> str:
    if alert.days_left < 0:
        return "rights have returned" if alert.action is Action.RETURNED else "rights have lapsed"
    return "rights end today" if alert.days_left == 0 else f"rights end in {_days(alert.days_left)}"


def _when(alert: Alert) -> str:
    on, left = alert.threshold.ends_on, alert.days_left
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
