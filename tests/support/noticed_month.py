"""Thirty days of a small house whose people are told of what happens: teams, authors, titles in trouble, and who takes their records.

furnish(station)
for number, day in enumerate(weekdays()): happens(station, number, day)

With Easter, the change of the clocks, and two people who work in New York.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from station import Station

from colophon.domain.delivery import Intent, Verdict
from colophon_sandbox.seeds.shelf import contributions, isbn13, person, product, work

FIRST, DAYS = date(2026, 3, 16), 30
LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
OLD = {"revision": 1, "updatedAt": "2026-03-01T10:00:00Z"}
EDITOR, OTHER, MAKER, DESIGNER, SALES, APPROVER, BOSS, MARKETING, SPECIALIST, ABOVE = *range(31, 40), 103
FAR_AWAY = (DESIGNER, MARKETING)
"""They work in New York."""
AUTHOR, SILENT, FAITHFUL = 41, 42, 43
AUTHORS = {1: AUTHOR, 2: SILENT, 3: FAITHFUL}
EDITORS = {1: EDITOR, 2: OTHER, 3: OTHER}
TITLES = {1: "Sea Room", 2: "Foxglove", 3: "Heron"}
LATE = {4: ("Merganser", "2026-04-10"), 5: ("Dipper", "2026-03-27"), 6: ("Wigeon", "2026-04-24")}
"""Titles in trouble, with the days on which they are to come out."""
STAGES = ("Editorial approval", "Copyedit complete", "Design sign-off", "Final proof release")


def at(day: date, hour: int, minute: int = 5) -> datetime:
    """A moment in London."""
    return datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)


def weekdays() -> Iterator[date]:
    """The days on which it happens."""
    return (day for number in range(DAYS) if (day := FIRST + timedelta(days=number)).weekday() < 5)


def title_of(number: int) -> int:
    """The work of which a day is, by the number of the day."""
    return number % 3 + 1


def stage_of(number: int) -> str:
    """The stage that it completes."""
    return STAGES[number % 4]


def happens(house: Station, number: int, day: date) -> None:
    """What people enter before nine: a stage is done and a manuscript has come, and trouble comes and goes."""
    done, received = todo(number + 1, title_of(number), stage_of(number), at(day, 8, 30)), at(day, 8, 40)
    house.seed("consonance", {"todos": [done, todo(500 + number, title_of(number), "Manuscript received", received)]})
    house.seed("consonance", trouble(day))


def furnish(house: Station) -> None:
    """Three titles with teams and authors, a jacket that is due after Easter, and three in trouble; everybody has a device."""
    works = [work(n, title, 1, contributions=contributions([(AUTHORS[n], "A01")], n * 10)) for n, title in TITLES.items()]
    late = {n: work(n, title, 1) for n, (title, _) in LATE.items()}
    roles = [("PRODUCTION_MANAGER", MAKER), ("DESIGNER", DESIGNER), ("SALES", SALES), ("APPROVER", APPROVER), ("MARKETING", MARKETING)]
    team = [(n, role, who) for n in TITLES for role, who in [("EDITOR", EDITORS[n]), *roles]] + [(n, "MANAGER", BOSS) for n in LATE]
    team += [(n, "METADATA_SPECIALIST", SPECIALIST) for n in LATE]
    consents = [(AUTHOR, "true"), (FAITHFUL, "true")]
    house.seed(
        "consonance",
        {
            "imprints": [{"id": 1, "name": "Larkspur"}],
            "works": [*works, *late.values()],
            "contacts": [person(who, f"Person {who}") for who in (*range(31, 40), *AUTHORS.values())],
            "products": [
                *(product(100 + n, works[n - 1], "BC", isbn13(f"97819990000{n}"), onixPublishingStatusCode="02") for n in TITLES),
                *map(book, LATE),
            ],
            "contracts": [contract(n) for n in LATE],
            "headGrants": [grant(n, country) for n in LATE for country in ("GB", "DE")],
            "teamMembers": [
                OLD | {"id": number, "workId": n, "role": role, "contactId": who, "managerId": BOSS}
                for number, (n, role, who) in enumerate(team, 1)
            ],
            "contactFields": [wish(who, "CONSENT_EXTERNAL", value) for who, value in consents],
            "todos": [todo(900, 1, "Jacket approval", assigneeId=APPROVER, dueOn="2026-04-09"), *(production(n) for n in (4, 5))],
        },
    )
    rows = [f"{who},token,tok-ok-{who}" for who in (*range(31, 40), *AUTHORS.values(), 102, ABOVE)]
    rows += [f"{who},{wish}" for who in FAR_AWAY for wish in ("hours,09:00-17:00", "zone,America/New_York")]
    house.configure("people.csv", "\n".join(["person,kind,value", *rows, ""]))


def book(n: int, **more: Any) -> dict[str, Any]:
    """The hardback of a title in trouble."""
    title, day = LATE[n]
    row = product(100 + n, work(n, title, 1), "BB", isbn13(f"97819990000{n}"), publicationDate=day, onixPublishingStatusCode="02")
    language = {"id": n, "onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}
    return {**row, "isForSaleWorldwide": False, "forSaleCountryCodes": ["GB", "DE"], "contentLanguages": [language], **more}


def contract(n: int) -> dict[str, Any]:
    """With its author, for ever."""
    row = {"id": n, "clientId": 1, "contractName": LATE[n][0], "workId": n, "signedDate": "2020-01-01", "term": None}
    return row | {"terminatedDate": None, "terminationReason": None, "deliveryDates": [], "licensedRights": []}


def grant(n: int, country: str, expires: str | None = None, **more: Any) -> dict[str, Any]:
    """What the contract gives in a country."""
    reach = {"formats": ["PRINT"], "languages": ["eng"], "territories": {"included": [country], "excluded": []}, "channels": ["*"]}
    row = {"id": 10 * n + (country == "DE"), "contractId": n, "workId": n, "rightsType": "Volume", "exclusive": True}
    return {**OLD, **row, **reach, "startsOn": None, "expiresOn": expires, **more}


def production(n: int, done: datetime | None = None) -> dict[str, Any]:
    """The last stage before a title comes out."""
    return todo(950 + n, n, "Production complete", done)


def trouble(day: date) -> dict[str, list[dict[str, Any]]]:
    """What comes and goes on a day, before nine."""
    at_nine, later = at(day, 8, 30), {"revision": day.toordinal(), "updatedAt": f"{at(day, 8, 30):%Y-%m-%dT%H:%M:%SZ}"}
    return {
        date(2026, 3, 24): {"todos": [production(4, at_nine)]},
        date(2026, 3, 26): {"todos": [production(6)]},
        date(2026, 3, 27): {"todos": [production(6, at_nine)]},
        date(2026, 4, 7): {"headGrants": [grant(4, "DE", "2026-04-09", **later)]},
        date(2026, 4, 8): {"products": [book(5, onixPublishingStatusCode="04")]},
        date(2026, 4, 9): {"headGrants": [grant(4, "DE", None, **later)]},
        date(2026, 4, 10): {"products": [book(4, onixPublishingStatusCode="04")]},
    }.get(day, {})


def wish(who: int, name: str, value: str) -> dict[str, Any]:
    """A contact's field in Consonance."""
    return OLD | {"id": who * 10 + len(name), "contactId": who, "name": name, "value": value, "observedAt": "2026-03-01T10:00:00Z"}


def todo(number: int, work_id: int, text: str, done: datetime | None = None, **more: Any) -> dict[str, Any]:
    """A to-do, done at a moment or open."""
    row = {"id": number, "workId": work_id, "description": text, "tags": [], "blockedBy": [], "assigneeId": None, "dueOn": None}
    moment = f"{done:%Y-%m-%dT%H:%M:%SZ}" if done else "2026-03-01T10:00:00Z"
    told = (
        {"status": "DONE", "completedOn": moment[:10], "completedAt": moment, "revision": 2} if done else {"status": "OPEN", "revision": 1}
    )
    return {**row, **told, "updatedAt": moment, **more}


def feed(house: Station, work_id: int, place: str) -> None:
    """A recipient takes a title's record."""
    use_case, isbn = "xconnector__metadata_syndication", isbn13(f"97819990000{work_id}")
    with house.ledger() as ledger:
        rest: dict[str, Any] = {"delivery_class": "A", "media_type": "application/xml", "as_of": house.now, "labels": {"isbn": isbn}}
        ledger.plan([Intent(use_case=use_case, destination=place, subject=f"isbn:{isbn}", content=str(house.now).encode(), **rest)])
        for delivery in ledger.claim(use_case, place, owner="night", lease_s=900, limit=9):
            ledger.finish([Verdict(delivery.id, "accepted", remote_id="r-1")], owner="night")
