"""To-dos of every title, from manuscript to publication, and outbound rights deals in every stage."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from colophon_sandbox.seeds.shelf import Row, organisation

# days before publication, and the words that people type for it
STEPS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (364, ("Manuscript received", "Manuscript delivered")),
    (336, ("Manuscript accepted",)),
    (280, ("Editorial approval", "Editorially approved")),
    (238, ("Copyedit complete", "Copyediting complete")),
    (210, ("Design sign-off", "Design signed off")),
    (196, ("Jacket approval",)),
    (182, ("Cover approved",)),
    (168, ("Publication scheduled",)),
    (140, ("Interior files uploaded",)),
    (126, ("Page proof review",)),
    (112, ("Proof approved", "Proofs approved")),
    (98, ("Pre-order ready",)),
    (84, ("Final proof release",)),
    (70, ("Files delivered",)),
    (56, ("Marketing kit complete",)),
    (42, ("Production complete",)),
    (0, ("Published",)),
)
ORDINARY = frozenset({"Jacket approval", "Page proof review"})
RECENT = timedelta(days=270)
LICENSEES = (
    "Éditions du Hêtre",
    "Lindenhof Verlag",
    "Casa Alondra",
    "Edizioni Tramontana",
    "Kawasemi Shobō",
    "Hollow Oak Audio",
    "Larch Large Print",
)
# licensee, rights, language, territories, formats
OFFERS: tuple[tuple[int, str, str, list[str], list[str]], ...] = (
    (0, "Translation", "fre", ["FR", "BE", "CH", "CA"], ["PAPERBACK", "EBOOK"]),
    (1, "Translation", "ger", ["DE", "AT", "CH"], ["HARDBACK", "PAPERBACK", "EBOOK"]),
    (2, "Translation", "spa", ["ES", "MX", "AR"], ["PAPERBACK"]),
    (3, "Translation", "ita", ["IT"], ["PAPERBACK", "EBOOK"]),
    (4, "Translation", "jpn", ["JP"], ["PAPERBACK"]),
    (5, "Audio", "eng", ["WORLD"], ["AUDIO_DOWNLOAD"]),
    (6, "Large print", "eng", ["GB", "IE"], ["LARGE_PRINT"]),
)
STATUSES = ("SIGNED",) * 7 + ("ENQUIRY", "OFFER", "AGREED")
# How many days from today a deal ends: the days on which somebody wants to be told, and just after.
ENDS = (180, 90, 30, 7, 0, -1)


def add(shelf: Any, chance: random.Random, today: date) -> None:
    """To-dos and deals, with the awkward ones last."""
    people = [contact["id"] for contact in shelf.records["contacts"] if contact["__typename"] == "Person"][:12]
    published: dict[int, str] = {}
    for product in shelf.records["products"]:
        day = product["publicationDate"] or product["plannedPublicationDate"]
        if day:
            published[product["workId"]] = min(day, published.get(product["workId"], day))
    for work_id, day in published.items():
        shelf.records["todos"] += _ladder(shelf, chance, work_id, date.fromisoformat(day), today, people)
    _add_awkward_todos(shelf, today)
    _add_deals(shelf, chance, today)


def _ladder(shelf: Any, chance: random.Random, work_id: int, published: date, today: date, people: list[int]) -> Iterator[Row]:
    """All steps of a title that is new or to come, the last two of an older one; each waits for the one before."""
    before: int | None = None
    for days, words in STEPS if published > today - RECENT else STEPS[-2:]:
        due, text = published - timedelta(days=days), chance.choice(words)
        slip = chance.choice((-6, -3, 0, 0, 2, 9))
        # One in twelve is late without a word.
        done = due + timedelta(days=slip) <= today and (due < today - timedelta(days=30) or chance.random() > 1 / 12)
        row = todo(shelf, work_id, text, due, due + timedelta(days=slip) if done else None)
        row |= {"assigneeId": chance.choice(people), "blockedBy": [before] if before else []}
        row["completedById"] = row["assigneeId"] if done else None
        before = row["id"]
        yield row


def todo(shelf: Any, work_id: int, text: str, due: date | None, done: date | None, **more: Any) -> Row:
    """One to-do; open where `done` is None."""
    return {
        "id": shelf.next_id("todo"),
        "revision": 2 if done else 1,
        "updatedAt": f"{done or '2026-04-01'}T10:00:00Z",
        "workId": work_id,
        "description": text,
        "assigneeId": None,
        "dueOn": due.isoformat() if due else None,
        "completedOn": done.isoformat() if done else None,
        "completedById": None,
        "status": "DONE" if done else "OPEN",
        "blockedBy": [],
        "tags": [] if text in ORDINARY else ["Milestone"],
        "milestoneCode": None,
        **more,
    }


def _add_awkward_todos(shelf: Any, today: date) -> None:
    works = [made["id"] for made in shelf.records["works"]]
    reminders = [
        todo(shelf, works[n], "Jacket approval", today + timedelta(days=days), None) for n, days in enumerate((7, 3, 1, 0, -1, -4))
    ]
    shelf.records["todos"] += [
        *reminders,
        todo(shelf, works[6], "Ring the printer; ask, nicely, about the blue", today, None),
        todo(shelf, works[7], "Title delayed", None, today),
        todo(shelf, works[8], "Audio master sign-off", today - timedelta(days=10), None, status="CANCELLED"),
        todo(shelf, works[9], "cover  APPROVED", today - timedelta(days=2), today - timedelta(days=1)),
        todo(shelf, works[9], "Cover approved", today - timedelta(days=2), None),
        todo(shelf, works[10], "Proofs available", today - timedelta(days=130), today - timedelta(days=130)),
    ]


def _add_deals(shelf: Any, chance: random.Random, today: date) -> None:
    licensees = [organisation(shelf.next_id("contact"), name) for name in LICENSEES]
    shelf.records["contacts"] += licensees
    contracts = {contract["workId"]: contract["id"] for contract in shelf.records["contracts"]}
    clean = [made["id"] for made in shelf.records["works"][1:] if made["id"] in contracts]
    for work_id in clean:
        for licensee, rights, language, territories, formats in OFFERS if chance.random() < 0.3 else ():
            if chance.random() < 0.4:
                starts = date(2019, 1, 1) + timedelta(days=chance.randrange(2500))
                ends = starts + timedelta(days=365 * chance.choice((5, 7)))
                status = "EXPIRED" if ends < today else chance.choice(STATUSES)
                row = deal(shelf, work_id, licensees[licensee]["id"], rights, starts, ends, status)
                row |= {"contractId": contracts[work_id], "languages": [language], "formats": formats}
                shelf.records["rightsDeals"].append({**row, "territories": {"included": territories, "excluded": []}})
    _add_awkward_deals(shelf, today, clean, licensees[0]["id"])


def _add_awkward_deals(shelf: Any, today: date, works: list[int], licensee: int) -> None:
    """One that ends on each day that matters; then renewed, terminated, without an end, nothing known of what it covers."""
    starts = today - timedelta(days=1500)
    rows = [deal(shelf, works[n], licensee, "Translation", starts, today + timedelta(days=days), "SIGNED") for n, days in enumerate(ENDS)]
    old = deal(shelf, works[6], licensee, "Translation", starts, today + timedelta(days=30), "SIGNED")
    later = today + timedelta(days=31)
    rows += [
        old,
        deal(shelf, works[6], licensee, "Translation", later, later + timedelta(days=1825), "SIGNED", renewalOf=old["id"]),
        deal(shelf, works[7], licensee, "Translation", starts, today + timedelta(days=7), "TERMINATED",
             terminatedDate=(today - timedelta(days=40)).isoformat()),
        deal(shelf, works[8], licensee, "Translation", starts, None, "SIGNED"),
        deal(shelf, works[9], licensee, "Film option", None, None, "AGREED", exclusive=None, territories=None, languages=None, formats=None,
             channels=None),
    ]  # fmt: skip
    shelf.records["rightsDeals"] += rows


def deal(shelf: Any, work_id: int, licensee: int, rights: str, starts: date | None, ends: date | None, status: str, **more: Any) -> Row:
    """One exclusive deal for France; half a year to sell off what is left."""
    return {
        "id": shelf.next_id("deal"),
        "revision": 1,
        "updatedAt": "2026-04-01T10:00:00Z",
        "workId": work_id,
        "productIds": None,
        "contractId": None,
        "licenseeId": licensee,
        "rightsType": rights,
        "exclusive": True,
        "territories": {"included": ["FR"], "excluded": []},
        "languages": ["fre"],
        "formats": ["PAPERBACK"],
        "channels": ["*"],
        "startsOn": starts.isoformat() if starts else None,
        "expiresOn": ends.isoformat() if ends else None,
        "sellOffUntil": (ends + timedelta(days=182)).isoformat() if ends else None,
        "status": status,
        "signedDate": starts.isoformat() if starts and status not in {"ENQUIRY", "OFFER", "AGREED"} else None,
        "contactId": None,
        **more,
    }
