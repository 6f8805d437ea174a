"""Links of products at the portal: all files and all products are read, and nothing of Consonance."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from colophon_airflow.operators.decide import DecisionRun
from colophon_airflow.operators.portal import PortalDecideOperator

if TYPE_CHECKING:
    from colophon.domain.facts import Facts
    from colophon.systems.fourallportal.assets import Asset
    from colophon.systems.fourallportal.client import FourallportalClient
    from colophon.systems.fourallportal.records import PortalObject
    from colophon.use_cases.fourallportal.format_links import FileShelf


class PortalLinksOperator(PortalDecideOperator):
    """Decides about links, a page of products at a time."""

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """The files first, then pages of products.

        :raises AirflowSkipException: the run's day is over.
        """
        from colophon.domain.facts import Facts
        from colophon.systems.fourallportal.mapping import PortalMapping
        from colophon.systems.fourallportal.records import PortalObject
        from colophon.use_cases.fourallportal.format_links import FileShelf

        with self.portal(run) as portal:
            files, mapping = shelf_of(portal, run.as_of), portal.mapping
            extra = [mapping.product.fields["form"].field] if "form" in mapping.product.fields else []
            fields = [mapping.product.key, *extra, *(link.field for link in mapping.links.values())]
            pages = portal.iter_objects(mapping.modules["product"], fields)
            yield (
                Facts.known({PortalObject: page, FileShelf: (files,), PortalMapping: (mapping,)}, source="4ALLPORTAL", as_of=run.as_of)
                for page in _with_empty(pages)
            )


def shelf_of(portal: "FourallportalClient", as_of: "datetime") -> "FileShelf":
    """All files, which of them are approved at a moment, and how often products link each."""
    from colophon.errors import BadRecordError
    from colophon.systems.fourallportal.assets import approval_statuses, approved_assets, read_asset
    from colophon.systems.fourallportal.records import PortalObject
    from colophon.systems.fourallportal.values import read_value
    from colophon.use_cases.fourallportal.format_links import FileShelf

    mapping, fields = portal.mapping, portal.mapping.needed_fields()

    def all_of(module: str, wanted: Iterable[str]) -> Iterator[PortalObject]:
        for page in portal.iter_objects(module, sorted(wanted)):
            yield from page

    own = mapping.modules.get(mapping.approval.module, mapping.approval.module) if mapping.approval.module else None
    approvals = approval_statuses(all_of(own, fields[own]), mapping) if own else None
    files: dict[str, Asset | None] = {}
    objects, links = list(all_of(mapping.modules["file"], fields[mapping.modules["file"]])), Counter[str]()
    for obj in objects:
        try:
            files[obj.id] = read_asset(obj, mapping, approvals)
        except BadRecordError:
            files[obj.id] = None
    for product in all_of(mapping.modules["product"], [link.field for link in mapping.links.values()]):
        for link in mapping.links.values():
            try:
                value = read_value(product, link.field)
            except BadRecordError:
                continue
            links.update((value,) if isinstance(value, str) else value or ())
    return FileShelf(files, approved_assets(objects, mapping, as_of=as_of, approvals=approvals), links)


def _with_empty(pages: "Iterator[list[PortalObject]]") -> "Iterator[list[PortalObject]]":
    """An empty portal has a part, too."""
    yield []
    yield from pages
