"""How the delivery engine talks to OpenText Push: one alert to one person goes as one file to all of the person's devices.

File and refs follow from the delivery alone, so a repeat after a crash sends under the same id, whatever devices the person
has by then.
"""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import ValidationError

from colophon.config.wording import as_text_message
from colophon.domain.delivery import Delivery, Verdict
from colophon.domain.person import WhyNot
from colophon.errors import (
    BadRecordError,
    BadShapeError,
    ColophonError,
    GoneError,
    RefusedError,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
    WrongAddressError,
)
from colophon.http.jsontext import read_json
from colophon.systems.opentext_push import fcm, operations
from colophon.systems.opentext_push.client import NO_JOB, PushClient
from colophon.systems.opentext_push.directory import RecipientDirectory
from colophon.systems.opentext_push.outcomes import ref_of
from colophon.systems.opentext_push.records import Alert, Message, PushFile, Sent, Submitted, Target
from colophon.systems.opentext_push.sending import send_file

MANY, CHANNEL = ",", ":"
"""A remote id names the jobs of a delivery, and the channel where it is not push: `usmr-1,usmr-2`, `sms:xsi-1`."""
_EARLY = timedelta(hours=1)
_DEVICES = ("token", "topic")
_BARRED = {WhyNot.LEFT: "the person has left", WhyNot.OPTED_OUT: "the person has opted out"}


class PushPort:
    """A `deliver.Port`. The content of a delivery is an `Alert` as JSON."""

    batch = 1
    settle_s = 0.0

    def __init__(self, client: PushClient, directory: RecipientDirectory) -> None:
        """:param directory: who has which devices, asked when a delivery goes."""
        self.client, self._directory = client, directory
        self.longest_s = client.settings.http.budget_s
        self.delivery_class = str((fcm.SEND if client.direct else operations.submit_with(client.settings.extra)).writes)
        self._is_there = False

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        """One verdict for each delivery. Raises what the client raises: then nothing of the delivery was taken for sure."""
        self._ask_first()
        try:
            return [self._send(delivery) for delivery in deliveries]
        except ColophonError:
            self._is_there = False
            raise

    def _ask_first(self) -> None:
        """In class D a message to a system in trouble may never be sent again, so that a question goes before the first one.

        And before the next one after trouble. Raises TransportError: no answer of use; nothing was sent.
        """
        if self._is_there or self.delivery_class != "D" or self.client.direct:
            return
        try:
            self.client.get_status(NO_JOB)
        except (ServerError, UnexpectedAnswerError) as problem:
            sentence = "the system does not answer a question, and so was sent no message"
            raise TransportError(sentence, system="opentext_push", operation="submit", evidence=problem.evidence) from problem
        except (RefusedError, WrongAddressError):  # it answers; the path of the status is an assumption
            pass
        self._is_there = True

    def read_back(self, delivery: Delivery) -> Verdict | None:
        """The system cannot be asked by our reference: None, and the same id goes again, while it is sure to be known."""
        if not self._is_id_forgotten(delivery):
            return None
        detail = "an earlier try may have been taken, and the system may have forgotten the id"
        return Verdict(delivery.id, "unknown", code="unknown.effect", detail=detail)

    def _send(self, delivery: Delivery) -> Verdict:
        try:
            alert = alert_of(delivery)
        except BadRecordError as problem:
            return Verdict(delivery.id, "refused", code=problem.code, detail=problem.sentence)
        if settled := self.read_back(delivery) or self._barred(delivery.id, alert):
            return settled
        targets = self._targets(alert)
        devices = [target for target in targets if target.kind in _DEVICES]
        if not devices:
            return self._send_otherwise(delivery, alert, targets)
        messages = [_message(ref_of(delivery.id, n, len(devices)), alert, target) for n, target in enumerate(devices, 1)]
        file = self.client.build_file(messages, delivery.use_case, "", identity=delivery.id)
        sent = send_file(self.client, file)
        if self.client.direct is None:
            return _verdict(delivery.id, sent)
        if self._retire(file, sent) < len(devices):
            return _verdict(delivery.id, sent, taken="sent")
        return self._send_otherwise(delivery, alert, targets)

    def _retire(self, file: PushFile, sent: Sent) -> int:
        """Retire the devices that Google called gone; how many. A message found faulty says nothing of its device."""
        gone = {ref for ref, problem in sent.refused if isinstance(problem, GoneError)}
        for message in file.messages:
            if message.ref in gone:
                self._directory.retire(message.target.value, "device_gone", self.client.clock())
        return len(gone)

    def _is_id_forgotten(self, delivery: Delivery) -> bool:
        """No repeat within the last hour of the time for which the vendor keeps ids, nor after it."""
        if delivery.tried_at is None:
            return False
        return self.client.clock() - delivery.tried_at > timedelta(hours=self.client.settings.extra.dedupe_hours) - _EARLY

    def _barred(self, delivery_id: str, alert: Alert) -> Verdict | None:
        """What was planned before somebody left or opted out is not sent."""
        why = self._directory.person(alert.person).barred(self.client.clock().date()) if alert.person else None
        return Verdict(delivery_id, "skipped", code=why, detail=_BARRED[why]) if why else None

    def _targets(self, alert: Alert) -> Sequence[Target]:
        if alert.topic:
            return [Target("topic", alert.topic)]
        targets = self._directory.resolve(alert.person)
        is_told = alert.address and all(target.kind != "email" for target in targets)
        return [*targets, Target("email", alert.address)] if is_told else targets

    def _send_otherwise(self, delivery: Delivery, alert: Alert, targets: Sequence[Target]) -> Verdict:
        """By the fallback channel, for a person without a live device."""
        channel = self.client.settings.extra.fallback_channel
        target = next((target for target in targets if target.kind == channel), None)
        if target is None:
            return Verdict(delivery.id, "skipped", code="no_device", detail="the person has no live device and no fallback")
        message_id = self.client.build_file((), delivery.use_case, channel, identity=delivery.id).message_id
        named = {"message_id": message_id, "use_case": delivery.use_case}
        try:
            if target.kind == "sms":
                words = as_text_message(alert.sms or f"{alert.title}: {alert.body}")
                taken = self.client.submit_sms(delivery.id, target.value, words, **named)
            else:
                taken = self.client.submit_email(delivery.id, target.value, alert.email_subject or alert.title, _letter(alert), **named)
        except RefusedError as problem:
            return Verdict(delivery.id, "refused", code=problem.code, detail=f"{problem.sentence} {problem.evidence}".strip())
        return _taken(delivery.id, (taken,), f"{channel}{CHANNEL}")


def alert_of(delivery: Delivery) -> Alert:
    """The alert that a delivery holds.

    :raises BadRecordError: it holds none, or one to nobody; names members, never what stands in them.
    """
    try:
        alert = Alert.model_validate(read_json(delivery.content))
    except ValidationError as problem:
        places = sorted({str(error["loc"][0]) for error in problem.errors(include_input=False) if error["loc"]})
    except BadShapeError:
        places = []
    else:
        if bool(alert.person) != bool(alert.topic):
            return alert
        places = ["person", "topic"]
    sentence = f"the delivery's content is no alert: {', '.join(places) or 'not JSON'}"
    raise BadRecordError(sentence, system="opentext_push", subject=delivery.subject)


def is_reachable(targets: Sequence[Target], fallback: str) -> bool:
    """Whether a person with these targets can be told anything: by a device, or by the connection's fallback channel."""
    return any(target.kind in {*_DEVICES, fallback} for target in targets)


def jobs_of(remote_id: str) -> tuple[str, list[str]]:
    """Channel and job ids of a remote id."""
    channel, _, jobs = remote_id.rpartition(CHANNEL)
    return channel or "push", [job for job in jobs.split(MANY) if job]


def _message(ref: str, alert: Alert, target: Target) -> Message:
    return Message(
        ref,
        target,
        title=alert.title,
        body=alert.body,
        data=alert.data,
        image=alert.image,
        ttl_s=alert.ttl_s,
        priority="high" if alert.pipeline else "normal",
        collapse_key=alert.collapse_key,
        link=alert.link,
        analytics_label=alert.analytics_label,
    )


def _letter(alert: Alert) -> str:
    return "\n\n".join(filter(None, (alert.email_body or alert.body, alert.link)))


def _verdict(delivery_id: str, sent: Sent, taken: str = "accepted") -> Verdict:
    """Taken if one message of it was; what was refused beside it is told. `taken: sent` where no status will follow."""
    problems = [f"{refused.ref}: {refused.problem.sentence} {refused.problem.evidence}".strip() for refused in sent.refused]
    problems += [f"{ref}: nobody can know whether it went" for ref in sent.unknown]
    if sent.jobs and taken == "sent":
        return Verdict(delivery_id, "sent", detail="; ".join([*(job.job_id for job in sent.jobs), *problems]))
    if sent.jobs:
        return _taken(delivery_id, sent.jobs, "", "; ".join(problems))
    code = sent.refused[0].problem.code if sent.refused else "refused"
    return Verdict(delivery_id, "refused", code=code, detail="; ".join(problems))


def _taken(delivery_id: str, jobs: Sequence[Submitted], prefix: str, detail: str = "") -> Verdict:
    """Accepted; or, where the system knows the id and has forgotten the job, sent without a status to come."""
    ids = [job.job_id for job in jobs if job.job_id]
    if not ids:
        return Verdict(delivery_id, "sent", code="status_lost", detail=detail or "the system has forgotten the job")
    return Verdict(delivery_id, "accepted", f"{prefix}{MANY.join(ids)}", detail=detail)
