"""Links of products at the portal: all files and all products are read, and nothing of Consonance."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from colophon_airflow.operators.decide import DecisionRun
from colophon_airflow.operators.portal import PortalDecideOperator
from colophon_airflow.systems.fourallportal.library import read_library

if TYPE_CHECKING:
    from colophon.domain.facts import Facts
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
            files, mapping = shelf_of(portal, run), portal.mapping
            extra = [mapping.product.fields["form"].field] if "form" in mapping.product.fields else []
            fields = [mapping.product.key, *extra, *(link.field for link in mapping.links.values())]
            pages = portal.iter_objects(mapping.modules["product"], fields)
            yield (
                Facts.known({PortalObject: page, FileShelf: (files,), PortalMapping: (mapping,)}, source="4ALLPORTAL", as_of=run.as_of)
                for page in _with_empty(pages)
            )


def shelf_of(portal: "FourallportalClient", run: DecisionRun) -> "FileShelf":
    """All files, which of them may be used, and how often products link each."""
    from colophon.errors import BadRecordError
    from colophon.systems.fourallportal.assets import Asset, usable
    from colophon.systems.fourallportal.values import read_value
    from colophon.use_cases.fourallportal.format_links import FileShelf

    mapping, links = portal.mapping, Counter[str]()
    read = read_library(portal, run.ledger, run.asked.config, is_dry=run.is_dry)
    files = {each.id: each for each in read if isinstance(each, Asset)}
    unread = dict.fromkeys((each.subject or "").removeprefix(f"{mapping.modules['file']}:") for each in read if not isinstance(each, Asset))
    pages = portal.iter_objects(mapping.modules["product"], sorted(link.field for link in mapping.links.values()))
    for product in chain.from_iterable(pages):
        for link in mapping.links.values():
            try:
                value = read_value(product, link.field)
            except BadRecordError:
                continue
            links.update((value,) if isinstance(value, str) else value or ())
    return FileShelf({**files, **unread}, usable(read, mapping, run.as_of), links)


def _with_empty(pages: "Iterator[list[PortalObject]]") -> "Iterator[list[PortalObject]]":
    """An empty portal has a part, too."""
    yield []
    yield from pages
