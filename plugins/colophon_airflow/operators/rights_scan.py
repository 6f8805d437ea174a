"""Operators of the daily rights-expiry scan: look at each batch, plan who is told, tell other DAGs what changed."""

import json
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.assets import RIGHTS_CHANGED
from colophon_airflow.operators.base import UseCaseOperator, group, log, staged_lines, summary
from colophon_airflow.operators.opentext_push import NO_MESSAGES, messaging_of
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.domain.finding import Finding
    from colophon.ledger import Ledger

Reference = dict[str, Any]


class RightsScanOperator(UseCaseOperator):
    """Looks at one staged batch: ends that are due, what each product's rights come to, faults of the records.

    Faults become exceptions in the ledger. Returns references to what it staged (`due`, `states`) and counts.
    """

    template_fields: Sequence[str] = ("batch",)

    def __init__(self, *, batch: Reference, **kwargs: Any) -> None:
        """:param batch: reference to a batch of `RightsExtractOperator`."""
        super().__init__(**kwargs)
        self.batch = batch

    def execute(self, context: "Context") -> dict[str, Any]:
        """See the class."""
        from colophon.onix.codelists import CodeLists
        from colophon.rights import Atlas
        from colophon.rights.facts import read_facts
        from colophon.staging import Batch
        from colophon.use_cases.push.rights_expiry_alerts import RECORDS, look, to_lines

        as_of, config = run_times(context).as_of, publisher_config()
        facts = read_facts(open_staging().read_lines(Batch.model_validate(self.batch)))
        with open_ledger() as ledger:
            last_run = ledger.watermark(_mark(self.use_case_id))
            found = look(facts, Atlas(CodeLists.load(config.publisher.code_lists)), config, as_of=as_of, last_run=last_run)
            if not context["params"].get("dry_run"):
                subjects = sorted({finding.subject for finding in found.findings})
                ledger.record_findings(self.use_case_id, RECORDS, subjects, found.findings, as_of=as_of)
        with group("Faults of the records"):
            _log(found.findings)
        staged = {
            "due": [batch.model_dump() for batch in self.stage_batches(context, "due", [to_lines(found.due)])],
            "states": [batch.model_dump() for batch in self.stage_batches(context, "states", [to_lines(found.states)])],
        }
        counts = {"products": len(facts.products), "due": len(found.due), "faults": len(found.findings)}
        summary("Looked at the rights", counts)
        return {**staged, "counts": counts, "is_whole": found.is_whole}


class RightsAlertsOperator(UseCaseOperator):
    """Plans who is told of what; returns the destinations to deliver to.

    A backfill, and a run judged before one that has told people already, tell nobody: their news is old. Nor does a dry run.
    """

    template_fields: Sequence[str] = ("scans", "people", "opentext_push_conn_id", "consonance_conn_id")

    def __init__(
        self,
        *,
        scans: Any,
        people: str,
        opentext_push_conn_id: str = "opentext_push_default",
        consonance_conn_id: str = "consonance_default",
        **kwargs: Any,
    ) -> None:
        """:param scans: results of all scan tasks. :param people: file of recipients. :param opentext_push_conn_id: what it makes

        of repeats is asked there. :param consonance_conn_id: where licensees have their names.
        """
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, **kwargs)
        self.scans = scans
        self.people = people
        self.opentext_push_conn_id = opentext_push_conn_id
        self.consonance_conn_id = consonance_conn_id

    def execute(self, context: "Context") -> list[str]:
        """See the class."""
        from colophon.blocks.decision import DecisionContext
        from colophon.blocks.notices import PEOPLE
        from colophon.use_cases.push.rights_expiry_alerts import DEVICES, RECORDS, plan, read_due

        scans = self.scans[:] if self.scans else []
        as_of, is_dry = run_times(context).as_of, bool(context["params"].get("dry_run"))
        with open_ledger() as ledger:
            is_silent = _is_silent(context, ledger, self.use_case_id)
            history = partial(ledger.latest, self.use_case_id)
            question = DecisionContext(as_of=as_of, config=publisher_config(), params=context["params"], history=history)
            due = [] if is_silent else list(read_due(staged_lines(batch for scan in scans for batch in scan["due"])))
            names = self._names({one.alert.licensee_id for one in due})
            messaging = messaging_of(self.opentext_push_conn_id, self.people, ledger) if due else NO_MESSAGES
            made = plan(due, question, delivery_class=messaging.delivery_class, names=names, is_reached=messaging.is_reached)
            if not is_dry:
                ledger.close_unseen(self.use_case_id, RECORDS, as_of=as_of)
            if not is_dry and not is_silent:
                everything = [PEOPLE] if scans and all(scan["is_whole"] for scan in scans) else []
                alerts = made.judgements(everything=everything)[PEOPLE]
                ledger.enter(self.use_case_id, {PEOPLE: alerts}, as_of=as_of, run=context["ti"].run_id)
                ledger.record_findings(self.use_case_id, DEVICES, None, made.findings, as_of=as_of)
                ledger.set_watermark(_mark(self.use_case_id), as_of)
        read = sum((Counter(scan["counts"]) for scan in scans), Counter[str]())
        told = sum("/digest/" not in intent.subject for intent in made.intents)
        rows = {"new": told, "unchanged": len(made.judged[PEOPLE]) - told}
        context["ti"].xcom_push(key="plan", value={"read": read["products"], "destinations": {PEOPLE: rows}})
        title = "A dry run tells nobody" if is_dry else "Old news: nobody is told" if is_silent else "Alerts"
        summary(title, {**read, **rows})
        return [] if is_dry else [PEOPLE]

    def _names(self, licensees: set[int | None]) -> dict[int, str]:
        """Names of licensees by contact id. They are read here and go nowhere but into the messages."""
        from colophon.domain.contact import Contact
        from colophon_airflow.hooks.consonance import ConsonanceHook

        if licensees <= {None}:
            return {}
        with ConsonanceHook(self.consonance_conn_id).client as client:
            contacts = (record for page in client.iter_contacts() for record in page.records if isinstance(record, Contact))
            return {contact.id: contact.name for contact in contacts if contact.id in licensees and contact.name}


class RightsChangedOperator(UseCaseOperator):
    """Compares with the scan before, and names the products whose rights are otherwise in an event of `colophon.rights_changed`.

    What other DAGs do about it they also do on their own schedule; the event makes it soon. Without a scan to compare with,
    the event names no products, and means all of them. Skips where nothing changed, in a backfill and in a dry run.
    """

    template_fields: Sequence[str] = ("scans",)

    def __init__(self, *, scans: Any, **kwargs: Any) -> None:
        """:param scans: results of all scan tasks."""
        super().__init__(trigger_rule=TriggerRule.NONE_FAILED, outlets=[RIGHTS_CHANGED], **kwargs)
        self.scans = scans

    def execute(self, context: "Context") -> int:
        """How many products changed."""
        from airflow.sdk.exceptions import AirflowSkipException

        from colophon.staging import Batch

        as_of = run_times(context).as_of
        with open_ledger() as ledger:
            if context["params"].get("dry_run") or _is_silent(context, ledger, self.use_case_id):
                raise AirflowSkipException("a dry run or a backfill says nothing of what changed")
            scans = self.scans[:] if self.scans else []
            (states,) = self.stage_batches(context, "states", [staged_lines(batch for scan in scans for batch in scan["states"])])
            before = self._before(ledger, context["ti"].run_id)
            changed = None if before is None else _changed(before, states)
            if changed != []:
                extra: dict[str, Any] = {"as_of": as_of.isoformat(), "count": states.count if changed is None else len(changed)}
                if changed is not None:
                    (batch,) = self.stage_batches(context, "changed", [changed])
                    extra["batch"] = batch.model_dump()
                context["outlet_events"][RIGHTS_CHANGED].extra = extra
            remembered = {"run_id": context["ti"].run_id, "now": states.model_dump(), "before": before and Batch.model_dump(before)}
            ledger.put(self._memory, remembered, as_of)
        if changed == []:
            raise AirflowSkipException("no product's rights changed")
        summary("Rights that changed", {"products": extra["count"], "compared with": before.uri if before else "nothing: all products"})
        return int(extra["count"])

    @property
    def _memory(self) -> str:
        return f"{self.use_case_id}:states"

    def _before(self, ledger: "Ledger", run_id: str) -> Any:
        """The states that an earlier run left; a task that is run again compares with the same."""
        from colophon.staging import Batch

        kept = ledger.get(self._memory)
        found = None if kept is None else kept[0]["before" if kept[0]["run_id"] == run_id else "now"]
        return Batch.model_validate(found) if found else None


def _changed(before: Any, now: Any) -> list[str] | None:
    """Lines `{isbn13, work_id}` of products that are otherwise, new or gone; None where the states before cannot be had."""
    from colophon.errors import StagingUnusableError

    staging = open_staging()
    try:
        old = set(staging.read_lines(before))
    except StagingUnusableError:
        return None
    found = {}
    for line in old.symmetric_difference(staging.read_lines(now)):
        row = json.loads(line)
        found[row["isbn13"]] = json.dumps({"isbn13": row["isbn13"], "work_id": row["work_id"]})
    return [found[isbn13] for isbn13 in sorted(found)]


def _is_silent(context: "Context", ledger: "Ledger", use_case_id: str) -> bool:
    from colophon.blocks.use_case import is_old_news

    last_run, as_of = ledger.watermark(_mark(use_case_id)), run_times(context).as_of
    return is_old_news(as_of, last_run, is_backfill=context["dag_run"].run_type == "backfill")


def _mark(use_case_id: str) -> str:
    return f"{use_case_id}/people"


def _log(findings: "Sequence[Finding]", most: int = 50) -> None:
    for f in findings[:most]:
        log.info("%s %s: %s is %r, expected %s; %s (%s)", f.rule, f.subject, f.field, f.found, f.expected, f.remedy, f.owner)
    if len(findings) > most:
        log.info("... and %d more: `colophon ledger exceptions`", len(findings) - most)
