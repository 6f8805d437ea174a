"""Links of products at the portal: all files and all products are read, and nothing of Consonance."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.portal import PortalDecideOperator
from colophon_airflow.systems.fourallportal.library import read_library

if TYPE_CHECKING:
    from colophon.domain.facts import Facts


class PortalLinksOperator(PortalDecideOperator):
    """Decides about links, a page of products at a time."""

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterable[Facts]]":
        """The files first, then pages of products.

        :raises AirflowSkipException: the run's day is over.
        """
        from colophon.domain.facts import Facts
        from colophon.systems.fourallportal.assets import Asset
        from colophon.systems.fourallportal.mapping import PortalMapping
        from colophon.systems.fourallportal.records import PortalObject
        from colophon.systems.fourallportal.usable import usable
        from colophon.use_cases.fourallportal.linked_products import FileShelf

        with self.portal(run) as portal:
            mapping, read = portal.mapping, read_library(portal, run.ledger, run.asked.config, is_dry=run.is_dry)
            files = {each.id: each for each in read if isinstance(each, Asset)}
            unread = ((each.subject or "").rpartition(":")[2] for each in read if not isinstance(each, Asset))
            shelf = FileShelf({**files, **dict.fromkeys(unread)}, usable(read, mapping, run.as_of))
            named = [rule.field for name, rule in mapping.product.fields.items() if name in {"form", "language"}]
            fields = [mapping.product.key, *named, *(link.field for link in mapping.links.values())]
            pages = chain([[]], portal.iter_objects(mapping.modules["product"], fields))  # an empty portal has a part, too
            yield (
                Facts.known({PortalObject: page, FileShelf: (shelf,), PortalMapping: (mapping,)}, source="4ALLPORTAL", as_of=run.as_of)
                for page in pages
            )
