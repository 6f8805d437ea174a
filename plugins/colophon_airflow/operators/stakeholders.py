"""Operator of the stakeholder updates: decides, and keeps the pages behind its links for as long as their readers may see them."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.settings import connection, publisher_config

if TYPE_CHECKING:
    from colophon.domain.facts import Facts


class StakeholderDecideOperator(DecideOperator):
    """Each run says anew which pages there are: who opted out, left the title or the team, or whose time is over, has none after it."""

    def staged(self, run: DecisionRun, isbns: Collection[str] = ()) -> "Facts":
        """With the keys that links are signed with.

        :raises BadConnectionError: a key is too short.
        """
        from colophon.domain.facts import Facts
        from colophon.errors import BadConnectionError
        from colophon.page_links import PageKeys

        told = str(connection(self.opentext_push_conn_id).extra_dejson.get("page_secret") or "")
        try:
            keys = PageKeys(tuple(told.split()), publisher_config().stakeholder_updates.pages_url.rstrip("/"))
        except ValueError as problem:
            raise BadConnectionError(f"page_secret: {problem}", system="opentext_push") from None
        return super().staged(run, isbns) | Facts.known({PageKeys: [keys]}, source="connection", as_of=run.as_of)

    def conclude(self, run: DecisionRun) -> None:
        """See the base class; and the pages: what this run does not name is taken back."""
        from colophon.page_links import PAGE

        memory = dict(run.memory or {})
        pages, run.memory = memory.pop("pages", {}), memory or None
        super().conclude(run)
        if not run.is_silent:
            for page, words in pages.items():
                run.ledger.memory.put(f"{PAGE}{page}", words, run.as_of)
            run.ledger.memory.forget(PAGE, run.as_of)
