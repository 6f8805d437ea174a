"""What publishers ask of their feeds beside one title's fate: what has not gone, what is late, what went wrong, who believes what."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from colophon.config import Config
from colophon.domain.delivery_states import FINAL_BAD, IN_FLIGHT, UNKNOWN, WAITING
from colophon.last_sent import believed
from colophon.ledger import Ledger
from colophon.ledger.browse import Wanted
from colophon.ledger.exception_queue import Chosen
from colophon.onix.codelist_file import load_code_lists
from colophon.onix.codelists import CodeLists
from colophon.onix.narrow import offered
from colophon.onix.profile import Profile
from colophon.onix.said import fields, values
from colophon.unsettled import LATE

MOST = 1000
TOO_LONG = timedelta(days=1)
"""What has waited so long for its turn is late: every night has one."""
LATE_RULES = (LATE, "ACK-LATE", "TAKEDOWN-LATE")


class Line(NamedTuple):
    """One thing that is told: of which recipient and title, since when, and what. `isbn` is empty where it is about a whole recipient."""

    recipient: str
    isbn: str
    title: str
    since: datetime
    what: str
    to_do: str = ""


def not_gone(ledger: Ledger, use_case: str, recipient: str = "") -> list[Line]:
    """What is wanted and has not left, or may not have: oldest first."""
    wanted = Wanted(states=(WAITING, IN_FLIGHT, UNKNOWN), use_case=use_case, destination=recipient)
    rows = [row for row in ledger.desk.deliveries_page(wanted, limit=MOST) if not row.subject.startswith("feed:")]
    lines = [
        Line(row.destination, row.isbn or "", row.labels.get("title", ""), row.created_at, " ".join(filter(None, (row.state.replace("planned", "waits"), row.code))))
        for row in rows
    ]  # fmt: skip
    return sorted(lines, key=lambda line: line.since)


def late(ledger: Ledger, use_case: str, now: datetime, recipient: str = "") -> list[Line]:
    """What has not arrived or was not answered in time, and what has waited for more than a night: oldest first."""
    rows = [
        row
        for rule in LATE_RULES
        for row in ledger.people.exceptions_page(Chosen(rule=rule, destination=recipient), limit=MOST)
        if row.use_case.startswith(use_case)
    ]
    lines = [
        Line(row.destination, _isbn(row.subject), row.subject, row.opened_at, f"{row.rule}: {row.found}", f"{row.remedy} ({row.owner})")
        for row in rows
    ]
    lines += [
        line._replace(what=f"{line.what} for its turn", to_do="See why the deliver step is red.")
        for line in not_gone(ledger, use_case, recipient)
        if line.since < now - TOO_LONG
    ]
    return sorted(lines, key=lambda line: line.since)


def went_wrong(ledger: Ledger, use_case: str, since: datetime, recipient: str = "") -> list[Line]:
    """What failed or was refused since a moment, and the exceptions that opened: newest first."""
    wanted = Wanted(states=tuple(sorted(FINAL_BAD)), use_case=use_case, destination=recipient, since=since)
    lines = [
        Line(row.destination, row.isbn or "", row.labels.get("title", ""), row.updated_at, f"{row.state} {row.code} {row.detail}".strip())
        for row in ledger.desk.deliveries_page(wanted, limit=MOST)
    ]
    for state in ("open", "closed"):
        lines += [
            Line(row.destination, _isbn(row.subject), row.subject, row.opened_at, f"{row.rule}: {row.field} is {row.found}", f"{row.remedy} ({row.owner})")
            for row in ledger.people.exceptions_page(Chosen(state, destination=recipient), limit=MOST)
            if row.opened_at >= since and row.use_case.startswith(use_case)
        ]  # fmt: skip
    return sorted(lines, key=lambda line: line.since, reverse=True)


def belief(content: bytes, profile: Profile, lists: CodeLists) -> list[tuple[str, str]]:
    """What a record makes its recipient believe of a title, in words a person knows: name and value."""
    said, codes = fields(content), lists.lists
    prices = list(_prices(said))
    places = offered(content, profile, lists)
    told = (
        ("title", _title(said)),
        ("form", _word(codes, 150, _first(said, "ProductForm", "productForm"))),
        ("status", _word(codes, 64, _first(said, "PublishingStatus", "publishingStatus"))),
        ("availability", _word(codes, 65, _first(said, "ProductAvailability"))),
        ("publication", _first(said, "publicationDate") or _published(said)),
        ("prices", ", ".join(prices)),
        ("cover", ", ".join(values(said, "ResourceLink"))),
        ("for sale in", "unknown" if places is None else f"{len(places)} countries" if len(places) > 12 else ", ".join(sorted(places)) or "no country"),
    )  # fmt: skip
    return [(name, value) for name, value in told if value]


def open_where_closed(
    ledger: Ledger, config: Config, isbn: str, use_case: str, allowed: Callable[[str], Collection[str]], now: datetime
) -> dict[str, list[str]]:
    """Countries in which recipients have a title open and rights do not allow it, by recipient; those with none are absent.

    :param allowed: the countries that rights allow today, by channel.
    """
    lists = load_code_lists(config.publisher.code_lists)
    found: dict[str, list[str]] = {}
    rows = ledger.desk.told(isbn, use_case)
    for name, profile in config.recipients.items():
        held = believed([told for told in rows if told.row.destination == name], now)
        places = offered(ledger.content(held.row.content_hash) or b"", profile, lists) if held is not None else None
        if places and (wrong := sorted(places - set(allowed(profile.sale_channel)))):
            found[name] = wrong
    return found


def _isbn(subject: str) -> str:
    return subject.removeprefix("isbn:") if subject.startswith("isbn:") else ""


def _first(said: dict[str, str], *names: str) -> str:
    return next((found for name in names for found in values(said, name)), "")


def _title(said: dict[str, str]) -> str:
    own = {field: value for field, value in said.items() if "/Collection" not in field}  # else that of its series may come first
    prefix, bare = _first(own, "TitlePrefix"), _first(own, "TitleWithoutPrefix")
    return f"{prefix} {bare}".strip() or _first(own, "TitleText", "title")


def _word(codes: Mapping[int, Mapping[str, str]], number: int, code: str) -> str:
    name = codes.get(number, {}).get(code, "")
    return f"{name} ({code})" if name else code


def _published(said: dict[str, str]) -> str:
    return next((value for field, value in said.items() if "PublishingDate[01" in field and field.endswith("/Date")), "")


def _prices(said: dict[str, str]) -> Iterator[str]:
    for field, value in said.items():
        name, above = field.rpartition("/")[2].partition("#")[0], field.rpartition("/")[0]
        if name in {"PriceAmount", "amount"}:
            told = above.rpartition("[")[2].rstrip("]").split()
            yield " ".join((value, *told))
