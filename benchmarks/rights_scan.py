"""The daily rights-expiry scan of N contracts: answers read, staged, looked at, planned and entered; all but network and Airflow.

python -m benchmarks.rights_scan [CONTRACTS]
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from colophon.config import load_config
from colophon.ledger import Ledger, upgrade
from colophon.onix.codelists import CodeLists
from colophon.rights import Atlas
from colophon.rights.facts import FactLines, read_facts
from colophon.staging import Batch, Staging
from colophon.systems.consonance.mapping import product_from
from colophon.systems.consonance.records import contract_from
from colophon.systems.consonance.rights import head_grant_from, rights_deal_from, team_member_from
from colophon.use_cases.plan import Question
from colophon.use_cases.push.rights_expiry_alerts import look, plan
from colophon.use_cases.push.rights_expiry_scan import USE_CASE

CONTRACTS, LINES_A_BATCH, AIM_S, AIM_MB = 100_000, 20_000, 180, 1024
AS_OF = datetime(2026, 5, 1, 5, tzinfo=UTC)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CONTRACTS
    spent: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        staging, url = Staging(f"{folder}/staging"), f"sqlite:///{folder}/ledger.db"
        upgrade(url)
        batches = _timed(spent, "read and staged", lambda: _stage(staging, count))
        with Ledger.open(url) as ledger:
            due = _timed(spent, "looked at", lambda: _look(staging, batches))
            intents = _timed(spent, "planned and entered", lambda: _plan(ledger, due))
            again = _timed(spent, "planned again: nothing", lambda: _plan(ledger, due))
    total, peak = sum(spent.values()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:,} contracts, each with a product, a grant, a licence and a team of two, in {len(batches)} batches")
    for name, seconds in spent.items():
        print(f"{name:<38}{seconds:>10.1f} s CPU")
    print(f"{'all on one core':<38}{total:>10.1f} s CPU   {total * CONTRACTS / count / AIM_S:.2f} x the aim of {AIM_S} s for {CONTRACTS:,}")
    print(f"{'memory':<38}{peak:>10.0f} MB      {peak / AIM_MB:.2f} x the aim of {AIM_MB} MB")
    print(f"{'alerts; again':<38}{intents:>10,}; {again}")


def _timed(spent: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    begin = time.process_time()
    made = work()
    spent[name] = time.process_time() - begin
    return made


def _stage(staging: Staging, count: int) -> list[Batch]:
    facts = FactLines()
    for kind in ("contract", "head_grant", "rights_deal", "team_member"):
        facts.know(kind)
    for number in range(1, count + 1):
        for read, row in _answers(number):
            facts.add(read(json.loads(row)))
    return [staging.write_lines(f"rights-{n:05d}.jsonl", lines) for n, lines in enumerate(facts.batches(LINES_A_BATCH))]


def _look(staging: Staging, batches: list[Batch]) -> list[Any]:
    atlas, config = Atlas(CodeLists.load()), load_config()
    return [
        one
        for batch in batches
        for one in look(read_facts(staging.read_lines(batch)), atlas, config, as_of=AS_OF, last_run=AS_OF - timedelta(days=1)).due
    ]


def _plan(ledger: Ledger, due: list[Any]) -> int:
    question = Question(AS_OF, load_config(), {}, lambda to, subjects: ledger.latest(USE_CASE, to, subjects))
    made = plan(due, question, delivery_class="D")
    ledger.plan(made.intents)
    return len(made.intents)


def _answers(number: int) -> Iterator[tuple[Callable[[Any], Any], str]]:
    """Records as Consonance gives them; ends lie evenly over ten years."""
    work, signed = {"id": number}, date(2015, 1, 31) + timedelta(days=number % 3650)
    isbn = {"isbn13": f"978{number:010d}"}
    product = {"id": number, "__typename": "PhysicalBookProduct", "isbn": isbn, "fullTitle": f"The Tide, Volume {number}", "work": work}
    product |= {"onix21ProductFormCode": "BC", "isForSaleWorldwide": True, "forSaleCountryCodes": [], "notForSaleCountryCodes": []}
    product |= {"contentLanguages": [{"onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}]}
    contract = {"id": number, "contractName": "Head", "signedDate": signed.isoformat(), "term": "120", "work": work}
    reach = {"id": number, "work": work, "contract": {"id": number}, "rightsType": "Volume", "exclusive": True, "channels": ["*"]}
    reach |= {"languages": ["eng"], "formats": ["PRINT"], "territories": {"included": ["WORLD"], "excluded": []}}
    ends = date(2022, 1, 1) + timedelta(days=number * 7 % 3650)
    deal = reach | {"licensee": {"id": 44}, "status": "SIGNED", "startsOn": "2015-01-01", "expiresOn": ends.isoformat()}
    yield product_from, json.dumps(product)
    yield contract_from, json.dumps(contract)
    yield head_grant_from, json.dumps(reach)
    yield rights_deal_from, json.dumps(deal)
    for place, role in enumerate(("RIGHTS_MANAGER", "LEGAL")):
        who = {"id": 1000 + 10 * place + number % 10}
        yield team_member_from, json.dumps({"id": 2 * number + place, "work": work, "role": role, "contact": who})


if __name__ == "__main__":
    main()
