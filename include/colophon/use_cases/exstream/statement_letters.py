"""The letters of a run: each account's statements built and checked once, then handed out payee by payee."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from colophon import __version__
from colophon.config import Publisher
from colophon.royalties.statement.build import remittances_of, statements_of
from colophon.royalties.statement.facts import Agreement, Book, Facts, Payee, Payer
from colophon.royalties.statement.identities import checked
from colophon.royalties.statement.payload import Statement
from colophon.royalties.statement.period import Period
from colophon.royalty_run.facts import ContractFact, ProductFact
from colophon.royalty_run.facts import Payee as Contact
from colophon.royalty_run.gather import Gathered
from colophon.royalty_run.records import AccountResult, RunFacts
from colophon.royalty_run.settings import RoyaltySettings, Template
from colophon.use_cases.exstream.royalty_letter import letter_of

FORMS = {
    "HARDBACK": "Hardback", "PAPERBACK": "Paperback", "PRINT": "Print", "EBOOK": "E-book", "AUDIO_DOWNLOAD": "Audio download",
    "AUDIO_PHYSICAL": "Audio CD", "LARGE_PRINT": "Large print",
}  # fmt: skip


class Letters:
    """`letters(result, payee_id, template)` is the letter's content for Exstream, or the reason why there is none."""

    def __init__(
        self, gathered: Gathered, facts: RunFacts, period: Period, *, issued_on: date, publisher: Publisher, settings: RoyaltySettings
    ) -> None:
        self._facts, self._period, self._issued_on = facts, period, issued_on
        agents = {agent: _name(facts.payees.get(agent), agent) for result in gathered.results for _, _, agent, _ in result.agents}
        self._remittances = remittances_of(gathered.payout, agents)
        self._told = told(gathered, facts, publisher, settings, issued_on)
        self._kept: tuple[str, dict[int, Statement]] = ("", {})

    def __call__(self, result: AccountResult, payee_id: int, template: Template) -> Mapping[str, Any] | str:
        """:raises UnbalancedError: the statement does not add up as it would be sent."""
        payee = self._facts.payees.get(payee_id)
        if payee is None or payee.channel is None:
            return "no way to reach the payee"
        letter = letter_of(
            self.statements(result)[payee_id],
            channel=payee.channel,
            email=payee.email if payee.channel == "email" else None,
            locale=payee.language,
            theme=template.name,
            compliance=[template.compliance],
        )
        return letter.model_dump(mode="json", by_alias=True, exclude_none=True)

    def statements(self, result: AccountResult) -> dict[int, Statement]:
        """The account's statements by payee id. Raises as `__call__`."""
        if result.statement is None:
            return {}
        if self._kept[0] != result.account_id:
            period = self._period.model_copy(update={"starts_on": result.covers_from or self._period.starts_on})
            made = statements_of(result.statement, self._remittances, self._told, period=period, issued_on=self._issued_on)
            self._kept = (result.account_id, {one.payee.id: one for one in checked(made)})
        return self._kept[1]


def told(gathered: Gathered, facts: RunFacts, publisher: Publisher, settings: RoyaltySettings, issued_on: date) -> Facts:
    """What the statements say besides numbers."""
    named = {payee for one in gathered.statements for payee in one.payees}
    works: dict[int, list[ProductFact]] = defaultdict(list)
    for _, product in sorted(facts.products.items()):
        if product.work_id is not None:
            works[product.work_id].append(product)
    return Facts(
        payer=Payer(
            licensee=publisher.name,
            contact=settings.contact or publisher.contact_email or "",
            name=publisher.name,
            address=publisher.address,
        ),
        payees={payee: _payee(facts.payees.get(payee), payee, publisher.country, settings) for payee in named},
        agreements={
            key: _agreement(one, works.get(one.work_id, []) if one.work_id is not None else [], facts.advances.get(key))
            for key, one in facts.contracts.items()
        },
        units_before={(contract, product): copies for one in gathered.results for contract, product, copies in one.copies_before},
        sublicensees=facts.sublicensees,
        **_said(gathered, facts),
        pay_on=None if settings.payment_days is None else issued_on + timedelta(days=settings.payment_days),
        books={
            key: Book(product_id=key, isbn=one.isbn13, title=one.title, form=FORMS.get(one.format, "Other"), published_on=one.published_on)
            for key, one in facts.products.items()
        },
        software=f"colophon {__version__}",
    )


def _agreement(contract: ContractFact, books: Sequence[ProductFact], advance: int | None) -> Agreement:
    """A contract with what its work's products tell: an imprint, a language or contributors only where they all agree."""
    imprints, languages, people = ({getattr(one, name) for one in books} for name in ("imprint", "language", "contributors"))
    return Agreement(
        contract_id=contract.id,
        name=contract.name,
        imprint=next(iter(imprints)) if len(imprints) == 1 else "",
        contributors=next(iter(people)) if len(people) == 1 else (),
        title=contract.title or (books[0].title if books else ""),
        language=next(iter(languages)) if len(languages) == 1 else None,
        territory=contract.territory,
        advance=advance,
    )


def _said(gathered: Gathered, facts: RunFacts) -> dict[str, Any]:
    """What the accounts have to say in words, as the statements look it up."""
    thresholds: dict[tuple[int, int], tuple[str, ...]] = {}
    left_out: dict[tuple[int, int], tuple[tuple[str, int], ...]] = {}
    made: dict[tuple[int, int], tuple[tuple[str, int], ...]] = {}
    said = [result.said for result in gathered.results]
    for one in said:
        for contract, product, text in one.thresholds:
            thresholds[contract, product] = (*thresholds.get((contract, product), ()), text)
        for contract, product, reason, copies in one.left_out:
            left_out[contract, product] = (*left_out.get((contract, product), ()), (reason, copies))
    for contract, product, words, copies in facts.made:
        made[contract, product] = (*made.get((contract, product), ()), (words, copies))
    return {
        "reasons": {(rule, rate): text for one in said for rule, rate, text in one.reasons},
        "thresholds": thresholds,
        "left_out": left_out,
        "made": made,
        "earned_before": {(contract, product): amount for one in said for contract, product, amount in one.earned_before},
        "minimums": {result.account_id: result.said.minimum for result in gathered.results if result.said.minimum is not None},
    }


def _payee(payee: Contact | None, payee_id: int, home: str, settings: RoyaltySettings) -> Payee:
    if payee is None:
        return Payee(name=_name(None, payee_id), id=payee_id)
    status = settings.tax_of(payee_id, payee.tax_status, payee.country)
    return Payee(
        name=_name(payee, payee_id),
        id=payee_id,
        address=payee.envelope(home),
        country=payee.country,
        tax_id=payee.tax_id,
        tax_status=payee.tax_status or settings.payee_statuses.get(payee_id),
        tax_words=status.words if status else "",
    )


def _name(payee: Contact | None, payee_id: int) -> str:
    return (payee.name if payee else None) or f"Payee {payee_id}"
