"""Operators of the royalty run: read, compute in shards, balance, issue, follow every statement to its outcome.

Amounts, names and tax numbers are in staged files and in the ledger's content alone; XComs have references, counts and digests.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.dag_defaults import approval_limit
from colophon_airflow.links import report_page
from colophon_airflow.operators.approval import approvers
from colophon_airflow.operators.base import UseCaseOperator
from colophon_airflow.operators.task_log import summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import config_folder, open_ledger, open_staging
from colophon_airflow.sources import being_told, check_sources

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.royalties.statement.period import Period
    from colophon.royalty_run.gather import Gathered
    from colophon.royalty_run.inputs import Grouped
    from colophon.royalty_run.records import AccountResult, PolicyOf, RunFacts
    from colophon.royalty_run.settings import RoyaltySettings
    from colophon.royalty_run.spool import Spool
    from colophon.staging import Staging

MOST_SHARDS = 256
EXTRACT = "extract"


class RoyaltyOperator(UseCaseOperator):
    """What the steps of a royalty run share: period, policy and settings of the run."""

    def period(self, context: "Context") -> "Period":
        """The run's period. Raises as the use case's `period_for`."""
        from colophon.royalty_run.period import period_for

        return period_for(context["params"], run_times(context).as_of)

    def settings(self) -> "RoyaltySettings":
        """royalties.yaml. Raises BadConfigError."""
        from colophon.royalty_run.settings import load_royalties

        return load_royalties(config_folder())

    def policy_of(self, context: "Context") -> "PolicyOf":
        """The policy that the form names, in the minor units of a currency. Raises BadConfigError."""
        return partial(self.settings().policy, str(context["params"]["policy"]))


class RoyaltyExtractOperator(RoyaltyOperator):
    """Reads sales, terms, payments and contacts, and stages them by account group; returns the shards' references.

    Rows that cannot be read and sales that no statement can have are exceptions in the ledger, and close when a later run finds
    them right. XCom `run` has the reference of what later steps need to know, and the counts.
    """

    system = "consonance"
    template_fields = ("consonance_conn_id",)

    def __init__(self, *, consonance_conn_id: str = "consonance_default", **kwargs: Any) -> None:
        """:param consonance_conn_id: Airflow connection of type `consonance`."""
        super().__init__(**kwargs)
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> list[dict[str, Any]]:
        """Read, group, stage. Raises as `colophon.royalty_run.reading.read`."""
        from colophon.royalty_run.books import past_by_contract
        from colophon.royalty_run.inputs import group as grouped
        from colophon.royalty_run.reading import read
        from colophon.royalty_run.spool import spool_in
        from colophon.royalty_run.staged import to_line
        from colophon.use_cases.exstream.royalty_statements import NEEDS
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        period, settings, times = self.period(context), self.settings(), run_times(context)
        self.policy_of(context)("GBP")  # a policy that is none fails before anything is read
        hook = ConsonanceHook(self.consonance_conn_id, jitter=times.start is not None)
        number = max(1, min(int(context["params"]["shards"]), MOST_SHARDS))
        with (
            tempfile.TemporaryDirectory(prefix="colophon-royalties-") as folder,
            spool_in(Path(folder), number) as spool,
            open_ledger() as ledger,
        ):
            with being_told(context, self.use_case_id), hook.client as client:
                found = read(client, lambda: hook.reports, period)
                past_of = past_by_contract(ledger, period, found.inputs, settings)
                made = grouped(found.inputs, period, settings, past_of, spool.put)
                check_sources(context, NEEDS, self.consonance_conn_id, found.routes)
            findings = [*found.findings, *made.findings]
            ledger.exceptions.record(self.use_case_id, "inputs", None, findings, as_of=times.as_of)
            shards = self._staged(context, made, spool, number)
        facts = replace(made.facts, placed=spool.placed)
        [staged] = self.stage_batches(context, "facts", [[to_line(facts)]])
        counts = {"accounts": len(made.account_ids), "shards": len(shards), "sales": facts.lines_read, "exceptions": len(findings)}
        context["ti"].xcom_push(key="run", value={"facts": staged.model_dump(), "period": period.label, "counts": counts})
        summary(f"Read for {period.label}", {**counts, "not due in this period": len(facts.not_due), **found.routes})
        return shards

    def _staged(self, context: "Context", made: "Grouped", spool: "Spool", number: int) -> list[dict[str, Any]]:
        """References to each shard's accounts and lines; a shard without accounts is none."""
        from colophon.royalty_run.spool import shard_of
        from colophon.royalty_run.staged import to_line

        parts: dict[int, list[str]] = {}
        for one in made.account_ids:
            parts.setdefault(shard_of(one, number), []).append(one)
        shards = sorted(parts)
        accounts = self.stage_batches(context, "accounts", (map(to_line, map(made.account, parts[shard])) for shard in shards))
        paths = {shard: path for shard in shards if (path := spool.path(shard))}
        lines = dict(zip(paths, self.stage_files(context, "lines", paths.values()), strict=True))
        return [
            {"accounts": own.model_dump(), "lines": [lines[shard].model_dump()] if shard in lines else []}
            for shard, own in zip(shards, accounts, strict=True)
        ]


class RoyaltyComputeOperator(RoyaltyOperator):
    """Computes one shard of accounts; returns the reference of its results, their number and the digest of their rows."""

    def __init__(self, *, shard: dict[str, Any], **kwargs: Any) -> None:
        """:param shard: references to a shard's staged accounts and lines."""
        super().__init__(**kwargs)
        self.shard = shard

    def execute(self, context: "Context") -> dict[str, Any]:
        """Compute; a shard that was computed before gives the same bytes."""
        from colophon.royalty_run.compute import compute
        from colophon.royalty_run.gather import digest_of
        from colophon.royalty_run.records import AccountInput
        from colophon.royalty_run.staged import from_lines, to_line
        from colophon.staging import Batch

        staging, settings = open_staging(), self.settings()
        accounts = list(from_lines(AccountInput, staging.read_lines(Batch.model_validate(self.shard["accounts"]))))
        with tempfile.TemporaryDirectory(prefix="colophon-royalties-") as folder:
            scratch = Path(folder)
            staged = [Batch.model_validate(one) for one in self.shard["lines"]]
            lines = [staging.fetch(one, scratch / f"lines-{place}.jsonl") for place, one in enumerate(staged)]
            results = compute(accounts, lines, self.policy_of(context), settings.rates(), self.period(context), scratch=scratch)
        [batch] = self.stage_batches(context, "results", [map(to_line, results)])
        blocked = [f"{one.account_id}: {one.blocked_by}" for one in results if one.statement is None]
        rows = sum(len(one.statement.rows) for one in results if one.statement)
        summary("Computed", {"accounts": len(results), "rows": rows, "blocked": len(blocked)}, blocked[:20])
        return {"results": batch.model_dump(), "digest": f"{digest_of(results):x}"}


class RoyaltyBalanceOperator(RoyaltyOperator):
    """Brings the shards together: payments, control totals, the comparison with Consonance; stages the report of the run.

    Returns what the person who approves is shown: counts, identities with pass or fail, how many products differ, and where
    the report with the amounts is, as a file and on the desk. Nothing of it is an amount.
    """

    template_fields = ("results",)

    def __init__(self, *, results: Any, **kwargs: Any) -> None:
        """:param results: what the compute tasks returned."""
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, **kwargs)
        self.results = results

    def execute(self, context: "Context") -> dict[str, Any]:
        """Gather.

        :raises UnbalancedError: a control total does not hold; the report is staged first and says by how much.
        """
        from colophon.http.jsontext import write_json
        from colophon.royalties.breaches import require
        from colophon.royalties.report.web import IDENTITIES, html_of, standing_of
        from colophon.royalty_run.report import report
        from colophon.royalty_run.run_page import run_of

        computed = self.results[:] if self.results else []
        run = context["ti"].xcom_pull(task_ids=EXTRACT, key="run")
        staging, period = open_staging(), self.period(context)
        facts = facts_of(run, staging)
        gathered = self._gathered(computed, facts, context, staging)
        policies = {one: self.policy_of(context)(one) for one in sorted({statement.currency for statement in gathered.statements})}
        told = report(gathered, facts, period, policies)
        [batch] = self.stage_batches(context, "report", [[write_json(told).decode()]])
        whole = run_of(gathered, facts, period, policies, as_of=run_times(context).as_of)
        page = html_of(whole)
        [staged_page] = self.stage_batches(context, "report", [page.splitlines()], kind="html")
        self._note_blocked(gathered, context)
        broken = sorted({breach.identity for breach in gathered.broken})
        shown = {
            "period": period.label,
            "policy": {currency: f"{one.version} ({one.fingerprint[:12]})" for currency, one in policies.items()},
            "counts": dict(gathered.counts),
            "identities": told["identities"],
            "says": {str(number): text for number, text in IDENTITIES.items()},
            "differences": None if gathered.differences is None else len(gathered.differences),
            "standing": list(standing_of(whole)),
            "open": {str(number): text for number, text in whole.instead.items()},
            "held": Counter(rule for one in whole.held for rule in dict.fromkeys(rule for rule, _ in one.because)),
            "waiting": {
                "accounts held": len(whole.held),
                "lines in suspense": sum(one.suspended for one in whole.waiting),
                "lines left out": sum(one.left_out for one in whole.waiting),
                "records that cannot be read": whole.unread,
                "unlike the last statement": len(gathered.unusual),
            },
            "second": self._needs_second(gathered),
            "approvers": [user["name"] for user in approvers()],
            "hours": approval_limit().total_seconds() / 3600,
            "warnings": len(told["warnings"]),
            "report": batch.uri,
            "page": staged_page.uri,
            "desk": report_page(context["ti"].run_id),
        }
        context["ti"].xcom_push(key="balanced", value={"results": [one["results"] for one in computed], **shown})
        details = [f"control total {one.identity}: {one.subject}: {one.what}" for one in gathered.broken[:20]]
        summary(f"Control totals of {period.label}", {**gathered.counts, "broken": broken or "none", "report": staged_page.uri}, details)
        require(gathered.broken)
        return shown

    def _gathered(self, computed: list[dict[str, Any]], facts: "RunFacts", context: "Context", staging: "Staging") -> "Gathered":
        from colophon.royalty_run.books import closed_before, kept_of
        from colophon.royalty_run.gather import gather

        results, period, settings = list(results_of([one["results"] for one in computed], staging)), self.period(context), self.settings()
        digests = [int(one["digest"], 16) for one in computed]
        with open_ledger() as ledger:
            found = closed_before(ledger, period, results, facts, settings)
            kept = kept_of(ledger, period, results, settings)
        day = run_times(context).as_of.date()
        return gather(results, digests, facts, settings, self.policy_of(context), pay_day=day, openings=found, kept=kept)

    def _needs_second(self, gathered: "Gathered") -> bool:
        """Whether what is paid in any currency takes a second person."""
        settings, sums = self.settings(), Counter[str]()
        for one in gathered.payout.paid:
            sums[one.currency] += one.net + one.commission + one.tax
        return any(settings.needs_second(currency, amount) for currency, amount in sums.items())

    def _note_blocked(self, gathered: "Gathered", context: "Context") -> None:
        """Accounts without a statement and lines in suspense are exceptions, until a later run has them right."""
        from colophon.royalty_run.holds import blocked, overruled, suspended

        findings = [one for result in gathered.results for one in (*suspended(result), *blocked(result), *overruled(result))]
        with open_ledger() as ledger:
            ledger.exceptions.record(self.use_case_id, "accounts", None, findings, as_of=run_times(context).as_of)


def facts_of(run: dict[str, Any], staging: "Staging") -> "RunFacts":
    """What later steps need to know of the inputs, from the XCom of the extract step."""
    from colophon.royalty_run.records import RunFacts
    from colophon.royalty_run.staged import from_lines
    from colophon.staging import Batch

    [facts] = from_lines(RunFacts, staging.read_lines(Batch.model_validate(run["facts"])))
    return facts


def results_of(references: list[dict[str, Any]], staging: "Staging") -> "Iterator[AccountResult]":
    """The results of all shards, from their references."""
    from colophon.royalty_run.records import AccountResult
    from colophon.royalty_run.staged import from_lines
    from colophon.staging import Batch

    for reference in references:
        yield from from_lines(AccountResult, staging.read_lines(Batch.model_validate(reference)))
