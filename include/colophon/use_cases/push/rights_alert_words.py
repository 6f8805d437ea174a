"""PN-2's words: an alert about one end, and a digest of many, as the messaging system takes them."""

from collections.abc import Sequence
from datetime import date

from colophon.use_cases.push.rights_expiry_scan import Action, Alert

MOST_LINES, MOST_NAMED = 8, 40
"""Ends that a digest tells in full, and those that it names beside them; a push holds 4 KB."""
_MOST_CODES, _MOST_TITLE = 12, 80
_ASKS = {
    Action.RENEW: "Please renew it, or say that it ends.",
    Action.NEGOTIATE: "Please negotiate now, or prepare its end.",
    Action.REMOVE: "Please remove it from distribution.",
}


def message(person: str, alert: Alert, title: str, works_url: str) -> dict[str, object]:
    """One alert to one person: what ends where and when, how many days are left, what is asked, and the title's page."""
    reach = {
        "territories": _codes(alert.territories, alert.excluded_territories),
        "formats": _codes(alert.formats),
        "languages": _codes(alert.languages),
        "licensee": f"contact {alert.licensee_id}" if alert.licensee_id else "",
    }
    shown = "; ".join(f"{name} {words}" for name, words in reach.items() if words)
    left = f" Stock may be sold until {_day(alert.sell_off_until)}." if alert.sell_off_until else ""
    what = f"{alert.kind} {_number(alert)}" + (f" ({shown})" if shown else "")
    data = {
        "record": alert.threshold.subject,
        "kind": alert.kind,
        "ends_on": alert.threshold.ends_on.isoformat(),
        "days_left": str(alert.days_left),
        "action": alert.action.value,
        **{name: words for name, words in reach.items() if words},
    }
    return {
        "person": person,
        "title": f"{_clipped(title)}: {_ends(alert)}",
        "body": f"{what[:1].upper()}{what[1:]} {_when(alert)}.{left} {_ASKS[alert.action]}",
        "data": data,
        "link": _link(alert, works_url),
    }


def digest(person: str, alerts: Sequence[tuple[Alert, str]], works_url: str) -> dict[str, object]:
    """Many alerts to one person in one message, the most urgent first, each with its action and its title's page."""
    lines = [_line(alert, title, works_url) for alert, title in alerts[:MOST_LINES]]
    if len(alerts) > MOST_LINES:
        more = alerts[MOST_LINES:]
        named = ", ".join(f"{alert.kind} {_number(alert)} ({alert.days_left})" for alert, _ in more[:MOST_NAMED])
        lines.append(f"And, with days left: {named}" + (f", and {len(more) - MOST_NAMED} more." if len(more) > MOST_NAMED else "."))
    return {
        "person": person,
        "title": f"{len(alerts)} rights end soon or have lapsed",
        "body": "\n".join(lines),
        "data": {"kind": "digest", "count": str(len(alerts))},
        "link": _link(alerts[0][0], works_url),
    }


def _line(alert: Alert, title: str, works_url: str) -> str:
    link = _link(alert, works_url)
    return f"{_clipped(title)}: {alert.kind} {_number(alert)} {_when(alert)}: {alert.action.value}." + (f" {link}" if link else "")


def _link(alert: Alert, works_url: str) -> str | None:
    return works_url.format(work_id=alert.work_id) if works_url and alert.work_id else None


def _number(alert: Alert) -> str:
    return alert.threshold.subject.rpartition(":")[2]


def _ends(alert: Alert) -> str:
    if alert.days_left < 0:
        return "rights have lapsed"
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


def _codes(codes: Sequence[str] | None, without: Sequence[str] | None = None) -> str:
    """A list for people; not recorded is empty."""
    if not codes:
        return ""
    shown = "all" if tuple(codes) == ("*",) else ", ".join(codes[:_MOST_CODES])
    if len(codes) > _MOST_CODES:
        shown += f" and {len(codes) - _MOST_CODES} more"
    return f"{shown} without {_codes(without)}" if without else shown


def _clipped(title: str) -> str:
    """A title on one line."""
    flat = " ".join(title.split())
    return flat if len(flat) <= _MOST_TITLE else f"{flat[: _MOST_TITLE - 1]}\u2026"
