"""What a statement owes each payee, with the agents of its contracts: each takes from what their own contracts brought (P5 to P7)."""

from collections import Counter, defaultdict

from colophon.royalties.account import AccountStatement, weights_by
from colophon.royalties.payout import Agent, Due
from colophon.royalties.whole_numbers import split
from colophon.royalty_run.records import AccountResult, RunFacts
from colophon.royalty_run.settings import RoyaltySettings

Commissions = tuple[tuple[int, int], ...]
"""Agents and their commissions in ppm."""


def dues_of(result: AccountResult, facts: RunFacts, settings: RoyaltySettings) -> list[Due]:
    """What is due to the payees of an account; nothing where it has no statement."""
    statement = result.statement
    if statement is None:
        return []
    return [
        Due(
            account_id=statement.account_id,
            payee_id=payee_id,
            currency=statement.currency,
            amount=own.due,
            agents=_agents(result, statement, payee_id, own.due, facts, settings),
            minimum=result.minimum,
            sweeps=result.sweeps,
        )
        for payee_id, own in statement.payees.items()
        if own.due
    ]


def _agents(
    result: AccountResult, statement: AccountStatement, payee_id: int, due: int, facts: RunFacts, settings: RoyaltySettings
) -> tuple[Agent, ...]:
    """A payee's agents. Where all contracts have the same ones, they share in all that is due; else in what their contracts earned of it."""
    by_contract: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for contract, payee, agent, commission in result.agents:
        if payee == payee_id:
            by_contract[contract].append((agent, commission))
    if not by_contract:
        return ()
    earned = earned_by_contract(statement, payee_id)
    groups: dict[Commissions, int] = {}
    for contract in statement.contract_ids:
        if contract in by_contract or contract in earned:
            own = tuple(by_contract.get(contract, ()))
            groups[own] = groups.get(own, 0) + max(earned.get(contract, 0), 0)
    parts = split(due, list(groups.values())) if any(groups.values()) else split(due, [1] * len(groups))
    return tuple(
        _agent(agent, commission, None if len(groups) == 1 else part, place, facts, settings)
        for place, (own, part) in enumerate(zip(groups, parts, strict=True))
        for agent, commission in own
    )


def _agent(agent_id: int, commission: int, of: int | None, group: int, facts: RunFacts, settings: RoyaltySettings) -> Agent:
    contact = facts.payees.get(agent_id)
    status = settings.tax_of(agent_id, contact.tax_status, contact.country) if contact else None
    vat = status.terms(agent_id).vat if status else None
    is_home = contact is not None and contact.country is not None and contact.country == settings.home
    return Agent(id=agent_id, commission=commission, vat=vat or 0, of=of, group=group, is_home=is_home)


def earned_by_contract(statement: AccountStatement, payee_id: int) -> dict[int, int]:
    """A payee's part of what sales, licences and guarantees of each contract brought, before reserves and advances."""
    weights = weights_by(statement.shares)
    sums: Counter[tuple[int, int | None, str | None]] = Counter()
    for row in statement.rows:
        sums[row.row.key.contract_id, row.row.key.product_id, row.row.key.territory_group] += row.amount
    for right in statement.rights:
        sums[right.receipt.contract_id, None, None] += right.amount
    for extra in statement.top_ups:
        sums[extra.contract_id, extra.product_id, None] += extra.amount
    found: Counter[int] = Counter()
    for (contract, product, territory), amount in sums.items():
        own = weights(contract, product, territory)
        for (payee, _), part in zip(own, split(amount, [weight for _, weight in own]), strict=True):
            if payee == payee_id:
                found[contract] += part
    return dict(found)
