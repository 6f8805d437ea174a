"""The run as the page that a person reads before approving it: amounts and titles, for a staged file and never for a log."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from colophon.royalties.policy import Policy
from colophon.royalties.report.figures import Listing, Run, SalesLookup, figures_of
from colophon.royalties.statement.period import Period
from colophon.royalties.statement.wording import count, money
from colophon.royalty_run.gather import Difference, Gathered
from colophon.royalty_run.records import RunFacts, Seen

COMPARED_WITH = 8
"""The identity that needs Consonance's own totals."""


def run_of(gathered: Gathered, facts: RunFacts, period: Period, policies: Mapping[str, Policy], *, as_of: datetime) -> Run:
    """The whole run.

    :param policies: by statement currency.
    """
    shelves = {key: SalesLookup(title=one.title, imprint=one.imprint) for key, one in facts.products.items()}
    return Run(
        period=period,
        as_of=as_of,
        figures=figures_of(gathered.statements, gathered.payout, shelves),
        breaches=gathered.broken,
        instead={COMPARED_WITH: "not compared"} if gathered.differences is None else _differing(len(gathered.differences)),
        counts=gathered.counts,
        listings=tuple(_listings(gathered, facts)),
        policies=tuple(policy for _, policy in sorted(policies.items())),
        notes=tuple(_notes(gathered)),
    )


def _differing(products: int) -> dict[int, str]:
    return {COMPARED_WITH: "one product differs" if products == 1 else f"{count(products)} products differ"} if products else {}


def _notes(gathered: Gathered) -> Iterator[str]:
    yield from gathered.warnings
    if gathered.differences is None:
        yield "Consonance gave no totals for this period: nothing was compared."
    elif gathered.differences:
        yield f"Products that differ from Consonance's totals: {count(len(gathered.differences))}. They are listed below."


def _listings(gathered: Gathered, facts: RunFacts) -> Iterator[Listing]:
    currencies = {(one.contract_id, one.product_id): one.currency for one in facts.theirs or ()}
    seen = tuple((one.kind, one.currency, *(_figure(one, figures) for figures in one[2:])) for one in gathered.seen)
    yield Listing(title="Everything ever seen", columns=("what", "currency", "ever", "counted", "held", "returned"), rows=seen)
    theirs = [_difference(one, facts, currencies) for one in gathered.differences or ()]
    yield Listing(
        title="Differences from Consonance", columns=("contract", "product", "ours", "theirs", "apart", "because"), rows=tuple(theirs)
    )
    blocked = [(result.account_id, result.blocked_by) for result in gathered.results if result.statement is None]
    yield Listing(title="Accounts held back", columns=("account", "because"), rows=tuple(blocked))
    overruled = [(result.account_id, text) for result in gathered.results for text in result.differences]
    yield Listing(title="Clauses that Consonance's terms overrule", columns=("account", "clause"), rows=tuple(overruled))
    left = [*facts.suspended, *(one for result in gathered.results for one in result.suspended)]
    suspense = tuple((one.line_id, one.subject, one.reason, one.blocks) for one in left)
    yield Listing(title="Lines in suspense", columns=("line", "of", "because", "holds back"), rows=suspense)


def _figure(one: Seen, figures: tuple[int, int, int]) -> str:
    number, _, amount = figures
    return f"{count(number)}: {money(amount, one.currency)}"


def _difference(one: Difference, facts: RunFacts, currencies: Mapping[tuple[int, int], str]) -> tuple[str, ...]:
    fact = facts.products.get(one.product_id)
    name = f"{fact.title} {fact.isbn13 or ''}".strip() if fact else str(one.product_id)
    currency = currencies.get((one.contract_id, one.product_id)) or next(iter(currencies.values()), "")
    amounts = (money(one.ours, currency), money(one.theirs, currency), money(one.ours - one.theirs, currency))
    return (str(one.contract_id), name, *amounts, one.why)
