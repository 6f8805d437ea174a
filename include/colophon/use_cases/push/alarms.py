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

    Its words are those of `kind` with `fields`. `title` and `stage`: of what an all-clear speaks; `stage` is also what holds it.
    """

    subject: str
    state: str
    work_id: int
    kind: str
    fields: Mapping[str, Any]
    title: str = ""
    stage: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    people: tuple[str, ...] = ()


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
        """What holds now of each subject, by what is seen in this run; whoever has heard it already is not told again.

        What was said and is in doubt (it is away, or otherwise, and not yet for long enough) is not said now.
        """
        for subject in sorted({*self.memory, *troubles}):
            trouble = troubles.get(subject)
            row = self._seen(subject, trouble)
            recent = [moment for moment in row["at"] if self._as_of - datetime.fromisoformat(moment) < self._rules.within]
            if self._is_ripe(subject, row) and row["state"] != row["said"] and len(recent) < self._rules.messages:
                recent.append(self._as_of.isoformat())
                row |= {"said": row["state"], "at": recent}
            if row["at"] and row["said"] == row["state"]:
                yield _alarm(trouble, row["at"][-1]) if trouble else _all_clear(subject, row)
            if not (row["state"] or row["said"] or recent):
                del self.memory[subject]

    def _seen(self, subject: str, trouble: Trouble | None) -> dict[str, Any]:
        """What is remembered, with what this run has seen; the same run once more counts once."""
        now, state = self._as_of.isoformat(), trouble.state if trouble else ""
        row: dict[str, Any] = self.memory.setdefault(subject, {"state": "", "said": "", "at": [], "runs": 0, "as_of": "", "since": now})
        if not row["as_of"] or datetime.fromisoformat(row["as_of"]) < self._as_of:
            is_same = row["state"] == state
            row |= {"as_of": now, "state": state, "runs": row["runs"] + 1 if is_same else 1, "since": row["since"] if is_same else now}
        if trouble:
            row |= {"kind": trouble.kind, "title": trouble.title, "stage": trouble.stage, "work_id": trouble.work_id}
            row["people"] = list(trouble.people)
        return row

    def _is_ripe(self, subject: str, row: Mapping[str, Any]) -> bool:
        if row["state"]:
            return bool(row["runs"] >= self._rules.raise_runs)
        waited = self._as_of - datetime.fromisoformat(row["since"])
        return waited >= self._rules.clear_after or self._is_over(subject, row["stage"])


def _alarm(trouble: Trouble, occurrence: str) -> Notice:
    return Notice(
        subject=trouble.subject,
        occurrence=occurrence,
        work_id=trouble.work_id,
        kind=trouble.kind,
        fields=trouble.fields,
        severity="urgent",
        data={"kind": trouble.kind, **trouble.data},
        labels={"subject": trouble.subject},
        people=trouble.people,
    )


def _all_clear(subject: str, row: Mapping[str, Any]) -> Notice:
    return Notice(
        subject=subject,
        occurrence=row["at"][-1],
        work_id=row["work_id"],
        kind="all_clear",
        fields={"title": row["title"], "stage": row["stage"], "trouble": row["kind"]},
        data={"kind": "all_clear"},
        labels={"subject": subject},
        people=tuple(row["people"]),
        is_all_clear=True,
    )
