"""What the nightly syndication notes of the products that it reads, and which titles its recipients have that are no more."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import staged_lines
from colophon_airflow.operators.task_log import log
from colophon_airflow.settings import publisher_config

if TYPE_CHECKING:
    from datetime import date

    from colophon.domain.departed import Departed
    from colophon.domain.finding import Finding
    from colophon.domain.product import Product
    from colophon.ledger import Ledger
    from colophon.systems.consonance.client import ConsonanceClient

Reference = Mapping[str, Any]


class Read:
    """What is noted of the products of a run while they are staged: their ISBNs, by row id, and the days on which they change."""

    def __init__(self, today: "date") -> None:
        self.today = today
        self.isbns: set[str] = set()
        self.renamed: dict[str, str] = {}
        self.days: list[str] = []

    def noting(self, records: "Iterable[Product | Finding]") -> "Iterator[Product | Finding]":
        """The same records."""
        from colophon.domain.product import Product
        from colophon.use_cases.xconnector.change_days import day_lines

        for record in records:
            if isinstance(record, Product) and record.isbn13:
                self.isbns.add(record.isbn13)
                self.renamed[str(record.id)] = record.isbn13
                self.days += day_lines([record], self.today)
            yield record


def departed(
    ledger: "Ledger",
    client: "ConsonanceClient",
    judged: Sequence[Reference],
    statuses: Mapping[str, str],
    products: Read,
    params: Mapping[str, Any],
) -> "Iterator[Departed]":
    """Titles that a recipient has and Consonance has no more under that name; asked for once all products are read.

    :param judged: what the judge tasks staged: all products that there are. :param statuses: their lines, by subject.

    :raises BadRecordError: so many that it is not to be believed.
    """
    from colophon.blocks.ids import SYNDICATION
    from colophon.errors import BadRecordError
    from colophon.unsettled import is_too_large
    from colophon.use_cases.xconnector import exits
    from colophon.use_cases.xconnector.nights import recipients

    config = publisher_config()
    if params["mode"] == "list":
        return
    unreadable = {json.loads(line)["subject"] for line in staged_lines(entry["findings"] for entry in judged)}
    there = {*statuses, *unreadable, *(subject.replace("product:", "unreadable:") for subject in unreadable)}
    found: dict[str, Departed] = {}
    for profile in recipients(params, config):
        held = {subject for subject in ledger.subjects(SYNDICATION, profile.id) if not subject.startswith("feed:")}
        titles = exits.departed(there, ledger.latest(SYNDICATION, profile.id, held - there), products.renamed)
        if is_too_large(len(titles), len(held), config.limits.refused_share):
            what = f"{len(titles)} of the {len(held)} titles that {profile.id} has are not in Consonance any more"
            raise BadRecordError(what, system="consonance", remedy="See whether Consonance gives all products; nothing was closed.")
        found |= {title.subject: title for title in titles}
    if found and not _is_whole(client, judged, unreadable):
        log.warning("%d titles seem to be gone, but Consonance has more products than it gave: they are left as they are", len(found))
        return
    yield from found.values()


def _is_whole(client: "ConsonanceClient", judged: Sequence[Reference], unreadable: Iterable[str]) -> bool:
    """Whether as many products were read as the account says that it has; it may not say."""
    from colophon.errors import FeatureMissingError

    try:
        counts = client.counts()
    except FeatureMissingError:
        return True
    seen = sum(entry["products"] for entry in judged) + sum(subject.startswith(("isbn:", "product:")) for subject in unreadable)
    return counts is None or counts.products <= seen
