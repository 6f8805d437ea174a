"""What use cases see of 4ALLPORTAL, and the operator that delivers what waits for it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from colophon import environment
from colophon_airflow.operators.base import DestinationOperator
from colophon_airflow.operators.launch import unknown
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, publisher_config
from colophon_airflow.systems.fourallportal.library import known_files, read_library

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import Context

    from colophon.domain.facts import Facts
    from colophon.errors import ColophonError
    from colophon.ledger import Ledger


class FourallportalDeliverOperator(DestinationOperator):
    """Writes what the ledger has waiting for the portal. Returns counts by result."""

    system = "fourallportal"
    template_fields = (*DestinationOperator.template_fields, "fourallportal_conn_id")

    def __init__(self, *, uploads: bool = False, fourallportal_conn_id: str = "fourallportal_default", **kwargs: Any) -> None:
        """:param fourallportal_conn_id: Airflow connection of type `fourallportal`.

        :param uploads: whether documents are among the deliveries; these go one at a time.
        """
        super().__init__(**kwargs)
        self.uploads = uploads
        self.fourallportal_conn_id = fourallportal_conn_id

    def execute(self, context: "Context") -> dict[str, int]:
        """See `deliver`."""
        from colophon.systems.fourallportal.port import PortalPort
        from colophon_airflow.systems.fourallportal.hook import FourallportalHook

        hook = FourallportalHook(self.fourallportal_conn_id, jitter=run_times(context).start is not None)
        with open_ledger() as ledger, hook.make_client(ledger.memory) as client:
            return self.deliver(context, ledger, PortalPort(client, uploads=self.uploads))


@contextmanager
def portal_shown(ledger: "Ledger", only: "frozenset[str] | None", conn_id: str = "fourallportal_default") -> "Iterator[Iterable[Facts]]":
    """Products of the portal with their availability and its mapping, page by page. The portal has no filter: the whole list is read."""
    from colophon.domain.facts import Facts, Known
    from colophon.systems.fourallportal.availability import isbn_of, rules_of
    from colophon.systems.fourallportal.mapping import PortalMapping
    from colophon.systems.fourallportal.records import PortalObject
    from colophon.use_cases.fourallportal.rights_availability import CASE
    from colophon_airflow.systems.fourallportal.hook import FourallportalHook

    def part(page: list[PortalObject]) -> Facts:
        objects = tuple(obj for obj in page if only is None or isbn_of(obj, mapping) in only)
        return Facts(
            {PortalObject: known(records=objects, source="4ALLPORTAL"), PortalMapping: known(records=(mapping,), source="mapping.yaml")}
        )

    with FourallportalHook(conn_id).make_client(ledger.memory) as client:
        mapping, known = client.mapping, partial(Known, as_of=environment.now())
        judged = {subject.removeprefix("portal:") for subject in ledger.subjects(CASE.id, CASE.destination)}
        pages = client.iter_objects(mapping.modules["product"], [mapping.product.key, rules_of(mapping).field], known=judged)
        yield map(part, chain([[]], pages))  # an empty portal has a part, too


@contextmanager
def portal_files(ledger: "Ledger", _only: "frozenset[str] | None", conn_id: str = "fourallportal_default") -> "Iterator[Iterable[Facts]]":
    """Files of the portal, with their approvals where these are a module of their own, and its mapping, in one part: versions are compared."""
    from colophon.domain.facts import Facts, Known
    from colophon.systems.fourallportal.mapping import PortalMapping
    from colophon.systems.fourallportal.records import PortalObject
    from colophon_airflow.systems.fourallportal.hook import FourallportalHook

    with FourallportalHook(conn_id).make_client(ledger.memory) as client:
        mapping, at = client.mapping, environment.now()
        rules, asset = mapping.approval, mapping.asset
        fields = [asset.isbn, asset.kind, asset.version, asset.sha256, asset.name, asset.media_type, asset.embargo]
        fields += [asset.rights_until] if asset.rights_until else []
        known = known_files(client, ledger)
        pages = [client.iter_objects(mapping.modules["file"], [*fields, *([] if rules.module else [rules.field])], known=known)]
        if rules.module and rules.file_link:
            pages.append(client.iter_objects(mapping.modules.get(rules.module, rules.module), [rules.field, rules.file_link]))
        objects = tuple(obj for part in pages for page in part for obj in page)
    facts: dict[type, Known[Any]] = {
        PortalObject: Known(records=objects, source="4ALLPORTAL", as_of=at),
        PortalMapping: Known(records=(mapping,), source="mapping.yaml", as_of=at),
    }
    yield [Facts(facts)]


@contextmanager
def portal_download(conn_id: str = "fourallportal_default") -> "Iterator[Callable[[str, str, Path], None]]":
    """Streams a file of the portal (id, SHA-256) to a path; open for the length of the block."""
    from colophon_airflow.systems.fourallportal.hook import FourallportalHook

    with FourallportalHook(conn_id).client as client:
        yield lambda file_id, sha256, to: client.download(file_id, "original", to, sha256=sha256) and None


@contextmanager
def launches_shown(ledger: "Ledger", conn_id: str = "fourallportal_default") -> "Iterator[Facts]":
    """What the portal's products say of their launch, and which of its files are approved: both lists are read whole."""
    from colophon.domain.facts import Facts, Known
    from colophon.systems.fourallportal.launch_shown import AssetShown, LaunchShown, assets_shown, fields_of, shown
    from colophon.systems.fourallportal.mapping import PortalMapping
    from colophon_airflow.systems.fourallportal.hook import FourallportalHook

    with FourallportalHook(conn_id).make_client(ledger.memory) as client:
        mapping, as_of = client.mapping, environment.now()
        rows = tuple(shown(chain.from_iterable(client.iter_objects(mapping.modules["product"], fields_of(mapping))), mapping))
        assets = tuple(assets_shown(read_library(client, ledger, publisher_config()), mapping, as_of))
        known = partial(Known, source="4ALLPORTAL", as_of=as_of)
        yield Facts({LaunchShown: known(records=rows), AssetShown: known(records=assets), PortalMapping: known(records=(mapping,))})


def launches_unread(problem: "ColophonError") -> "Facts":
    """The same where the portal cannot be read."""
    from colophon.systems.fourallportal.launch_shown import AssetShown, LaunchShown
    from colophon.systems.fourallportal.mapping import PortalMapping

    return unknown(problem, "4ALLPORTAL", {LaunchShown: None, AssetShown: None, PortalMapping: ()})
