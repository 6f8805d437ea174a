"""Operators that make the video library follow rights."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

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

log = logging.getLogger(__name__)


class LibraryLook(RightsOperator):
    """Videos of the library with their rules and placements."""

    template_fields: Sequence[str] = (*RightsOperator.template_fields, "bytenite_conn_id")

    def __init__(self, *, bytenite_conn_id: str = "bytenite_default", **kwargs: Any) -> None:
        """:param bytenite_conn_id: Airflow connection of type `bytenite`."""
        super().__init__(**kwargs)
        self.bytenite_conn_id = bytenite_conn_id

    @contextmanager
    def look(self, ledger: "Ledger", known: Known) -> "Iterator[tuple[Iterator[list[Any]], Any]]":
        """All videos that the run is about.

        :raises AirflowSkipException: there is no library, or the vendor is gone and `when_gone` says that others shall go on.
        """
        from colophon.errors import FeatureMissingError, VendorGoneError
        from colophon.systems.bytenite.shown import read_shown
        from colophon_airflow.hooks.bytenite import ByteniteHook

        with ByteniteHook(self.bytenite_conn_id).client as client:
            question = self.decision().Question(
                as_of=known.as_of,
                standings=known.standings,
                channels=publisher_config().availability.library.channels,
                atlas=atlas(),
                history=partial(ledger.latest, self.use_case_id),
                only=known.only,
                closes_only=known.closes_only,
            )
            try:
                client.library.info()
                yield read_shown(client.library, known.only), question
            except FeatureMissingError as problem:
                log.warning("no_library: %s; nothing is checked and nothing is sent", problem.sentence)
                raise AirflowSkipException("no_library") from problem
            except VendorGoneError as problem:
                if client.settings.extra.when_gone == "skip":
                    raise AirflowSkipException(str(problem)) from problem
                raise


class ByteniteRightsPlanOperator(LibraryLook, RightsPlanOperator):
    """Plans what makes the video library follow rights."""


class ByteniteRightsReadBackOperator(LibraryLook, RightsReadBackOperator):
    """Reads back that the video library follows rights."""
