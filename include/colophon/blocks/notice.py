"""What is said of something that happened: a notice, in each reader's language, and many of them in one digest."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

from colophon.blocks.decision import DecisionContext
from colophon.config.wording import Text
from colophon.domain.team import TeamRole

MOST_LINES, _MOST_BYTES = 40, 2500
"""So many notices are told each in its line in a digest, and in so many bytes; the others are counted."""
MOST_CAUSES, MOST_NAMES = 5, 20
"""So many causes (label `cause` of notices) a digest may name, each with how many notices have it, the most frequent first; and so many
notices that had no room, by their label `name`."""
URGENCY = ("urgent", "action", "info")
_HOURS = {"info": 24, "action": 72, "urgent": 12}
"""How long a message that could not be shown is kept for a device: after that it is no news."""


Posts = tuple[tuple[TeamRole, tuple[str, ...]], ...]
"""Roles, each with who is told in it, as keys of the recipient directory; nobody: those of the title's team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is said of a work (0: of none). `subject` and `occurrence` name what happened: a person hears of it once, in whatever words.

    `subject` begins with the record that it is about (`todo:7/copyedit`). `kind` and `fields`: its words are those of the kind
    (`words/<kind>.yaml`), in each person's language. `posts`: who is told where that is not the audience's to say: roles, with their
    people, or without any those of the title's team. `severity`: what is urgent wakes a device. `silenced_by`: subjects of which whoever
    has heard is not told this one. `labels` are for the desk. `is_all_clear`: it takes back what was said of the subject before, and goes
    to those alone who have heard that. `people` hear of it beside the posts.
    """

    subject: str
    occurrence: str
    work_id: int
    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    severity: Literal["info", "action", "urgent"] = "action"
    data: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    silenced_by: tuple[str, ...] = ()
    posts: Posts = ()
    is_all_clear: bool = False
    people: tuple[str, ...] = ()

    @property
    def record(self) -> str:
        """How the ledger names the record."""
        return self.subject.partition("/")[0]


def short_name(told: str) -> str:
    """A name of 12 hex digits for what is told, in place of its words."""
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def text_of(notice: Notice, language: str, context: DecisionContext) -> Text:
    """What is said of it in a language."""
    return context.config.words.text(notice.kind, language, notice.fields, _links(notice.work_id, context))


def _links(work_id: int, context: DecisionContext) -> dict[str, str]:
    publisher = context.config.publisher
    work_link = publisher.works_url.format(work_id=work_id) if publisher.works_url and work_id else ""
    return {"work_link": work_link, "desk_url": publisher.desk_url}


def digest_of(notices: Sequence[Notice], texts: Sequence[Text], kind: str, language: str, context: DecisionContext) -> Text:
    """Many in one message, in the words of a kind: as many lines as a push has room for, and the others counted."""
    sizes = accumulate(len(text.line.encode()) + 2 for text in texts[:MOST_LINES])
    lines = [text.line for text, size in zip(texts, sizes, strict=False) if size <= _MOST_BYTES]
    causes = Counter(notice.labels["cause"] for notice in notices if "cause" in notice.labels).most_common(MOST_CAUSES)
    names = [notice.labels["name"] for notice in notices[len(lines) :] if "name" in notice.labels][:MOST_NAMES]
    fields = {"count": len(notices), "lines": lines, "more": len(notices) - len(lines), "causes": [list(cause) for cause in causes]}
    return context.config.words.text(kind, language, {**fields, "names": names}, _links(0, context))


def urgency_of(severity: str) -> dict[str, Any]:
    """How a device takes it: what is urgent wakes it, and for how long it is news."""
    about = {"ttl_s": _HOURS[severity] * 3600}
    return about | {"pipeline": True} if severity == "urgent" else about
