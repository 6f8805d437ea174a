"""The run as the page that a person reads before approving it: amounts and titles, for a staged file and never for a log."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from colophon.royalties.policy import Policy
from colophon.royalties.report.figures import Listing, Run, SalesLookup, figures_of
from colophon.royalties.statement.period import Period
from colophon.royalties.statement.wording import count, money
from colophon.royalty_run.gather import Difference, Gathered
from colophon.royalty_run.kept import Seen
from colophon.royalty_run.records import RunFacts, Suspense
from colophon.royalty_run.unpaid import held_of, waiting_of

MOST_LINES = 200
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
        instead=instead_of(gathered),
        counts=gathered.counts,
        held=held_of(gathered, facts),
        waiting=waiting_of(gathered, facts),
        unread=facts.unread,
        differences=None if gathered.differences is None else len(gathered.differences),
        listings=tuple(_listings(gathered, facts)),
        policies=tuple(policy for _, policy in sorted(policies.items())),
        notes=tuple(_notes(gathered, period, as_of)),
    )


def instead_of(gathered: Gathered) -> dict[int, str]:
    """What to say of identities that neither hold nor broke."""
    if gathered.differences is None:
        return {COMPARED_WITH: "not compared"}
    products = len(gathered.differences)
    return {COMPARED_WITH: "one product differs" if products == 1 else f"{count(products)} products differ"} if products else {}


def _notes(gathered: Gathered, period: Period, as_of: datetime) -> Iterator[str]:
    yield f"From the last day of the period to payment: {count((as_of.date() - period.ends_on).days)} days."
    yield from gathered.warnings
    if gathered.differences is None:
        yield "Consonance gave no totals for this period: nothing was compared."
    elif gathered.differences:
        yield f"Products that differ from Consonance's totals: {count(len(gathered.differences))}. They are listed below."


def _listings(gathered: Gathered, facts: RunFacts) -> Iterator[Listing]:
    currencies = {(one.contract_id, one.product_id): one.currency for one in facts.theirs or ()}
    seen = tuple((one.kind, one.currency, *(_figure(one, figures) for figures in one[2:])) for one in gathered.seen)
    unlike = tuple((one.account_id, one.what, _named(one.product_id, facts), one.found) for one in gathered.unusual[:MOST_LINES])
    more = f": the first {count(MOST_LINES)} of {count(len(gathered.unusual))}" if len(gathered.unusual) > MOST_LINES else ""
    yield Listing(title=f"Unlike the last statement{more}", columns=("account", "what", "product", "what was found"), rows=unlike)
    yield Listing(title="Everything ever seen", columns=("what", "currency", "ever", "counted", "held", "returned"), rows=seen)
    theirs = [_difference(one, facts, currencies) for one in gathered.differences or ()]
    yield Listing(
        title="Differences from Consonance", columns=("contract", "product", "ours", "theirs", "apart", "because"), rows=tuple(theirs)
    )
    released = tuple(
        (result.account_id, hold.rule, hold.found, why) for result in gathered.results if result.statement for hold, why in result.released
    )
    yield Listing(title="Holds that a person let go", columns=("account", "rule", "what was found", "by whom, and why"), rows=released)
    overruled = [(result.account_id, text) for result in gathered.results for text in result.differences]
    yield Listing(title="Clauses that Consonance's terms overrule", columns=("account", "clause"), rows=tuple(overruled))
    left = [*facts.suspended, *(one for result in gathered.results for one in result.suspended)]
    suspense = tuple((one.line_id, one.subject, _words(one.reason), _worth(one), one.blocks) for one in left[:MOST_LINES])
    more = f": the first {count(MOST_LINES)} of {count(len(left))}" if len(left) > MOST_LINES else ""
    yield Listing(title=f"Lines in suspense{more}", columns=("line", "of", "because", "worth", "holds back"), rows=suspense)
    out: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in (line for result in gathered.results for line in result.excluded):
        sums = out[one.reason, one.currency]
        sums[0] += 1
        sums[1] += one.value
    rows = tuple((reason, count(lines), money(value, currency)) for (reason, currency), (lines, value) in sorted(out.items()))
    yield Listing(title="Lines left out, which earn nothing", columns=("because", "lines", "worth"), rows=rows)


def _words(reason: str) -> str:
    """The engine's reason for a line as people say it; a rule's id stays what it is."""
    return reason.replace("_", " ").lower() if "_" in reason else reason


def _worth(one: Suspense) -> str:
    return money(one.value, one.currency) if one.currency else ""


def _figure(one: Seen, figures: tuple[int, int, int]) -> str:
    number, _, amount = figures
    return f"{count(number)}: {money(amount, one.currency)}"


def _named(product_id: int, facts: RunFacts) -> str:
    fact = facts.products.get(product_id)
    return f"{fact.title} {fact.isbn13 or ''}".strip() if fact else str(product_id or "")


def _difference(one: Difference, facts: RunFacts, currencies: Mapping[tuple[int, int], str]) -> tuple[str, ...]:
    currency = currencies.get((one.contract_id, one.product_id)) or next(iter(currencies.values()), "")
    apart = "" if one.currency else money(one.ours - one.theirs, currency)
    amounts = (money(one.ours, one.currency or currency), money(one.theirs, currency), apart)
    return (str(one.contract_id), _named(one.product_id, facts), *amounts, one.why)
