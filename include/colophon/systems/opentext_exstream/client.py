"""The verbs of Exstream (contract section 10): communications composed, batches submitted, what became of them read back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Literal, Self

from colophon import environment
from colophon.errors import BadConnectionError, BadShapeError, EffectUnknownError, FeatureMissingError, FixConfigurationError, NotFoundError
from colophon.http.auth import NoAuth
from colophon.http.checks import Check
from colophon.http.client import HttpClient
from colophon.http.operation import Operation
from colophon.http.response import Response
from colophon.systems.opentext_exstream import batches
from colophon.systems.opentext_exstream import operations as op
from colophon.systems.opentext_exstream.answers import check_asked, check_composed, check_success, data_of, outputs, records
from colophon.systems.opentext_exstream.checks import checks
from colophon.systems.opentext_exstream.csrf import CsrfExchange
from colophon.systems.opentext_exstream.design import Design
from colophon.systems.opentext_exstream.input_folder import InputFolder
from colophon.systems.opentext_exstream.jobs import Jobs
from colophon.systems.opentext_exstream.outcome_source import OutcomeSource
from colophon.systems.opentext_exstream.records import (
    Batch,
    BatchRef,
    Document,
    Domain,
    Driver,
    Instance,
    Job,
    MailEvent,
    Manifest,
    Outcome,
    Output,
    Recipient,
    Step,
    Unfit,
)
from colophon.systems.opentext_exstream.runtime import RuntimeVerbs
from colophon.systems.opentext_exstream.settings import SYSTEM, ExstreamSettings
from colophon.systems.opentext_exstream.tokens import token_source

Mime = Literal["application/pdf", "text/html", "application/vnd.exstream-empower"]


class ExstreamClient(RuntimeVerbs):
    """One domain of one tenant. Close it, or use it as a context manager."""

    def __init__(
        self,
        settings: ExstreamSettings,
        *,
        sleep: Callable[[float], None] = environment.sleep,
        random: Callable[[], float] = environment.random,
        clock: Callable[[], datetime] = environment.now,
        monotonic: Callable[[], float] = environment.monotonic,
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        """:param clock: aware UTC. :param monotonic: seconds, for the age of tokens.

        :param storage_options: what opens `input_location`, from the extra of `input_conn_id`.
        """
        self.settings, self.clock, self.sleep = settings, clock, sleep
        given: dict[str, Any] = {"system": SYSTEM, "sleep": sleep, "random": random, "clock": clock}
        self._tokens = HttpClient(settings.on_demand, NoAuth(), **given)
        auth = token_source(settings, self._tokens, monotonic=monotonic)
        self.http = HttpClient(settings.http, auth, **given)
        self._on_demand = HttpClient(settings.on_demand, auth, **given)
        self._design = Design(self.http, settings.extra.domain, clock=clock)
        self.jobs = Jobs(self.http, settings.extra, clock=clock, sleep=sleep)
        self.outcomes = OutcomeSource(self.http, settings.extra)
        self._csrf = CsrfExchange(self.http, is_on=settings.extra.csrf)
        is_directory = settings.extra.input_mode == "directory"
        self.folder = InputFolder(settings.extra.input_location, storage_options) if is_directory else None
        self._submit = op.submit(settings.extra.batch_path)
        self._is_right_domain = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        for http in (self.http, self._on_demand, self._tokens):
            http.close()

    def test(self) -> list[Check]:
        """Token, version, domain and its `production` flag, clock, what is missing."""
        return checks(self.http, self.settings.extra, self.domains, self.folder, clock=self.clock)

    def domains(self) -> list[Domain]:
        """All domains of the tenant (DOC)."""
        return records(Domain, self._data(self.http.call(op.DOMAINS, check=check_success), op.DOMAINS))

    def resolve(self, communication: str) -> Driver:
        """Id, data source and queues of an approved communication (DOC). Raises FixConfigurationError where something is missing."""
        return self._design.resolve(communication)

    def generate(self, communication: str, data: Mapping[str, Any], mime: Mime | None = None) -> list[Output]:
        """Compose one communication at once (DOC, class D).

        `Accept` selects the output, so it is `*/*` unless one type is asked for.

        :raises EffectUnknownError: the answer was lost. :raises ForbiddenError: the Empower user has no right.
        """
        self.guard()
        driver, extra = self.resolve(communication), self.settings.extra
        headers = {"communicationId": driver.communication_id, "driverDataSource": driver.dsn, "Accept": mime or "*/*"}
        if extra.empower:
            headers["empowerUser"] = f"{self.settings.login}@OAuthClients"
        return self._compose(op.GENERATE, data, headers, mime)

    def generate_by_channel(self, service: str, data: Mapping[str, Any], mime: Mime | None = None) -> list[Output]:
        """The same by a named channel (ASM, class D). Raises as `generate`."""
        self.guard()
        return self._compose(op.GENERATE_BY_CHANNEL, data, {"Accept": mime or "*/*"}, mime, service=service)

    def build_batch(self, document: Document, recipients: Sequence[Recipient]) -> tuple[list[Batch], list[Unfit]]:
        """Checked, numbered, split by `batch_customers` and `batch_bytes`; who is in no batch comes back with why."""
        extra = self.settings.extra
        return batches.build(document, recipients, most_customers=extra.batch_customers, most_bytes=extra.batch_bytes)

    def guard(self) -> None:
        """Whether the domain is there and `production` says the same on both sides; asked once.

        :raises BadConnectionError: it is not, or does not. Nothing was sent.
        """
        if not self._is_right_domain:
            extra = self.settings.extra
            found = next((domain for domain in self.domains() if domain.id == extra.domain), None)
            if found is None:
                raise BadConnectionError(f"the tenant has no domain {extra.domain}", system=SYSTEM)
            if found.production != extra.production:
                word = "a production domain" if found.production else "no production domain"
                raise BadConnectionError(f"{extra.domain} is {word}, and the connection says otherwise", system=SYSTEM)
            self._is_right_domain = True

    def check_queues(self, document: Document, batch: Sequence[Recipient]) -> None:
        """Whether the communication is approved and writes every queue that is asked for.

        :raises FixConfigurationError: names the queues that are missing.
        """
        missing = sorted({r.letter.delivery_preference for r in batch} - set(self.resolve(document.template).queues))
        if missing:
            raise FixConfigurationError(f"{document.template} writes no queue {', '.join(missing)}", system=SYSTEM)

    def submit_batch(self, service: str, batch: Batch) -> BatchRef:
        """Start a batch (path ASM, class C). The same call again is another mailing.

        :raises EffectUnknownError: the answer was lost; look with `find_job` before anything else.
        :raises FixConfigurationError: no flow is published on the channel.
        """
        self.guard()
        extra = self.settings.extra
        if self.folder:
            self.folder.drop(batch)  # its job is found by the manifest, later
            return BatchRef(())
        headers = {"Content-Type": "application/json", **({"externalId": batch.key} if extra.external_id else {}), **self._csrf.headers()}
        path = {"domain": extra.domain, "service": service}
        answer = self.http.call(self._submit, path=path, body=batch.content, headers=headers, subject=batch.key[:12], check=_check_started)
        if answer.status == 413:
            return BatchRef((), is_too_large=True)
        rows = records(Instance, data_of(answer, operation=self._submit.name, subject=batch.key[:12], channel=service))
        return BatchRef(tuple(dict.fromkeys(row.job_id for row in rows)), tuple(row.id for row in rows))

    def find_job(self, batch_key: str, since: datetime, service: str) -> BatchRef | None:
        """The jobs of a batch, None where it was not taken. Raises EffectUnknownError while a job cannot be explained."""
        return self.jobs.find_batch(batch_key, service, since)

    def get_job(self, job_id: str) -> Job:
        """One job (DOC). Raises NotFoundError for one that is not there (any more)."""
        return self.jobs.get(job_id)

    def iter_jobs(self, channel: str, day: date) -> Iterator[Job]:
        """Batch jobs of a channel from a day on (DOC)."""
        return self.jobs.iter_jobs(channel, day)

    def iter_steps(self, job_id: str) -> Iterator[Step]:
        """Steps of a job (DOC)."""
        return self.jobs.steps(job_id)

    def read_manifest(self, job_id: str) -> Manifest:
        """What a job composed (DOC, shape ASM).

        :raises EffectUnknownError: it is gone, or never was: nobody can know who got a letter.
        """
        try:
            return self.jobs.manifest(job_id)
        except NotFoundError:
            told = "the job's manifest is gone before it was read"
        raise EffectUnknownError(told, system=SYSTEM, operation="read_manifest", subject=job_id)

    def iter_events(self, since: datetime) -> Iterator[MailEvent]:
        """E-mail events (ASM: the vendor calls the route internal). Raises FeatureMissingError unless `eventmetrics` is on."""
        extra = self.settings.extra
        if not extra.eventmetrics or not extra.tenant:
            raise FeatureMissingError("e-mail events need eventmetrics and tenant", system=SYSTEM, operation=op.EVENTS.name)
        times: dict[str, str | int] = {"lastUpdateTimeStart": _z(since), "lastUpdateTimeEnd": _z(self.clock())}
        answer = self.http.call(op.EVENTS, path={"tenant": extra.tenant, "domain": extra.domain}, query={"connectorType": "OTN", **times})
        if answer.status >= 300:
            self._data(answer, op.EVENTS)
        yield from records(MailEvent, answer.json())

    def iter_outcomes(self, after: int) -> Iterator[Outcome]:
        """EXT: outcomes and responses after a position of the feed."""
        return self.outcomes.feed(after)

    def parse_callback(self, headers: Mapping[str, str], body: bytes) -> Outcome:
        """EXT: a signed callback. Raises ForgedError or InvalidError."""
        return self.outcomes.callback(headers, body, now=self.clock())

    def _compose(
        self, operation: Operation, data: Mapping[str, Any], headers: Mapping[str, str], mime: Mime | None, *, service: str = ""
    ) -> list[Output]:
        path = {"domain": self.settings.extra.domain, **({"service": service} if service else {})}
        headers = {**headers, **self._csrf.headers()}
        answer = self._on_demand.call(
            operation, path=path, json=data, headers=headers, check=partial(check_asked, mime=mime) if mime else check_composed
        )
        if mime and answer.status < 300 and answer.media_type == mime:
            return [Output(answer.content, mime)]
        return outputs(data_of(answer, operation=operation.name, channel=service))

    def _data(self, answer: Response, operation: Operation) -> Any:
        return data_of(answer, operation=operation.name)


def _check_started(answer: Response) -> None:
    """A 2xx counts only with the ids of what was started."""
    check_success(answer)
    if answer.status < 300 and not records(Instance, data_of(answer, operation=op.SUBMIT.name)):
        raise BadShapeError("the answer names no flow instance", system=SYSTEM, operation=op.SUBMIT.name)


def _z(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
