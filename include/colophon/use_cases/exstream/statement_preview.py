"""One payee's statements as a run would issue them now: computed from the records, sent to nobody, remembered nowhere."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from colophon.config import Publisher
from colophon.domain.royalty_terms import RoyaltyTerms
from colophon.errors import InvalidError, NotFoundError
from colophon.royalties.breaches import require
from colophon.royalties.line import Line
from colophon.royalties.statement.payload import Statement
from colophon.royalties.statement.period import Period
from colophon.royalty_run.compute import compute
from colophon.royalty_run.gather import digest_of, gather
from colophon.royalty_run.inputs import Inputs, accounts_of, group
from colophon.royalty_run.kept import Past
from colophon.royalty_run.proof import pack_of
from colophon.royalty_run.records import AccountInput, PolicyOf, RunFacts
from colophon.royalty_run.settings import RoyaltySettings
from colophon.royalty_run.spool import spool_in
from colophon.use_cases.exstream.statement_letters import Letters


@dataclass(frozen=True, slots=True)
class Preview:
    """One account's statement with the compliance texts of the payee's group; or why the account is held back. `proof`: see `royalty_run.proof`."""

    account_id: str
    statement: Statement | None = None
    compliance: tuple[str, ...] = ()
    held_back: str = ""
    proof: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How a run computes: settings, policy, publisher, and what is known of accounts from approved statements."""

    settings: RoyaltySettings
    policy_of: PolicyOf
    publisher: Publisher
    past_of: Callable[[str], Past]
    with_proof: bool = False


def preview(inputs: Inputs, payee_id: int, period: Period, terms: Terms, *, issued_on: date, scratch: Path) -> list[Preview]:
    """Every account of the payee that has a statement in the period, by account id.

    :raises NotFoundError: none has. :raises UnbalancedError: a control total does not hold.
    """
    wanted = {key for key, joined in accounts_of(inputs.terms).items() if payee_id in payees_of(joined)}
    with spool_in(scratch, 1) as spool:

        def put(account_id: str, line: Line, is_earlier: bool | None) -> None:  # noqa: FBT001 - as `Put`
            if account_id in wanted:
                spool.put(account_id, line, is_earlier)

        grouped = group(inputs, period, terms.settings, terms.past_of, put)
    accounts = [grouped.account(one) for one in grouped.account_ids if one in wanted]
    if not accounts:
        raise NotFoundError(
            f"the payee has no account with a statement in {period.label}",
            subject=f"contact:{payee_id}",
            remedy="Look at the contract's payees and statement months in Consonance, or ask for another period.",
        )
    facts = replace(grouped.facts, placed=spool.placed, receipts=sum(one.receipts_read for one in accounts), money=(), money_left=())
    lines = [path] if (path := spool.path(0)) else []
    return _computed(accounts, lines, facts, payee_id, period, terms, issued_on, scratch)


def _computed(
    accounts: list[AccountInput],
    lines: list[Path],
    facts: RunFacts,
    payee_id: int,
    period: Period,
    terms: Terms,
    issued_on: date,
    scratch: Path,
) -> list[Preview]:
    settings = terms.settings
    results = compute(accounts, lines, terms.policy_of, settings.rates(), period, scratch=scratch)
    openings = {one.account_id: one.opening for one in accounts if one.opening is not None}
    gathered = gather(results, [digest_of(results)], facts, settings, terms.policy_of, pay_day=issued_on, openings=openings)
    require(gathered.broken)
    letters = Letters(gathered, facts, period, issued_on=issued_on, publisher=terms.publisher, settings=settings)
    payee = facts.payees.get(payee_id)
    given = {one.account_id: one for one in accounts}
    found = []
    for result in gathered.results:
        imprints = frozenset(
            facts.products[key].imprint for one in letters.statements(result).values() for key in _products(one) if key in facts.products
        )
        statement = letters.statements(result).get(payee_id)
        template = settings.template_of(payee_id, payee.country if payee else None, imprints)
        found.append(
            Preview(
                result.account_id,
                statement,
                (template.compliance,) if template else (),
                result.blocked_by,
                None
                if statement is None or not terms.with_proof
                else pack_of(statement, given[result.account_id], terms.policy_of(statement.currency), scratch),
            )
        )
    return found


def _products(statement: Statement) -> Iterable[int]:
    return (edition.product_id for edition in statement.editions)


def payees_of(terms: Iterable[RoyaltyTerms]) -> set[int]:
    """Everybody who has a share under these terms."""
    return {split.payee_id for one in terms for split in one.splits}


def payee_named(text: str, inputs: Inputs) -> int:
    """The payee that somebody means: by number, or by the whole name.

    :raises NotFoundError: nobody. :raises InvalidError: several have that name.
    """
    payees = payees_of(inputs.terms)
    found = [int(text)] if text.isascii() and text.isdigit() else _named(text, payees, inputs)
    if len(found) > 1:
        raise InvalidError("several payees have that name", evidence=", ".join(map(str, found)), remedy="Name one by number.")
    if not found or found[0] not in payees:
        raise NotFoundError("no payee of a royalty contract has that number or name", remedy="Write the contact's number or whole name.")
    return found[0]


def _named(text: str, payees: Collection[int], inputs: Inputs) -> list[int]:
    wanted = _key(text)
    return [one for one in sorted(payees) if one in inputs.payees and _key(inputs.payees[one].name or "") == wanted]


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
