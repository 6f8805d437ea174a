"""What one message of launches says to one person: its parts, each a delivery of its own, and by which template it goes."""

import json
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from colophon.blocks.letter import DueLetter, came_back
from colophon.blocks.write_back import short
from colophon.domain.delivery import ISBNS, HistoryRow
from colophon.use_cases.exstream.letter_titles import Title

FIRST = ("cancellation", "correction")


class Part(NamedTuple):
    """One thing that somebody is to be told of a title, on `due_on`; `told` is the date of publication that it says.

    `old` is what was told before, in the delivery `mends`.
    """

    contact_id: int
    name: str
    template: str
    title: Title
    scope: str
    told: str
    due_on: date
    version: str
    old: str = ""
    mends: str = ""

    @property
    def subject(self) -> str:
        """How the ledger names it: a correction by what it mends, for a date may come and go and come again."""
        again = f"/{self.told}/{short(self.mends)}" if self.name in FIRST else ""
        return f"contact:{self.contact_id}/work:{self.title.work_id}/{self.name}{self.scope and ':'}{self.scope}{again}"

    @property
    def content(self) -> bytes:
        """What the ledger keeps of it."""
        return json.dumps({"part": self.name, "told": self.told, "old": self.old}).encode()

    @property
    def labels(self) -> dict[str, str]:
        """By which a later run knows who was told what."""
        work_id, to, name = str(self.title.work_id), str(self.contact_id), self.title.name[:200]
        return {"title": name, "work": work_id, "scope": self.scope, "told": self.told, "to": to, "template": self.template}

    @property
    def entry(self) -> dict[str, str]:
        """What the message says of it."""
        old = {"OldDate": self.old} if self.old else {}
        return {"Part": self.name, "Title": self.title.name, "Isbns": " ".join(self.title.isbns), "Date": self.told, **old}


def message(contact_id: int, parts: list[Part], rows: Iterable[HistoryRow]) -> DueLetter:
    """By the template of what matters most in it: a cancellation, a correction, and then what was due first."""
    ordered = sorted(parts, key=lambda part: (part.name != FIRST[0], part.name != FIRST[1], part.due_on, part.subject))
    entries, first = [part.entry for part in ordered], ordered[0]
    subject = f"contact:{contact_id}/message/{short(json.dumps([[part.subject, part.entry] for part in ordered], sort_keys=True))}"
    names = dict.fromkeys(part.title.name for part in ordered)
    labels = {
        "title": ", ".join(names)[:200],
        "contact": str(contact_id),
        "work": str(first.title.work_id),
        "kind": first.name,
        "plan": first.version,
    }
    isbns = dict.fromkeys(isbn for part in ordered for isbn in part.title.isbns)
    return DueLetter(
        kind=first.template, subject=subject, contact_id=contact_id, data={"Kind": first.name, "Parts": entries},
        labels={**labels, ISBNS: " ".join(isbns)[:900]}, imprint=first.title.imprint,
        came_back=came_back(rows, contact=str(contact_id)),
    )  # fmt: skip
