"""The to-dos that follow from letters: somebody answered what a person has to read, or nobody answers."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.blocks.write_back import intent, short
from colophon.domain.delivery import HistoryRow, Intent
from colophon.domain.delivery_states import WAITING
from colophon.domain.team import TeamMember, TeamRole, holder
from colophon.systems.consonance.writes.operations import CONSONANCE

WORDS = "words"
"""Label of a row about which somebody wrote something."""


class Desk(NamedTuple):
    """Who gets the to-dos that follow from answers, or from silence; each once, and what people make of it in Consonance stays."""

    team: Sequence[TeamMember]
    context: DecisionContext
    use_case: str

    def reading(self, row: HistoryRow, role: TeamRole) -> Iterator[Intent]:
        """Somebody declined, wants changes, or wrote: whoever reads that gets the words; personal, so that no label has them."""
        said = {"decline": "declined", "revise": "wants changes"}.get(row.code, "wrote")
        words = row.labels.get(WORDS, "")
        what = f"Contact {row.labels.get('contact')} {said}: {_called(row)}"
        yield from self._todo(row, f"{row.subject}/answer", f"{what}: {words}" if words else what, role, is_open=True)

    def silence(self, row: HistoryRow, subject: str, role: TeamRole, *, is_open: bool) -> Iterator[Intent]:
        """Nobody answers; closed when somebody does, or when nobody has to any more."""
        said = "No answer from" if is_open else "Settled with"
        yield from self._todo(
            row, f"{subject}/silence", f"{said} contact {row.labels.get('contact')}: {_called(row)}", role, is_open=is_open
        )

    def _todo(self, row: HistoryRow, subject: str, what: str, role: TeamRole, *, is_open: bool) -> Iterator[Intent]:
        work_id, today = int(row.labels["work"]), self.context.as_of.date()
        last = self.context.history(CONSONANCE, [subject]).get(subject)
        status = "OPEN" if is_open else "DONE"
        if (last is None and not is_open) or (last is not None and last.state != WAITING and last.labels.get("status") == status):
            return
        members: dict[str, object] = {
            "workId": work_id,
            "description": what[:1000],
            "assigneeContactId": holder(self.team, work_id, role, today),
            "dueOn": last.labels["due"] if last else (today + timedelta(days=2)).isoformat(),
            "completedOn": None if is_open else today.isoformat(),
            "status": status,
            "tags": ["letters"],
        }
        labels = {"title": row.labels.get("title", ""), "kind": row.labels.get("kind", ""), "status": status, "due": str(members["dueOn"])}
        reference = f"{self.use_case.partition('__')[2]}:{short(subject)}"
        use_case, as_of = self.use_case, self.context.as_of
        yield intent("upsertTodo", reference, members, use_case=use_case, subject=subject, as_of=as_of, labels=labels)


def _called(row: HistoryRow) -> str:
    return f"{row.labels.get('kind', row.destination).replace('_', ' ')} of {row.labels.get('title')}"
