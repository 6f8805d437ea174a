"""Operators of the party sync: the key of sealed values, and our contacts, read once."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, cast

from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.inbox import InboxDecideOperator
from colophon_airflow.settings import connection
from colophon_airflow.systems.consonance.operators import ConsonanceDeliverOperator

if TYPE_CHECKING:
    from colophon.blocks.decision import Plan
    from colophon.domain.facts import Facts
    from colophon.sealing import Seal
    from colophon.use_cases.xconnector.party_decision import PartyDecision

XCONNECTOR = "xconnector_default"


class PartyInboxOperator(InboxDecideOperator):
    """What other systems say of contacts. What follows is remembered once it is in the ledger."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._ours: Facts | None = None

    def staged(self, run: DecisionRun, isbns: Collection[str] = ()) -> "Facts":
        """With the key of sealed values.

        :raises BadConnectionError: the key is too short.
        """
        from colophon.domain.facts import Facts
        from colophon.sealing import Seal

        seal = _seal()
        keys = Facts.known({Seal: [seal] if seal else []}, source="connection", as_of=run.as_of)
        return super().staged(run, isbns) | keys

    def facts(self, run: DecisionRun, staged: "Facts", isbns: Collection[str] | None = None) -> "Facts":  # noqa: ARG002 - it is about no titles
        """See the base class; our contacts are read once a run, and only where somebody says something."""
        from colophon.domain.contact import Contact
        from colophon.domain.contact_fields import ContactFields
        from colophon.domain.facts import Facts
        from colophon.domain.inbox_item import InboxItem
        from colophon.domain.our_contacts import OurContacts
        from colophon.domain.party_matching import Matcher

        if self._ours is None and staged.count(InboxItem):
            read = super().facts(run, Facts.known({InboxItem: ()}, source="inbox", as_of=run.as_of))
            ours = OurContacts(read.records(Contact), read.records(ContactFields, ()))
            self._ours = read | Facts.known({OurContacts: [ours], Matcher: [Matcher(ours.parties())]}, source="consonance", as_of=run.as_of)
        return staged | (self._ours or Facts.known({Contact: (), ContactFields: ()}, source="not asked", as_of=run.as_of)) | staged

    def entered(self, run: DecisionRun, plan: "Plan") -> None:
        """See the base class."""
        run.ledger.memory.put_each(cast("PartyDecision", plan).notes, run.as_of)
        super().entered(run, plan)


class PartyWriteBackOperator(ConsonanceDeliverOperator):
    """Tells Consonance what was taken over; sealed values are opened on their way alone."""

    def reveal(self) -> "Callable[[str], str] | None":
        """See the base class."""
        return opener()


def opener() -> "Callable[[str], str] | None":
    """What opens values that are sealed until they leave; None: no key is set."""
    seal = _seal()
    return seal.opened if seal else None


def _seal() -> "Seal | None":
    from colophon.sealing import Seal

    return Seal.of(str(connection(XCONNECTOR).extra_dejson.get("seal_key") or ""))
