"""What a payee would be told now: the records are read and computed, nothing is sent or remembered."""

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from colophon import environment
from colophon.errors import BadConfigError, InvalidError, NotFoundError

if TYPE_CHECKING:
    from colophon.domain.finding import Finding
    from colophon.royalties.statement.period import Period
    from colophon.royalty_run.records import PolicyOf
    from colophon.royalty_run.settings import RoyaltySettings
    from colophon.royalty_run.shadow import Compared
    from colophon.use_cases.exstream.statement_preview import Preview


def period_that_ended(text: str) -> "Period":
    """The period that somebody names.

    :raises InvalidError: it is none, or has not ended.
    """
    from colophon.royalties.statement.period import Period

    asked = Period.parse(text)
    if asked.ends_on >= environment.now().date():
        raise InvalidError(f"the period {asked.label} has not ended", remedy="Ask when its last day is over (D2).")
    return asked


def shadows(path: Path, periods: "list[Period]", policy: str, conn_id: str) -> "tuple[dict[str, list[Compared]], list[Finding]]":
    """What another system sent, beside ours, period by period; and the rows of the sheet that cannot be read.

    :raises NotFoundError: no such policy. Others as reading Consonance does.
    """
    from colophon.domain.vendor_statement import VendorStatement
    from colophon.royalty_run.reading import read
    from colophon.royalty_run.settings import load_royalties
    from colophon.royalty_run.shadow import shadow
    from colophon.systems.consonance.reports.reader import statements_in
    from colophon_airflow.settings import config_folder
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    settings, told = load_royalties(config_folder()), statements_in(path, config_folder())
    policy_of = _policy_of(settings, policy)
    hook = ConsonanceHook(conn_id)
    with hook.client as client:
        inputs = read(client, lambda: hook.reports, max(periods, key=lambda one: one.ends_on)).inputs
        inputs = replace(inputs, sales=tuple(inputs.sales))
    sent = [one for one in told if isinstance(one, VendorStatement)]
    return (
        {period.label: shadow(inputs, sent, period, settings, policy_of) for period in periods},
        [one for one in told if not isinstance(one, VendorStatement)],
    )


def _policy_of(settings: "RoyaltySettings", policy: str) -> "PolicyOf":
    policy_of = partial(settings.policy, policy)
    try:
        policy_of("GBP")
    except BadConfigError as problem:  # here somebody asked for it; no configuration is wrong
        raise NotFoundError(problem.sentence, remedy=problem.advice) from problem
    return policy_of


def previews(payee: str, period: "Period", policy: str, conn_id: str, *, with_proof: bool = False) -> "list[Preview]":
    """Every account of a payee (number or whole name) with a statement in the period; personal data and amounts.

    :raises NotFoundError: no such policy, no such payee, or none of its accounts has a statement.
    :raises UnbalancedError: a control total does not hold. Others as reading Consonance does.
    """
    from colophon.royalty_run.books import past_by_contract
    from colophon.royalty_run.reading import read
    from colophon.royalty_run.settings import load_royalties
    from colophon.use_cases.exstream.statement_preview import Terms, payee_named, preview
    from colophon_airflow.settings import config_folder, open_ledger, publisher_config
    from colophon_airflow.systems.consonance.hook import ConsonanceHook

    settings = load_royalties(config_folder())
    policy_of = _policy_of(settings, policy)
    hook = ConsonanceHook(conn_id)
    with hook.client as client:
        inputs = read(client, lambda: hook.reports, period).inputs  # sales are read while they are computed
        asked, today = payee_named(payee, inputs), environment.now().date()
        with open_ledger() as ledger, tempfile.TemporaryDirectory(prefix="colophon-royalties-") as scratch:
            past = past_by_contract(ledger, period, inputs, settings)
            terms = Terms(settings, policy_of, publisher_config().publisher, past, with_proof=with_proof)
            return preview(inputs, asked, period, terms, issued_on=today, scratch=Path(scratch))
