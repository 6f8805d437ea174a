"""The sheet of clauses for those who keep it: an empty one, what it says in words, and what the terms of Consonance overrule."""

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from colophon.errors import BadConfigError, BadRecordError, NotFoundError

if TYPE_CHECKING:
    from colophon.domain.finding import Finding


def write_template(path: Path) -> None:
    """An empty sheet with every column, as reports.yaml names them."""
    from colophon_airflow.settings import config_folder

    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(_columns(config_folder()).values())


def columns_by_kind() -> Iterator[tuple[str, str, str]]:
    """Each kind of clause, with the columns that it needs and those that it may have."""
    from colophon.domain.royalty_clauses import ClauseKind
    from colophon.systems.consonance.reports.clause_sheet import MAY, NEEDED, ONE_OF
    from colophon_airflow.settings import config_folder

    names = _columns(config_folder())
    for kind in ClauseKind:
        if kind is ClauseKind.UNREADABLE:
            continue
        needed, one_of = NEEDED.get(kind, ()), ONE_OF.get(kind, ())
        first = [*(names[one] for one in needed), *([" or ".join(names[one] for one in one_of)] if one_of else [])]
        yield (
            kind.value,
            ", ".join(first),
            ", ".join(name for field, name in names.items() if field in MAY[kind].difference(needed, one_of)),
        )


def read_clauses(path: Path) -> "tuple[list[tuple[str, str, str]], list[Finding]]":
    """Contract, row and words of each clause, by contract; and the rows with faults.

    :raises BadReportError: a column is missing, unknown or there twice, or the file is damaged.
    """
    from colophon.domain.royalty_clauses import Clause, ClauseKind
    from colophon.royalties.clauses.words import in_words
    from colophon.systems.consonance.reports.reader import clauses_in
    from colophon_airflow.settings import config_folder

    found = clauses_in(path, config_folder())
    told = [one for one in found if isinstance(one, Clause) and one.kind is not ClauseKind.UNREADABLE]
    in_order = sorted(told, key=lambda one: one.contract_id)
    return [(str(one.contract_id), one.place, in_words(one)) for one in in_order], [one for one in found if not isinstance(one, Clause)]


def overruled(path: Path, policy: str, conn_id: str) -> list[str]:
    """The sheet's clauses that terms in Consonance overrule, and those whose contract has none or that cannot be computed.

    :raises NotFoundError: no such policy. Others as reading Consonance does.
    """
    from colophon.domain.royalty_clauses import Clause
    from colophon.royalties.clauses.account import with_clauses
    from colophon.royalties.clauses.rates import with_rates
    from colophon.royalties.terms import account_of, rules_of
    from colophon.royalty_run.reading import Sources
    from colophon.royalty_run.settings import load_royalties
    from colophon.systems.consonance.reports.reader import clauses_in
    from colophon_airflow.settings import config_folder
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    by_contract: dict[int, list[Clause]] = {}
    for one in clauses_in(path, config_folder()):
        if isinstance(one, Clause):
            by_contract.setdefault(one.contract_id, []).append(one)
    try:
        policy_of = partial(load_royalties(config_folder()).policy, policy)
        policy_of("GBP")
    except BadConfigError as problem:  # here somebody asked for it; no configuration is wrong
        raise NotFoundError(problem.sentence, remedy=problem.advice) from problem
    hook = ConsonanceHook(conn_id)
    with hook.client as client:
        sources = Sources(client, lambda: hook.reports, [], {})
        terms = {one.contract_id: one for one in sources.stream("royalty_terms", client.royalty.terms)}
    found = []
    for contract, own in sorted(by_contract.items()):
        if contract not in terms:
            found.append(f"contract {contract}: Consonance has no royalty terms of it")
            continue
        its = terms[contract]
        try:
            rates = with_rates(rules_of(its, policy_of(its.currency)), own, its.currency, policy_of(its.currency))
            account = account_of(its.subject, [its], policy=policy_of(its.currency))
            rest = with_clauses(account, own, {}, policy_of(its.currency), ahead={})
        except BadRecordError as problem:
            found.append(f"contract {contract}, {problem.evidence}: {problem.sentence}")
            continue
        found += [f"contract {contract}, {text}" for text in (*rates.differences, *rest.differences)]
    return found


def _columns(folder: str | Path | None) -> dict[str, str]:
    from colophon.systems.consonance.reports.layouts import load_layouts
    from colophon.systems.consonance.reports.reader import SPECS

    return load_layouts(SPECS, folder).reports["royalty_clauses"].sheets["rows"].columns
