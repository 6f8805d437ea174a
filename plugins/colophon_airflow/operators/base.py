"""What Colophon's operators share: the use case they serve and the log they leave."""

import gc
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from airflow.sdk import BaseOperator, BaseOperatorLink

from colophon import environment
from colophon_airflow.dag_defaults import defer_grace
from colophon_airflow.links import DeskLink
from colophon_airflow.operators.failure import told, told_in_four_lines
from colophon_airflow.operators.task_log import summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.sdk import Context
    from airflow.sdk.definitions.mappedoperator import OperatorPartial

    from colophon.deliver import Port
    from colophon.errors import ColophonError
    from colophon.ledger import Ledger
    from colophon.staging import Batch
    from colophon_airflow.systems.trigger import SettledTrigger


class UseCaseOperator(BaseOperator):
    """An operator that acts for one use case: its DAG's, unless another is named."""

    ui_color = "#f4efe6"
    operator_extra_links: Sequence[BaseOperatorLink] = (DeskLink(),)
    system: ClassVar[str] = ""
    """Connection type of the system that it calls: its tasks share that system's pool, so that a slow one takes no others' slots."""
    mapped_by: ClassVar[Sequence[str]] = ("destination", "batch", "shard")
    """What a mapped task is called by: the first of these that it has."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Have errors of ours told in four lines, whichever operator they leave."""
        super().__init_subclass__(**kwargs)
        if "execute" in cls.__dict__:
            cls.execute = told(cls.__dict__["execute"])  # type: ignore[method-assign]  # the class is being made

    def __init__(self, *, use_case: str = "", **kwargs: Any) -> None:
        """:param use_case: such as `xconnector.metadata_syndication`; empty: the DAG's own."""
        super().__init__(**self._pooled(kwargs))
        self.use_case = use_case

    @classmethod
    def partial(cls, **kwargs: Any) -> "OperatorPartial":
        """As of every operator; mapped tasks take their pool from here."""
        return super().partial(**cls._pooled(kwargs))

    @classmethod
    def _pooled(cls, kwargs: dict[str, Any]) -> dict[str, Any]:
        return {"pool": cls.system, **kwargs} if cls.system else kwargs

    @property
    def use_case_id(self) -> str:
        """How the ledger names the use case; equal to the DAG's id."""
        return self.use_case.replace(".", "__") or self.dag_id

    @property
    def map_label(self) -> str:
        """How the UI names one of the mapped tasks of a step: its destination, or the name of its batch."""
        mapped = next((value for name in self.mapped_by if (value := getattr(self, name, None))), "")
        while isinstance(mapped, Mapping):  # a reference, or a shard of references
            mapped = mapped.get("uri") or next(iter(mapped.values()), "")
        # What was killed before it began has no value yet, but Airflow's place for one.
        return str(mapped).rpartition("/")[2].partition(".")[0] if isinstance(mapped, str | int) else ""

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: "Context") -> Any:
        """Go on after a wait.

        :raises WaitedTooLongError: no trigger ended it.
        """
        from airflow.sdk.exceptions import TaskDeferralTimeout

        from colophon.errors import WaitedTooLongError

        with told_in_four_lines(self, context):
            try:
                return super().resume_execution(next_method, next_kwargs, context)
            except TaskDeferralTimeout:
                raise WaitedTooLongError(
                    "nobody looked until the time limit of the wait; the ledger stands as it was", system="airflow"
                ) from None

    def pre_execute(self, context: "Context") -> None:  # noqa: ARG002 - Airflow's signature
        """Let Python look for cycles less often: records are many and have none (a twentieth of a large run's CPU time)."""
        gc.set_threshold(50_000, 20, 100)

    def stage(self, context: "Context", name: str, lines: Iterable[str]) -> "list[Batch]":
        """Stage lines in batches of the configured size, below a folder of this try. Memory stays at one batch."""
        left = iter(lines)
        return self.stage_batches(context, name, iter(lambda: list(islice(left, publisher_config().limits.batch_size)), []))

    def stage_batches(self, context: "Context", name: str, batches: Iterable[Iterable[str]], *, kind: str = "jsonl") -> "list[Batch]":
        """Stage batches of lines as they come, below a folder of this try; `kind` is how their files' names end."""
        staging, place = open_staging(), self._place(context, name)
        return [staging.write_lines(f"{place}-{number:05d}.{kind}", batch) for number, batch in enumerate(batches, start=1)]

    def stage_files(self, context: "Context", name: str, paths: "Iterable[Path]", *, kind: str = "jsonl") -> "list[Batch]":
        """Stage local files as they are, below a folder of this try; `count` of their references is 0."""
        staging, place = open_staging(), self._place(context, name)
        staged = []
        for number, path in enumerate(paths, start=1):
            with path.open("rb") as file:
                staged.append(staging.write_bytes(f"{place}-{number:05d}.{kind}", iter(partial(file.read, 1 << 20), b"")))
        return staged

    def _place(self, context: "Context", name: str) -> str:
        ti = context["ti"]
        run = "".join(c if c.isalnum() or c in "-_." else "_" for c in ti.run_id)
        place = f"{self.use_case_id}/{run_times(context).as_of:%Y-%m-%d}/{run}/{ti.try_number}/{name}"
        if ti.map_index is not None and ti.map_index >= 0:  # mapped tasks are many, and share run and try
            place += f"-{ti.map_index:04d}"
        return place


class DestinationOperator(UseCaseOperator):
    """An operator that acts for one destination of one use case."""

    template_fields: Sequence[str] = ("destination",)
    _is_sending = False

    def __init__(self, *, destination: str, **kwargs: Any) -> None:
        """:param destination: as planned in the ledger: a recipient, an audience, a portal."""
        super().__init__(**kwargs)
        self.destination = destination

    @property
    def names_its_own(self) -> bool:
        """Whether the use case itself has an exception for each delivery that did not arrive."""
        return False

    @property
    def remedies(self) -> Mapping[str, str]:
        """What the use case says of a delivery that did not arrive, by rule, where that is other than usual."""
        return {}

    def deliver(self, context: "Context", ledger: "Ledger", port: "Port") -> dict[str, int]:
        """Send what the ledger has waiting for the destination: claim, send, finish until nothing is left. Counts by result.

        Leftovers of an earlier run go too. Before it ends, the destination is checked: what was refused or left out is an
        exception, and an error that stopped the loop is raised; its results are kept.

        :raises TooManyRefusedError: more than the limit was refused. :raises HeldElsewhereError: another try has rows in hand.
        :raises LedgerRestoredError: the ledger is behind what it sent. :raises PutOffError: the system asked an earlier try to come later than now.
        """
        from colophon.deliver import check_lease, deliver
        from colophon.restored import leave_mark
        from colophon.unsettled import still_out, too_many_refused

        limits, place = publisher_config().limits, {"use_case": self.use_case_id, "destination": self.destination}
        check_lease(port, limits.lease_seconds)
        leave_mark(ledger, open_staging())
        self._is_sending = True
        try:
            done = deliver(ledger, port, **place, owner=owner_of(context), lease_s=limits.lease_seconds, sleep=environment.sleep)
        finally:
            self._is_sending = False
        unsettled = self.name_unsettled(ledger)
        summary(f"Delivered to {self.destination}", {**done.counts, "ledger": self.states(ledger), "unsettled": unsettled}, done.refusals)
        if problem := done.stopped_by or too_many_refused(done, self.destination, limits.refused_share) or still_out(ledger, **place):
            raise problem
        return dict(done.counts)

    def on_kill(self) -> None:
        """Somebody stops the task or its worker: the engine is interrupted, gives back what it has claimed, and a later try sends it."""
        if self._is_sending:
            raise SystemExit(f"stopped while it sent to {self.destination}; what was claimed waits for the next try")

    def name_unsettled(self, ledger: "Ledger", within: "timedelta | None" = None) -> dict[str, int]:
        """Exceptions for whatever of the destination is not settled; counts by state.

        :param within: how long a system may have something before it is late; None: that is for another step to say.
        """
        from colophon.unsettled import counted, name_unsettled

        if self.names_its_own:
            return counted(ledger.undelivered(self.use_case_id, self.destination))
        return counted(
            name_unsettled(
                ledger,
                self.use_case_id,
                self.destination,
                owner_of=partial(publisher_config().owners.of, use_case=self.use_case_id),
                remedies=self.remedies,
                taken_before=ledger.clock() - within if within else None,
                expected=f"delivered within {within.total_seconds() / 3600:g} h" if within else "",
            )
        )

    def states(self, ledger: "Ledger") -> dict[str, int]:
        """The destination's deliveries in the ledger, counted by state."""
        return ledger.counts(self.use_case_id, self.destination).get(self.destination, {})


class AwaitOperator(DestinationOperator):
    """Waits, without holding a worker, until nothing of ours is under way; then takes in what is known (`take_outcomes`).

    Returns the ledger's counts by state. What is not settled in time stays as it is, is an exception, and the next run looks again.
    """

    def within(self) -> "timedelta | None":
        """How long the system may have something before it is late; None: `take_outcomes` says what is."""
        return None

    @abstractmethod
    def trigger(self) -> "SettledTrigger | None":
        """What to wait with; None where nothing is under way."""

    @abstractmethod
    def take_outcomes(self, context: "Context", ledger: "Ledger") -> "OutcomeSummary":
        """Take in what is known now."""

    def execute(self, context: "Context") -> dict[str, int]:
        """Defer while something is under way."""
        if trigger := self.trigger():
            ends_in = datetime.fromisoformat(trigger.until) - environment.now()
            self.defer(trigger=trigger, method_name="collect", timeout=max(ends_in, timedelta()) + defer_grace())
        return self.collect(context)

    def collect(self, context: "Context", event: dict[str, Any] | None = None) -> dict[str, int]:
        """Called by the trigger's event, or at once."""
        from colophon.errors import ColophonError

        with open_ledger() as ledger:
            try:
                found = self.take_outcomes(context, ledger)
            except ColophonError as problem:
                found = OutcomeSummary({}, problem=problem)
            unsettled, states = self.name_unsettled(ledger, self.within()), self.states(ledger)
        late = "" if event is None or event.get("settled") else " (not all are settled; the next run looks again)"
        summary(f"Outcomes of {self.destination}{late}", {**found.counts, "ledger": states, "unsettled": unsettled}, found.details)
        if found.problem is not None:
            raise found.problem
        return states


class OutcomeSummary(NamedTuple):
    """What a look took in: counts, lines worth reading, and the error with which the task ends where there is one."""

    counts: Mapping[str, object]
    details: Sequence[str] = ()
    problem: "ColophonError | None" = None


def owner_of(context: Mapping[str, Any]) -> str:
    """Who holds a lease: this try of this task instance. For people reading the ledger; never part of an id."""
    ti = context["ti"]
    return f"{ti.dag_id}/{ti.run_id}/{ti.task_id}[{ti.map_index}] try {ti.try_number}"


def staged_lines(references: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of staged batches, one after the other. Raises StagingUnusableError where one is gone."""
    from colophon.staging import Batch

    staging = open_staging()
    for reference in references:
        yield from staging.read_lines(Batch.model_validate(reference))
