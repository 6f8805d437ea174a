"""What is done when: to-dos in sequences that go wrong, launches, production runs with quantities, and rights in moving pictures."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from colophon_sandbox.seeds.living import House
from colophon_sandbox.seeds.shelf import Row

CHAIN = ("Copyedit complete", "Design sign-off", "Interior files uploaded", "Proof approved", "Final proof release", "Files delivered")
KEY = ("Key title",)
"""Tag of titles of which videos are wanted."""
STAGES = ((200, "ACQUIRED"), (120, "IN_PRODUCTION"), (60, "ANNOUNCED"), (0, "PREORDER"))
"""The stage of a title that comes out in more than so many days."""
BOUND = frozenset({"BB", "BC", "BF", "BH"})


def add(house: House, today: date) -> None:
    """For the works that there are."""
    works = [made for made in house.consonance["works"] if made["id"] in house.published]
    to_come = [made["id"] for made in works if house.published[made["id"]] > today] or [made["id"] for made in works]
    _add_sequences(house, to_come, today)
    for place, made in enumerate(works):
        _add_launch(house, made, place, today)
        made["productionRuns"] = list(_runs(house, made, place, today))
    _add_video_grants(house, today)


def _add_sequences(house: House, works: list[int], today: date) -> None:
    """Late in a chain of six; done, undone, done again; put off; a circle of two; a chain over two titles; nobody's."""
    chain: list[Row] = []
    for place, words in enumerate(CHAIN):
        chain.append(
            _todo(
                house,
                works[0],
                words,
                today + timedelta(days=7 * place - 9),
                blockedBy=[row["id"] for row in chain[-1:]],
                tags=["Milestone", *KEY],
            )
        )
    _todo(house, works[1 % len(works)], "Cover approved", today - timedelta(days=12), today - timedelta(days=2), revision=4)
    _todo(house, works[1 % len(works)], "Proof approved", today - timedelta(days=5), revision=3)
    _todo(house, works[2 % len(works)], "Files delivered", today + timedelta(days=30), revision=5, tags=["Milestone", "Delayed"])
    _todo(house, works[2 % len(works)], "Title delayed", None, today - timedelta(days=1))
    first = _todo(house, works[3 % len(works)], "Design sign-off", today + timedelta(days=3))
    second = _todo(house, works[3 % len(works)], "Interior files uploaded", today + timedelta(days=5), blockedBy=[first["id"]])
    first["blockedBy"] = [second["id"]]
    _todo(house, works[4 % len(works)], "Pre-order ready", today + timedelta(days=2), blockedBy=[chain[-1]["id"]], tags=["Milestone", *KEY])
    _todo(house, works[5 % len(works)], "Marketing kit complete", today - timedelta(days=1), assigneeId=None)


def _todo(house: House, work_id: int, words: str, due: date | None, done: date | None = None, **more: Any) -> Row:
    everybody = [row for row in house.consonance["teamMembers"] if row["workId"] == work_id and row["role"] == "EDITOR"]
    who = everybody[0]["contactId"] if everybody else None
    row = {
        "workId": work_id, "description": words, "assigneeId": who, "dueOn": due and due.isoformat(),
        "completedOn": done and done.isoformat(), "completedAt": done and f"{done}T15:00:00Z", "completedById": who if done else None,
        "status": "DONE" if done else "OPEN", "blockedBy": [], "tags": ["Milestone"], "milestoneCode": None, "externalReference": None,
        "updatedAt": f"{done}T15:00:00Z" if done else "2026-04-28T15:00:00Z",
    }  # fmt: skip
    return house.add("todos", **{**row, **more})


def _add_launch(house: House, made: Row, place: int, today: date) -> None:
    """One in nine of those to come is on hold."""
    day = house.published[made["id"]]
    ahead = (day - today).days
    stage = next((name for days, name in STAGES if ahead > days), "PUBLISHED")
    on_hold = ahead > 0 and place % 9 == 4
    before = {name: day - timedelta(days=days) for name, days in (("announcedOn", 180), ("preorderFrom", 90), ("releaseApprovedOn", 21))}
    reached = {name: when.isoformat() if when <= today or name == "preorderFrom" else None for name, when in before.items()}
    since = min(today, day) - timedelta(days=place % 30)
    more = {"onHold": on_hold, "holdReason": "Libel reading" if on_hold else None}
    house.add("launches", workId=made["id"], stageCode=stage, stageSince=since.isoformat(), **more, **reached)


def _runs(house: House, made: Row, place: int, today: date) -> Iterator[Row]:
    """A first printing, of one in five with copies missing; a reprint of one in three."""
    printed = [row["id"] for row in house.consonance["products"] if row["workId"] == made["id"] and row["onix21ProductFormCode"] in BOUND]
    day = house.published[made["id"]] - timedelta(days=42)
    for number in range(1, 1 + (2 if place % 3 == 0 else 1) if printed else 1):
        when = day + timedelta(days=400 * (number - 1))
        ordered = 1000 * (1 + place % 7)
        received = ordered - (150 if place % 5 == 0 else 0) if when <= today else None
        yield {
            "id": house.next_id("productionRuns"),
            "name": "First printing" if number == 1 else f"Reprint {number - 1}",
            "deliveryDate": when.isoformat(),
            "productIds": printed,
            "quantities": [
                {"id": house.next_id("quantities"), "name": name, "quantity": ordered // part, "productId": product,
                 "receivedQuantity": received and received // part}
                for product in printed
                for name, part in (("Warehouse", 1), ("Advance copies", 100))
            ],
        }  # fmt: skip


def _add_video_grants(house: House, today: date) -> None:
    """Two of three contracts grant promotional video: everywhere, without North America, on two channels, or not any more."""
    kinds: tuple[Row, ...] = (
        {},
        {"territories": {"included": ["WORLD"], "excluded": ["US", "CA"]}},
        {"channels": ["website", "social"]},
        {"expiresOn": (today - timedelta(days=3)).isoformat()},
        {"expiresOn": (today + timedelta(days=7)).isoformat()},
    )
    for place, contract in enumerate(house.consonance["contracts"]):
        if place % 3:
            row = {
                "contractId": contract["id"], "workId": contract["workId"], "rightsType": "Promotional video", "exclusive": True,
                "formats": ["VIDEO"], "territories": {"included": ["WORLD"], "excluded": []}, "languages": ["eng"], "channels": ["*"],
                "startsOn": None, "expiresOn": None,
            }  # fmt: skip
            house.add("headGrants", **{**row, **kinds[place % len(kinds)]})
