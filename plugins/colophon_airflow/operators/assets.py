"""Operators of the asset handoff: what the asset store lists and rights say of its titles; and the files beside the events."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.availability import Look
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.settings import publisher_config
from colophon_airflow.systems.fourallportal.operators import portal_download
from colophon_airflow.systems.xconnector.operators import XConnectorDeliverOperator

if TYPE_CHECKING:
    from colophon.domain.facts import Facts
    from colophon.systems.xconnector.asset_files import Check
    from colophon.systems.xconnector.client import XConnectorClient
    from colophon.systems.xconnector.port import Attach


class AssetDecideOperator(DecideOperator):
    """A decision about all files of the asset store at once, by the rights that were judged before."""

    def __init__(self, *, look: Look, **kwargs: Any) -> None:
        """:param look: gives the files, in parts."""
        super().__init__(**kwargs)
        self.look = look

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """See the base class."""
        self.take_rights(run)
        with self.look(run.ledger, None) as parts:
            (files,) = parts
        yield [self.facts(run, self.staged(run) | files)]


class AssetDeliverOperator(XConnectorDeliverOperator):
    """Sends events of assets, each with its file: streamed from the asset store, looked at, verified where it arrives."""

    @contextmanager
    def attaching(self, client: "XConnectorClient") -> "Iterator[Attach]":
        """See the base class."""
        from colophon.systems.xconnector.asset_files import AssetFiles

        assets = publisher_config().assets
        with portal_download() as fetch:
            yield AssetFiles(client, fetch, assets, self.destination, _check(assets.check))


def _check(named: str) -> "Check | None":
    """The publisher's function that looks at files.

    :raises BadConfigError: there is none of this name.
    """
    from colophon.errors import BadConfigError

    if not named:
        return None
    module, _, name = named.partition(":")
    try:
        check: Check = getattr(import_module(module), name)
    except (ImportError, AttributeError) as problem:
        raise BadConfigError(f"assets.yaml: check: there is no {named}") from problem
    return check
