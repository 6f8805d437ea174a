"""Trouble that comes and goes: when it is said, when it is over, and what is said of it now. Pure, by what the last run remembered.

Something is raised when several runs one after the other have seen it, and cleared when it has been away for a while. What goes back and
forth is said so often and no more; then the last word is said, if it is another one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from colophon.blocks.notices import Notice
from colophon.config.monitoring import Alarms


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is wrong now with a subject (`work:9/window`). Another `state` of it is another message.

    `name`: how an all-clear calls it. `stage`: what holds it, for the judgement whether it is over at once.
    """

    subject: str
    state: str
    name: str
    work_id: int
    title: str
    body: str
    data: Mapping[str, str] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    stage: str = ""


class AlarmBook:
    """All troubles of a use case as of one run: `notices` are the words that hold now, `memory` what the next run has to know."""

    def __init__(self, memory: Mapping[str, Any], rules: Alarms, as_of: datetime, is_over: Callable[[str, str], bool]) -> None:
        """:param is_over: whether a trouble of a subject, held by a stage, is over for sure, so that nothing has to be waited for."""
        self._rules, self._as_of, self._is_over = rules, as_of, is_over
        self.memory: dict[str, Any] = {subject: dict(row) for subject, row in memory.items()}

    def is_raised(self, subject: str) -> bool:
        """Whether people were told of it last that it is so."""
        return bool(self.memory.get(subject, {}).get("said"))

    def notices(self, troubles: Mapping[str, Trouble]) -> Iterator[Notice]:
        """What holds now of each subject, by what is seen in this run; whoever has heard it already is not told again."""
        for subject in sorted({*self.memory, *troubles}):
            row = self._seen(subject, troubles.get(subject))
            recent = [moment for moment in row["at"] if self._as_of - datetime.fromisoformat(moment) < self._rules.within]
            if self._is_ripe(subject, row) and row["state"] != row["said"] and len(recent) < self._rules.messages:
                recent.append(self._as_of.isoformat())
                row |= {"said": row["state"], "at": recent}
            if row["said"] and row["said"] == row["state"]:
                row["words"] = _words(troubles[subject])
            if row["at"]:
                yield _notice(subject, row)
            if not (row["state"] or row["said"] or recent):
                del self.memory[subject]

    def _seen(self, subject: str, trouble: Trouble | None) -> dict[str, Any]:
        """What is remembered, with what this run has seen; the same run once more counts once."""
        now, state = self._as_of.isoformat(), trouble.state if trouble else ""
        row = self.memory.setdefault(subject, {"state": "", "said": "", "at": [], "runs": 0, "as_of": "", "since": now})
        if not row["as_of"] or datetime.fromisoformat(row["as_of"]) < self._as_of:
            is_same = row["state"] == state
            row |= {"as_of": now, "state": state, "runs": row["runs"] + 1 if is_same else 1, "since": row["since"] if is_same else now}
        if trouble:
            row["stage"] = trouble.stage
        return row

    def _is_ripe(self, subject: str, row: Mapping[str, Any]) -> bool:
        if row["state"]:
            return bool(row["runs"] >= self._rules.raise_runs)
        waited = self._as_of - datetime.fromisoformat(row["since"])
        return waited >= self._rules.clear_after or self._is_over(subject, row.get("stage", ""))


def _words(trouble: Trouble) -> dict[str, Any]:
    told = {name: getattr(trouble, name) for name in ("name", "work_id", "title", "body")}
    return {**told, "data": dict(trouble.data), "people": list(trouble.people)}


def _notice(subject: str, row: Mapping[str, Any]) -> Notice:
    """What was said last, in today's words as long as it is so; an all-clear where it was said to be over."""
    words, is_clear = row["words"], not row["said"]
    return Notice(
        subject=subject,
        occurrence=row["at"][-1],
        work_id=words["work_id"],
        title=f"All clear: {words['name']}" if is_clear else words["title"],
        body="What was reported is over." if is_clear else words["body"],
        data={**words["data"], "kind": "all_clear"} if is_clear else words["data"],
        labels={"subject": subject},
        people=tuple(words["people"]),
        is_urgent=not is_clear,
        is_all_clear=is_clear,
    )
