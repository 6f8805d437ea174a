"""Facts of one account, whichever route it has: GraphQL, else a report file, else *unknown*.

facts = FactReader(client, place, milestones).read([Todo, TeamMember, Work], since=last_run)
todos = facts.of(Todo)                 # Known[Todo], or Unknown: never an empty list where nobody tells
"""

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from colophon.config.milestones import Milestones
from colophon.domain.facts import Facts, Known, Unknown
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.errors import SchemaDriftError
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.kinds import KINDS, Kind, Scope
from colophon.systems.consonance.reports.calendar import UNMAPPED
from colophon.systems.consonance.reports.opened import Report
from colophon.systems.consonance.reports.store import ReportStore

State = Known[Any] | Unknown
GRAPHQL, DERIVED, NOT_ASKED = "graphql", "derived", "not asked"


@dataclass(frozen=True, slots=True)
class FactReader:
    """Reads facts of an account. `place`: where its reports and calendar are; None where its connection names neither."""

    client: ConsonanceClient
    place: ReportStore | None
    milestones: Milestones

    def read(
        self,
        kinds: Sequence[type],
        *,
        since: datetime | None = None,
        works: Collection[int] | None = None,
        isbns: Collection[str] | None = None,
    ) -> Facts:
        """Facts of some kinds: all, or those of some works or of the works of some ISBNs.

        With `since` (aware, inclusive), those of the works on which a record of the *first* kind changed, each work whole; of
        a first kind that is of no work (sales, payments), what changed. A source that tells no changes is taken whole. Contacts are those that the other facts name, where
        these are of some works only.

        :raises LookupError: there is no such kind. :raises ValueError: a moment without a zone.
        :raises NotReadyError: a report is there and not whole, or too old. Errors else as the client's and the reports'.
        """
        if since is not None and since.tzinfo is None:
            raise ValueError("since must have a time zone")
        chosen = [_kind(kind) for kind in kinds]
        scope, states = self._scope(works, isbns), dict[type, State]()
        if since is not None:
            changed = self._state(chosen[0], scope._replace(since=since))
            scope = scope._replace(works=_works_of(chosen[0], changed, scope.works))
            states[chosen[0].record] = self._whole(chosen[0], changed, scope)
        of_works, of_people = [kind for kind in chosen if kind.person_of is None], [kind for kind in chosen if kind.person_of]
        for kind in of_works:
            if kind.record not in states:
                states[kind.record] = self._state(kind, scope)
        if scope.works is not None:
            scope = scope._replace(people=_people_of(of_works, states))
        for kind in of_people:
            states[kind.record] = self._state(kind, scope)
        return Facts({kind.record: states[kind.record] for kind in chosen})

    def _scope(self, works: Collection[int] | None, isbns: Collection[str] | None) -> Scope:
        if isbns is None:
            return Scope(None if works is None else frozenset(works))
        products = [product for page in self.client.iter_products_for_rights(isbns) for product in page.records]
        about = (finding.about.removeprefix("work:") for finding in products if isinstance(finding, Finding))
        found = frozenset(product.work_id for product in products if isinstance(product, Product)) | {int(work) for work in about if work}
        return Scope(found if works is None else found & frozenset(works), frozenset(isbns))

    def _whole(self, kind: Kind[Any], changed: State, scope: Scope) -> State:
        """All records of the works that changed, and the findings about what changed."""
        is_part = kind.work_of is not None and kind.tells_changes and bool(kind.feature)  # the documented filter gives whole works
        if isinstance(changed, Unknown) or changed.source != GRAPHQL or not is_part:
            return changed
        whole = self._state(kind, scope)
        if isinstance(whole, Unknown) or whole.source != changed.source:  # the feature vanished in between
            return whole
        records = (*changed.records, *whole.records, *changed.unreadable, *whole.unreadable, *changed.remarks, *whole.remarks)
        return _known(kind, records, changed.source, changed.as_of)

    def _state(self, kind: Kind[Any], scope: Scope) -> State:
        if kind.pages is not None and kind.is_offered(self.client):
            as_of = self.client.now()
            try:
                rows = (record for page in kind.pages(self.client, scope) for record in page.records)
                return _known(kind, _within(kind, kind.finish(rows, self.milestones), scope), GRAPHQL, as_of)
            except SchemaDriftError:
                if kind.is_offered(self.client):  # found out anew: it is not the kind that vanished
                    raise
        for name in kind.reports:
            report = self._report(name)
            if report is not None:
                with report:
                    wanted = _within(kind, report, scope)  # before anybody asks what they only name
                    return _known(kind, kind.complete(self.client, wanted), report.name, report.as_of)
        if kind.derive is not None:
            as_of = self.client.now()
            return _known(kind, _within(kind, kind.derive(self.client, scope), scope), DERIVED, as_of)
        return self._unknown(kind)

    def _report(self, name: str) -> Report[Any] | None:
        if self.place is None or not (self.place.has_files or (name == "calendar" and self.place.settings.ical_url)):
            return None
        return self.place.read(name)

    def _unknown(self, kind: Kind[Any]) -> Unknown:
        if not kind.reports:
            reason, remedy = f"the account does not offer {kind.name}", "Ask the vendor for them; no report stands in for them."
        elif self.place is None or not self.place.has_files:
            reason = f"the account does not offer {kind.name}, and the connection names no place for reports"
            remedy = f"Set `reports_location` on the connection and export {kind.name} there (docs/consonance-files.md)."
        else:
            reason = f"the account does not offer {kind.name}, and there is no report {' or '.join(kind.reports)}"
            remedy = f"Export {kind.name} from Consonance to where the reports are (docs/consonance-files.md)."
        return Unknown(name=kind.name, reason=reason, remedy=remedy)


def looked_at(facts: Facts) -> Iterator[str]:
    """How exceptions call what was read: each record by its subject, and by its id for what could not be read of it; kinds that are told."""
    for kind in KINDS.values():
        state = facts.of(kind.record) if kind.record in facts else None
        if isinstance(state, Known) and state.source != NOT_ASKED:
            yield Unknown(name=kind.name, reason="", remedy="").subject
            word = re.sub("(?<=[a-z])(?=[A-Z])", "_", kind.record.__name__).lower()
            for record in state.records:
                yield from (getattr(record, "subject", ""), f"{word}:{getattr(record, 'id', None)}")


def _kind(record: type) -> Kind[Any]:
    if record not in KINDS:
        raise LookupError(f"there is no kind {record.__name__}; there are {', '.join(kind.__name__ for kind in KINDS)}")
    return KINDS[record]


def _within(kind: Kind[Any], records: Iterable[Any], scope: Scope) -> Iterator[Any]:
    """Those of the works and people; a finding unless it is about another work."""
    works = None if scope.works is None else {f"work:{work_id}" for work_id in scope.works}
    for record in records:
        if isinstance(record, Finding):
            if works is None or kind.work_of is None or not record.about or record.about in works:
                yield record
        elif (scope.works is None or kind.work_of is None or kind.work_of(record) in scope.works) and (
            scope.people is None or kind.person_of is None or kind.person_of(record) in scope.people
        ):
            yield record


def _known(kind: Kind[Any], records: Iterable[Any], source: str, as_of: datetime) -> Known[Any]:
    revisions: dict[Hashable, dict[int, Any]] = defaultdict(dict)
    unreadable: dict[tuple[str, str], Finding] = {}
    remarks: dict[str, Finding] = {}
    for record in records:
        if not isinstance(record, Finding):
            revisions[kind.key(record)][getattr(record, "revision", None) or 0] = record
        elif record.rule == UNMAPPED:  # one for all titles: it is the mapping that lacks something
            remarks[record.found] = record.model_copy(update={"subject": f"to-do text:{record.found}"})
        else:
            unreadable[record.subject, record.field] = record
    ordered = [sorted(found.items()) for found in revisions.values()]
    return Known(
        records=tuple(found[-1][1] for found in ordered),
        source=source,
        as_of=as_of,
        earlier=tuple(record for found in ordered for _, record in found[:-1]),
        unreadable=tuple(unreadable.values()),
        remarks=tuple(remarks.values()),
    )


def _works_of(kind: Kind[Any], state: State, within: frozenset[int] | None) -> frozenset[int] | None:
    """The works that records, or those that could not be read, are about; as before where the kind is of no work."""
    if isinstance(state, Unknown):
        return frozenset()
    if kind.work_of is None:
        return within
    told = (finding.about.removeprefix("work:") for finding in state.unreadable)
    found = {kind.work_of(record) for record in state.records} | {int(work) for work in told if work.isdecimal()}
    works = frozenset(work for work in found if work is not None)
    return works if within is None else works & within


def _people_of(kinds: Iterable[Kind[Any]], states: dict[type, State]) -> frozenset[int]:
    known = ((kind, state) for kind in kinds if isinstance(state := states[kind.record], Known))
    return frozenset(person for kind, state in known for record in state for person in kind.people_of(record) if person is not None)
