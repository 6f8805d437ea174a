"""All rights facts of an account, by GraphQL where it offers them and else from report files.

What neither tells stays *unknown*, which the rights engine takes for "no".
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from colophon.domain.finding import Finding
from colophon.rights.facts import FactLines
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.graphql.listing import Page
from colophon.systems.consonance.reports.store import ReportStore

_FEATURES = {"head_grants": "head_grant", "rights_deals": "rights_deal", "team": "team_member"}


class Changed(NamedTuple):
    """A product whose rights changed: where to look again."""

    isbn13: str
    work_id: int


def gather(
    client: ConsonanceClient, place: ReportStore | None, only: Collection[Changed] | None = None, *, with_team: bool = True
) -> tuple[FactLines, dict[str, str]]:
    """The facts, and where each kind came from: `graphql`, a file's name, or `unknown`.

    :param place: where the account's reports are; None where its connection names none. :param only: these products and the
    rights of their works, instead of everything. :param with_team: whether who is told of a work is asked for as well.

    :raises NotReadyError: a report is there and not whole, or too old. Errors else as the client's and the reports'.
    """
    works = None if only is None else {changed.work_id for changed in only}
    facts, sources, contract_ids = FactLines(), {"products": "graphql"}, set[int]()
    for feature, kind in _FEATURES.items():
        if feature == "team" and not with_team:
            continue
        sources[feature], records = _source(feature, client, place, works)
        if sources[feature] != "unknown":
            facts.know(kind)
        for record in records:
            facts.add(record)
            if not isinstance(record, Finding) and feature != "team" and record.contract_id is not None:
                contract_ids.add(record.contract_id)
    # Without a list of contracts, those of the report, and those that grant or license something, are asked for one by one.
    is_list = works is None and client.lists_contracts()
    listed = None if is_list or place is None else place.read("contracts")
    for row in () if listed is None else _rows(listed, works):
        if isinstance(row, Finding):
            facts.add(row)
        else:
            contract_ids.add(row.id)
    sources["contracts"] = "graphql" if is_list or listed or sources["head_grants"] != "unknown" else "unknown"
    if sources["contracts"] != "unknown":
        facts.know("contract")
        _add_all(facts, client.iter_contracts(None if is_list else sorted(contract_ids)))
    _add_all(facts, client.iter_products_for_rights(None if only is None else sorted(changed.isbn13 for changed in only)))
    return facts, sources


def _add_all(facts: FactLines, pages: Iterable[Page[Any]]) -> None:
    for page in pages:
        for record in page.records:
            facts.add(record)


def _source(feature: str, client: ConsonanceClient, place: ReportStore | None, works: Collection[int] | None) -> tuple[str, Iterator[Any]]:
    if client.rights.offers(feature):
        pages = getattr(client.rights, feature)(works)
        return "graphql", (record for page in pages for record in page.records)
    report = place.read(feature) if place is not None else None
    if report is None:
        return "unknown", iter(())
    return report.name, _rows(report, works)


def _rows(report: Any, works: Collection[int] | None) -> Iterator[Any]:
    """Rows of some works; what cannot be read is always told."""
    with report:
        for record in report:
            if works is None or isinstance(record, Finding) or record.work_id in works:
                yield record
