"""Operators that make 4ALLPORTAL follow rights."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.availability import (
    Known,
    RightsOperator,
    RightsPlanOperator,
    RightsReadBackOperator,
    atlas,
)
from colophon_airflow.settings import publisher_config

if TYPE_CHECKING:
    from colophon.ledger import Ledger


class PortalLook(RightsOperator):
    """Products of 4ALLPORTAL with their availability."""

    template_fields: Sequence[str] = (*RightsOperator.template_fields, "fourallportal_conn_id")

    def __init__(self, *, fourallportal_conn_id: str = "fourallportal_default", **kwargs: Any) -> None:
        """:param fourallportal_conn_id: Airflow connection of type `fourallportal`."""
        super().__init__(**kwargs)
        self.fourallportal_conn_id = fourallportal_conn_id

    @contextmanager
    def look(self, ledger: "Ledger", known: Known) -> "Iterator[tuple[Iterator[list[Any]], Any]]":
        """The whole list, for the portal has no filter."""
        from colophon.systems.fourallportal.availability import rules_of
        from colophon_airflow.hooks.fourallportal import FourallportalHook

        with FourallportalHook(self.fourallportal_conn_id).make_client(ledger) as client:
            mapping = client.mapping
            question = self.decision().Question(
                as_of=known.as_of,
                standings=known.standings,
                cells=publisher_config().availability.portal,
                atlas=atlas(),
                mapping=mapping,
                history=partial(ledger.latest, self.use_case_id),
                content=ledger.content,
                only=known.only,
                closes_only=known.closes_only,
            )
            yield client.iter_objects(mapping.modules["product"], [mapping.product.key, rules_of(mapping).field]), question


class FourallportalRightsPlanOperator(PortalLook, RightsPlanOperator):
    """Plans what makes the portal follow rights."""


class FourallportalRightsReadBackOperator(PortalLook, RightsReadBackOperator):
    """Reads back that the portal follows rights."""
