"""What a recipient has of a title: the revision that left last, with the message that carried it, and what it believed at a moment."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from colophon.config import Config
from colophon.domain.delivery_states import FINAL_BAD
from colophon.ledger.told import ToldRow
from colophon.onix.files import file_name
from colophon.onix.profile import Profile


class Sent(NamedTuple):
    """What went last: `number` and `file` of the message that carried it, where one did; `cover` names the covers in it."""

    delivery_id: str
    revision: int
    content_hash: str
    state: str
    sent_at: datetime
    acknowledged_at: datetime | None
    number: int | None
    file: str
    cover: Sequence[str]
    labels: dict[str, str]

    @property
    def message(self) -> str:
        """How the message is called: `no. 12, file.xml`, or that it was one event."""
        return f"no. {self.number}, {self.file}" if self.number else "one event"


def last_sent(rows: Sequence[ToldRow], config: Config, profile: Profile | None) -> Sent | None:
    """What left last of one title for one recipient; what was refused is among it."""
    return next((_sent_of(told, config, profile) for told in reversed(rows) if told.sent_at is not None), None)


def believed(rows: Sequence[ToldRow], moment: datetime) -> ToldRow | None:
    """What a recipient held at a moment: the newest revision that had left by then and was not refused by then."""
    return next((told for told in reversed(rows) if (state := told.state_at(moment)) and state not in FINAL_BAD), None)


def _sent_of(told: ToldRow, config: Config, profile: Profile | None) -> Sent:
    """A revision that left, with the message that carried it."""
    row, file = told.row, ""
    if profile is not None and told.number is not None and told.dated is not None and "kind" in told.message:
        file = file_name(
            profile.files,
            sender=config.publisher.sender_name,
            recipient=profile.id,
            at=told.dated,
            number=told.number,
            kind=told.message["kind"],
            part=int(told.message.get("part", 1)),
        )
    return Sent(
        delivery_id=row.id,
        revision=row.revision,
        content_hash=row.content_hash,
        state=row.state,
        sent_at=told.sent_at or row.created_at,
        acknowledged_at=told.acknowledged_at,
        number=told.number,
        file=file,
        cover=list(json.loads(row.labels.get("covers") or "{}")),
        labels=row.labels,
    )
