"""PN-2: one batch of products at a time, which ends are due, what each product's rights come to, and how that waits for the decision."""

from dataclasses import dataclass
from datetime import datetime

from colophon.blocks.staged_rows import StagedRows
from colophon.config import Config
from colophon.domain.finding import Finding
from colophon.rights import Atlas, judge
from colophon.rights.facts import Facts as RightsFacts
from colophon.rights.state import fingerprint
from colophon.use_cases.push.ending_rights import Due, ending

RECORDS = "rights"
"""Destination of the exceptions about records: no person is kept waiting by them."""


@dataclass(frozen=True, slots=True)
class State:
    """What a product's rights come to (`rights.state.fingerprint`)."""

    isbn13: str
    work_id: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """That a batch was scanned. `is_whole`: contracts, grants and licences are all known, so that an end that is not due is none."""

    is_whole: bool


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a batch comes to."""

    scanned: Scanned
    due: list[Due]
    states: list[State]
    findings: list[Finding]


def scan(facts: RightsFacts, atlas: Atlas, config: Config, *, as_of: datetime, last_run: datetime | None) -> ScanResult:
    """Ends that somebody may have to be told of, what each product's rights come to, and what is wrong with the records.

    :param last_run: when the scan last told people.
    """
    due, findings = ending(facts, as_of=as_of, last_run=last_run)
    states = []
    for holding in facts.holdings(config.embargoes.first_day_of_sale):
        judged = judge(holding, atlas)
        findings += judged.findings
        if holding.product.isbn13:
            states.append(State(holding.product.isbn13, holding.product.work_id, fingerprint(judged, as_of.date())))
    is_whole = None not in (facts.contracts, facts.grants, facts.deals)
    return ScanResult(Scanned(is_whole), due, states, list(dict.fromkeys(findings)))


DUE, STATES = StagedRows(Due, Scanned, source="scan"), StagedRows(State, source="scan")
"""What waits for the decision, and what is compared with the scan before."""
