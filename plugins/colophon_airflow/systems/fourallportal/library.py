"""The decision of use cases that go by the portal's library: its files are read whole beside what Consonance says."""

import tempfile
from collections.abc import Collection
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colophon import environment
from colophon_airflow.operators.availability import skip_what_is_over
from colophon_airflow.operators.decide import DecideOperator
from colophon_airflow.operators.decision_run import DecisionRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from colophon.config import Config
    from colophon.domain.facts import Facts
    from colophon.domain.finding import Finding
    from colophon.errors import BadRecordError
    from colophon.ledger import Ledger
    from colophon.systems.fourallportal.approvals import Look
    from colophon.systems.fourallportal.assets import Asset
    from colophon.systems.fourallportal.client import FourallportalClient
    from colophon.systems.fourallportal.contents import Content
    from colophon.systems.fourallportal.mapping import PortalMapping
    from colophon.systems.fourallportal.packages import PackageShown


class LibraryDecideOperator(DecideOperator):
    """Decides by the portal's library: every page of it is read once a run, and the bytes of what is newly approved."""

    template_fields: "Sequence[str]" = (*DecideOperator.template_fields, "fourallportal_conn_id")

    def __init__(self, *, fourallportal_conn_id: str = "fourallportal_default", **kwargs: Any) -> None:
        """:param fourallportal_conn_id: Airflow connection of type `fourallportal`."""
        super().__init__(**kwargs)
        self.fourallportal_conn_id = fourallportal_conn_id

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """As the base class. A run about a day before the last one, and a backfill, is skipped: the library is that of today.

        :raises AirflowSkipException: the run's day is over.
        """
        skip_what_is_over(run)
        with super().read(run) as parts:
            yield parts

    def staged(self, run: DecisionRun, isbns: Collection[str] = ()) -> "Facts":
        """What the ledger has, and the library with its mapping."""
        from colophon.domain.facts import Facts, Known
        from colophon.domain.links import portal_link
        from colophon.systems.fourallportal.assets import Asset
        from colophon.systems.fourallportal.mapping import PortalMapping
        from colophon.systems.fourallportal.packages import PackageShown
        from colophon_airflow.systems.fourallportal.hook import FourallportalHook

        with FourallportalHook(self.fourallportal_conn_id, jitter=run.is_scheduled).make_client(run.ledger.memory) as client:
            read, kinds = read_library(client, run.ledger, run.asked.config, is_dry=run.is_dry), _kinds(run.asked.config, client.mapping)
            at = partial(portal_link, client.settings.api.base_url, client.mapping.modules["file"])
            packages = tuple(_packages(client, read)) if PackageShown in run.case.gains else ()
        ours = tuple(
            each._replace(url=at(each.id)) for each in read if isinstance(each, Asset) and (each.kind in kinds or each.unnamed_kind)
        )
        faults = tuple(_unreadable(each) for each in read if not isinstance(each, Asset))
        library = Known(records=ours, source="4ALLPORTAL", as_of=environment.now(), unreadable=faults)
        mapping = Known(records=(client.mapping,), source="mapping.yaml", as_of=environment.now())
        shown = Known(records=packages, source="4ALLPORTAL", as_of=environment.now())
        return super().staged(run, isbns) | Facts({Asset: library, PortalMapping: mapping, PackageShown: shown})


def read_library(
    client: "FourallportalClient", ledger: "Ledger", config: "Config", *, is_dry: bool = False
) -> "list[Asset | BadRecordError]":
    """Every file of the portal with what is to be doubted of its bytes, and those that cannot be read.

    What was seen of approvals is the same for all use cases: the first of them to see an asset has its bytes read.
    """
    from colophon.systems.fourallportal.approvals import doubted
    from colophon.systems.fourallportal.assets import Asset, read_assets

    known = known_files(client, ledger)
    read, kinds, most = list(read_assets(client, known)), _kinds(config, client.mapping), config.approved_assets.bytes_checked
    look = _looker(client, most) if client.settings.extra.media_original_usage and most else None
    ours = [each for each in read if isinstance(each, Asset) and each.kind in kinds]
    judged = list(doubted(ours, client.mapping.approval.approved, known, look, config.asset_checks.kinds))
    seen = {asset.id: entry for asset, entry in judged if entry is not None}
    if seen != known and not is_dry:
        ledger.memory.put(_name(client), seen, environment.now())
    by_id = {asset.id: asset for asset, _ in judged}
    return [by_id.get(each.id, each) if isinstance(each, Asset) else each for each in read]


def known_files(client: "FourallportalClient", ledger: "Ledger") -> "dict[str, list[Any]]":
    """What was seen of approved files, by their ids."""
    return dict((ledger.memory.get(_name(client)) or ({},))[0])


def _name(client: "FourallportalClient") -> str:
    return f"fourallportal/{client.settings.connection}/approvals"


def _packages(client: "FourallportalClient", read: "Iterable[Asset | BadRecordError]") -> "Iterator[PackageShown]":
    """Every package that is there."""
    from colophon.systems.fourallportal.assets import Asset
    from colophon.systems.fourallportal.packages import package_rules, packages_shown

    module, rules = package_rules(client.mapping)
    names = {each.id: each.name for each in read if isinstance(each, Asset)}
    for page in client.iter_objects(module, [rules.key, rules.file_links, rules.state]):
        yield from packages_shown(page, names, client.mapping)


def _kinds(config: "Config", mapping: "PortalMapping") -> set[str]:
    """Kinds of assets that a use case asks for."""
    packed = {kind for kinds in (mapping.package.required.values() if mapping.package else ()) for kind in kinds}
    return {*config.approved_assets.kinds, *config.launch_assets.kinds, *packed}


def _looker(client: "FourallportalClient", most: int) -> "Look":
    """Reads bytes, of so many files."""
    from colophon.errors import BadShapeError, NotFoundError
    from colophon.systems.fourallportal.approvals import BAD, GOOD
    from colophon.systems.fourallportal.client import ORIGINAL
    from colophon.systems.fourallportal.contents import content_of

    left = [most]

    def look(asset: "Asset") -> "tuple[str, Content | None] | None":
        if not left[0]:
            return None
        left[0] -= 1
        with tempfile.TemporaryDirectory(prefix="colophon-") as folder:
            file = Path(folder) / "file"
            try:
                client.download(asset.id, ORIGINAL, file, sha256=asset.sha256.lower())
            except (BadShapeError, NotFoundError):
                return BAD, None
            return GOOD, content_of(file)

    return look


def _unreadable(problem: "BadRecordError") -> "Finding":
    from colophon.domain.finding import Finding, Severity

    remedy = "Give the field a value in the portal, or take the empty entry away; until then the file counts for nothing."
    return Finding(
        subject=problem.subject or "file", rule="ASSET-UNREADABLE", severity=Severity.ERROR, field="file", found=problem.sentence,
        expected="fields with a value", remedy=remedy, owner="metadata_specialist",
    )  # fmt: skip
