"""PN-6: what systems say of one fault of one title, by the notices of the counterpart. The newest word of each system counts. Pure.

Notices may come twice, late and in any order: each counts by the time that it states.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from colophon.blocks.inbound import read
from colophon.domain.inbox_item import InboxItem

_Text = Annotated[str, Field(max_length=500)]


class FaultNotice(BaseModel):
    """`data` of the two events (contract XC-1 section 4)."""

    model_config = ConfigDict(extra="ignore")

    isbn: str = Field(pattern=r"^[0-9]{13}$")
    fault: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")
    system: str = Field(min_length=1, max_length=80)
    severity: _Text | None = None
    code: _Text | None = None
    at: AwareDatetime


class Word(BaseModel):
    """What one system last said of a fault, and since when it has said so."""

    is_failing: bool
    at: datetime
    since: datetime
    severity: str | None = None
    code: str | None = None


Words = dict[str, Word]
"""The word of each system, by its name."""
WORDS = TypeAdapter(Words)
read_notice = partial(read, FaultNotice)


def says_failing(item: InboxItem) -> bool:
    """Whether an event says that something fails, and not that it has recovered."""
    return "delivery.failure" in item.type


def heard(words: Words, notices: Iterable[tuple[InboxItem, FaultNotice]]) -> Words:
    """What all systems say now: the newest word of each; of two at the same moment, that it recovered. Changes `words`."""
    for item, notice in sorted(notices, key=lambda pair: (pair[1].at, "recovered" in pair[0].type)):
        # A clock that runs ahead must not have the last word for ever.
        at, before = min(notice.at.astimezone(UTC), item.received_at), words.get(notice.system)
        is_failing = says_failing(item)
        if before is not None and (at, not is_failing) <= (before.at, not before.is_failing):
            continue
        since = before.since if before is not None and before.is_failing == is_failing else at
        words[notice.system] = Word(is_failing=is_failing, at=at, since=since, severity=notice.severity, code=notice.code)
    return words
