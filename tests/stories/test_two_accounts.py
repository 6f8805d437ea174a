"""One publisher, told by GraphQL alone or by report files: the same night sends the same to the same, whatever the use case."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from reader_house import DAG as READERS
from reader_house import MEMBER, OFFER, ORDER, campaign, fresh, listed, reader, readers, rules
from station import Station, open_station
from two_accounts import DAGS, DOCUMENTED, EXCHANGE, EXTENDED, FORMS, ISBN, MILESTONES, NIGHT, STATEMENTS, WORKFLOW, entered, furnish, tell

pytestmark = pytest.mark.nightly  # the stories of each use case have both accounts, too
Told = dict[tuple[str, str], Any]
UNTOLD_TERMS = {"rates": ("id",), "splits": ("weight",), "advances": ("id", "payeeId"), "reserves": ("base",)}
"""What the workbook of royalty terms has no column for, and the schema always tells."""
OF_THE_SOURCE = ("LineDigest", "Rules", "StatementHash", "line_digest", "rule_ids", "sources", "taken")
"""What names the rows of a source, and not what is paid."""


class Night(NamedTuple):
    """How a run ended, what it entered by destination and subject, and its open exceptions by rule."""

    state: str
    entered: Told
    exceptions: list[str]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Night]]:
    """The night of each kind of account, by use case. The one that tells all by GraphQL has no files."""
    return {account: dict(night(tmp_path_factory, account)) for account in (EXTENDED, DOCUMENTED)}


def night(tmp_path_factory: pytest.TempPathFactory, account: str) -> Iterator[tuple[str, Night]]:
    """All use cases of one account, one after another."""
    with open_station(tmp_path_factory.mktemp(account)) as station:
        furnish(station)
        if account == DOCUMENTED:
            tell(station, DOCUMENTED, without=["supplement.csv"])  # it is beside both kinds, and of neither
        for dag_id in (*DAGS, READERS):
            if dag_id == READERS:
                write_to_readers(station)
            run = station.run(dag_id, NIGHT, FORMS.get(dag_id))
            yield dag_id, Night(run.state, entered(station, dag_id), [rule for rule, _ in station.exceptions(dag_id)])


def write_to_readers(station: Station) -> None:
    """Three readers, by lists that are beside both kinds of account; one is in a club, one has ordered."""
    station.clock(NIGHT)
    station.connect("consonance", reports_location=str(station.folder / "reports"))
    rules(station)
    for shipped in (station.config / "campaigns").iterdir():
        shipped.unlink()
    campaign(station, "sale", f"kind: letter\nisbns: ['{ISBN}']\nfrom_on: {NIGHT:%Y-%m-%d}\nuntil_on: {NIGHT:%Y-%m-%d}")
    campaign(station, "orders", "kind: order\ndays: 7")
    campaign(station, "renewal", "kind: renewal")
    readers(station, reader("R1"), reader("R2", prefers="PRINT"), reader("R3", out="2026-01-01"))
    listed(station, "subscriptions", MEMBER, [("S1", "R2", "Crime shelf", "2025-06-01", "2026-06-01")])
    listed(station, "orders", ORDER, [("N1", "R3", ISBN, "1", "2026-05-01", "9.00", "GBP")])
    listed(station, "offers", OFFER, [])
    fresh(station, NIGHT)


@pytest.mark.parametrize("dag_id", [*DAGS, READERS])
def test_both_accounts_send_the_same(nights: dict[str, dict[str, Night]], dag_id: str) -> None:
    """Green, to the same destinations, about the same, in the same words; and nothing more is wrong with one than with the other."""
    extended, documented = nights[EXTENDED][dag_id], nights[DOCUMENTED][dag_id]
    assert (extended.state, documented.state) == ("success", "success")
    assert extended.entered
    assert comparable(documented.entered) == comparable(extended.entered)
    if dag_id not in {MILESTONES, WORKFLOW}:  # a file tells old to-dos too, and so of those that no mapping knows
        assert documented.exceptions == extended.exceptions


def test_the_night_has_something_of_everything(nights: dict[str, dict[str, Night]]) -> None:
    """Each destination of each use case gets something; a house in which nothing happens proves nothing."""
    found = {dag_id: sorted({destination for destination, _ in told.entered}) for dag_id, told in nights[EXTENDED].items()}
    assert found["exstream__rights_notices"] == ["confirmation", "permission", "renewal"]
    assert found[EXCHANGE] == ["consonance", "finance-statements", "finance-terms", "rights-main"]
    assert found[STATEMENTS] == ["2025H2:standard", "approved:2025H2"]
    assert len(found["xconnector__metadata_syndication"]) > 4
    assert found[READERS] == ["orders", "renewal", "sale"]


def comparable(told: Told) -> Told:
    """Contents as far as both kinds of account can tell them."""
    return {(destination, subject): _content(destination, content) for (destination, subject), content in told.items()}


def _content(destination: str, content: bytes) -> Any:
    if not content.startswith(b"{"):
        return content
    told = json.loads(content)
    if destination == "finance-terms":
        _terms(told["terms"]["royaltyTerms"])
    return _of_both(told)


def _terms(terms: dict[str, Any]) -> None:
    """Without what no sheet tells; sheets have an order of their own, and a reserve once for each payee."""
    del terms["statementMonths"]
    for name, untold in UNTOLD_TERMS.items():
        terms[name] = sorted({json.dumps(_without(row, untold), sort_keys=True) for row in terms[name]})


def _without(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _of_both(value: Any) -> Any:
    """Shares as parts of a whole; without what names the source's rows."""
    if isinstance(value, list):
        return [_of_both(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Whole" in value:
        value = _without(value, ("Weight", "Whole")) | {"Part": round(value["Weight"] / value["Whole"], 6)}
    return {name: _of_both(item) for name, item in value.items() if name not in OF_THE_SOURCE}
