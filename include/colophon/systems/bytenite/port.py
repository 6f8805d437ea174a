"""How the delivery engine talks to ByteNite and the video library: ledger deliveries out, verdicts back."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from colophon.domain.delivery import Delivery, Verdict
from colophon.errors import BadRecordError, FeatureMissingError, InvalidError, NotFoundError, RefusedError
from colophon.http.jsontext import read_json
from colophon.systems.bytenite import operations as op
from colophon.systems.bytenite.client import ByteNiteClient
from colophon.systems.bytenite.job_records import STOP, JobSpec, JobStatus
from colophon.systems.bytenite.library import NO_LIBRARY
from colophon.systems.bytenite.mapping import is_same, job_id, narrowed, video_id
from colophon.systems.bytenite.outcomes import CONTENT, UNPUBLISHED
from colophon.systems.bytenite.records import VERB, Content, Placement, Rule, Rules, VideoRecord, Wanted

MOST_REMOTE_ID = 200
_R = TypeVar("_R", bound=BaseModel)


class MediaJobPort:
    """A `deliver.Port`. The content of a delivery is a `JobSpec` as JSON; without a `key` the delivery's id is its key.

    A delivery that is sent again after its job failed becomes the next attempt, at most `max_attempts`.
    """

    delivery_class = op.JOB_CLASS
    batch = 1

    def __init__(self, client: ByteNiteClient) -> None:
        self.client = client
        self.settle_s = client.settings.http.settle_s
        self.longest_s = client.settings.http.budget_s

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        """One job for each delivery; its verdict is `accepted`, and what becomes of it is for the await step.

        A delivery that stops a job is `confirmed`: the job itself is aborted where outcomes are collected.
        """
        return [self._stopped(delivery) or self._submitted(delivery) for delivery in deliveries]

    def read_back(self, delivery: Delivery) -> Verdict | None:
        """The delivery's job, None where it was never started; `refused` where no attempt is left."""
        if stopped := self._stopped(delivery):
            return stopped
        try:
            spec, status = self._attempt(delivery)
        except (InvalidError, BadRecordError) as problem:
            return Verdict(delivery.id, "refused", code=problem.code, detail=problem.sentence)
        started = status is not None and status.phase != "queued"
        return Verdict(delivery.id, "accepted", job_id(spec)) if started else None

    def _submitted(self, delivery: Delivery) -> Verdict:
        return Verdict(delivery.id, "accepted", self.client.jobs.submit(self._attempt(delivery)[0]))

    @staticmethod
    def _stopped(delivery: Delivery) -> Verdict | None:
        return Verdict(delivery.id, "confirmed") if STOP in _object(delivery) else None

    def _attempt(self, delivery: Delivery) -> tuple[JobSpec, JobStatus | None]:
        """The first attempt that has not failed, with the state of its job."""
        content = _object(delivery)
        spec = _read(JobSpec, {"key": delivery.id, **content}, delivery)
        for number in range(spec.attempt, max(self.client.settings.extra.max_attempts, spec.attempt) + 1):
            tried = spec.model_copy(update={"attempt": number})
            try:
                status = self.client.jobs.status(job_id(tried))
            except NotFoundError:
                return tried, None
            if status.phase not in {"failed", "aborted"}:
                return tried, status
        raise InvalidError("all attempts of this job failed", system="bytenite", operation="submit", subject=delivery.subject)


class LibraryPort:
    """A `deliver.Port`. The label `verb` says what a delivery does, its content what with.

    video      members of a `VideoRecord`
    content    `videoId` and members of a `Content`
    rules      `videoId` and `rules`; the ledger's revision becomes the library's, lifted by `base` where others gave it revisions
    publish    `videoId` and `placements`
    unpublish  `videoId`, `placementIds` (all where it is absent) and `reason`
    archive    `videoId`

    The delivery's id is the `requestId`. Where there is no library, everything is skipped with `no_library`.
    """

    delivery_class = str(op.PUBLISH.writes)
    batch = 200
    settle_s = 0.0

    def __init__(self, client: ByteNiteClient) -> None:
        self.library = client.library
        self.longest_s = client.settings.http.budget_s

    def send(self, deliveries: Sequence[Delivery]) -> list[Verdict]:
        """One verdict for each delivery, one call after the other; one that is refused stops no other.

        What takes down goes first, then records and rules, and what publishes goes last. An error that concerns all is raised;
        what was sent before it is sent again under the same keys.
        """
        if not self._is_there:
            told = "there is no video library; nothing was sent"
            return [Verdict(delivery.id, "skipped", code=NO_LIBRARY, detail=told) for delivery in deliveries]
        return [self._one(delivery) for delivery in sorted(deliveries, key=_turn)]

    def read_back(self, delivery: Delivery) -> Verdict | None:
        """What the library holds of this delivery; None where that cannot be told, and the same key simply goes again."""
        if delivery.labels.get(VERB) != "video":
            return None
        record = _read(VideoRecord, _object(delivery), delivery)
        try:
            kept = self.library.get_video(video_id(record.external_id))
        except NotFoundError:
            return None
        return Verdict(delivery.id, "confirmed", f"video:{kept.video_id}") if is_same(record, kept) else None

    @cached_property
    def _is_there(self) -> bool:
        try:
            self.library.info()
        except FeatureMissingError:
            return False
        return True

    def _one(self, delivery: Delivery) -> Verdict:
        try:
            verb = _VERBS.get(delivery.labels.get(VERB, ""))
            if verb is None:
                raise BadRecordError("the delivery's label `verb` is not one of the library's", system="bytenite", subject=delivery.subject)
            return verb(self, delivery, _object(delivery))
        except RefusedError as problem:
            detail = f"{problem.sentence} {problem.evidence}".strip()
            return Verdict(delivery.id, "refused", code=problem.code, detail=detail)

    def _video(self, delivery: Delivery, content: dict[str, Any]) -> Verdict:
        record = _read(VideoRecord, content, delivery)
        self.library.upsert_video(record)
        return Verdict(delivery.id, "confirmed", f"video:{video_id(record.external_id)}")

    def _content(self, delivery: Delivery, content: dict[str, Any]) -> Verdict:
        wanted = _id(content, delivery)
        video = self.library.set_content(wanted, _read(Content, content, delivery))
        return Verdict(delivery.id, CONTENT.get(video.status, "accepted"), f"content:{wanted}", detail=video.status_reason or "")

    def _rules(self, delivery: Delivery, content: dict[str, Any]) -> Verdict:
        """Narrowed first, then the new ones. Each ledger revision is two at the library, so that both have one of their own."""
        wanted, final = _id(content, delivery), int(content.get("base", 0)) + 2 * delivery.revision
        new = Rules(revision=final, rules=tuple(_read(Rule, rule, delivery) for rule in content.get("rules", ())))
        old = self.library.get_rules(wanted)
        if old is not None and old.revision < final - 1:
            self.library.set_rules(wanted, narrowed(old, new, final - 1))
        changed = self.library.set_rules(wanted, new)
        return Verdict(delivery.id, "confirmed", f"rules:{wanted}", detail=f"{len(changed.closed)} placements closed")

    def _publish(self, delivery: Delivery, content: dict[str, Any]) -> Verdict:
        wanted = _id(content, delivery)
        placements = [_read(Wanted, placement, delivery) for placement in content.get("placements", ())]
        if not placements:
            raise BadRecordError("the delivery has no placements", system="bytenite", subject=delivery.subject)
        found = self.library.publish(wanted, placements, delivery.id)
        remote = _remote_id("publish", wanted, found)
        if all(placement.state == "BLOCKED" for placement in found):
            return Verdict(delivery.id, "skipped", remote, "blocked", _reasons(found))
        return Verdict(delivery.id, "accepted", remote)

    def _unpublish(self, delivery: Delivery, content: dict[str, Any]) -> Verdict:
        wanted, reason = _id(content, delivery), str(content.get("reason") or "taken down")
        found = self.library.unpublish(wanted, content.get("placementIds"), reason=reason, request_id=delivery.id)
        is_down = all(UNPUBLISHED.get(placement.state) == "confirmed" for placement in found)
        return Verdict(delivery.id, "confirmed" if is_down else "accepted", _remote_id("unpublish", wanted, found))

    def _archive(self, delivery: Delivery, content: dict[str, Any]) -> Verdict:
        wanted = _id(content, delivery)
        self.library.archive(wanted)
        return Verdict(delivery.id, "confirmed", f"archive:{wanted}")


_VERBS: dict[str, Callable[[LibraryPort, Delivery, dict[str, Any]], Verdict]] = {
    "unpublish": LibraryPort._unpublish,  # noqa: SLF001 - the class's own methods
    "archive": LibraryPort._archive,  # noqa: SLF001 - as above
    "video": LibraryPort._video,  # noqa: SLF001 - as above
    "content": LibraryPort._content,  # noqa: SLF001 - as above
    "rules": LibraryPort._rules,  # noqa: SLF001 - as above
    "publish": LibraryPort._publish,  # noqa: SLF001 - as above
}
"""What each verb does, in the order in which they go."""


def _turn(delivery: Delivery) -> int:
    verb = delivery.labels.get(VERB, "")
    return list(_VERBS).index(verb) if verb in _VERBS else len(_VERBS)


def _remote_id(verb: str, video: str, placements: Sequence[Placement]) -> str:
    """Verb, video and placements; too many placements stand for themselves as all of the video."""
    full = f"{verb}:{video}:{','.join(placement.placement_id for placement in placements)}"
    return full if len(full) <= MOST_REMOTE_ID else f"{verb}:{video}:"


def _reasons(placements: Sequence[Placement]) -> str:
    return ", ".join(sorted({placement.reason or "no reason given" for placement in placements}))


def _object(delivery: Delivery) -> dict[str, Any]:
    content = read_json(delivery.content)
    if not isinstance(content, dict):
        raise BadRecordError("the delivery's content is no JSON object", system="bytenite", subject=delivery.subject)
    return content


def _id(content: dict[str, Any], delivery: Delivery) -> str:
    found = content.get("videoId")
    if not isinstance(found, str) or not found:
        raise BadRecordError("the delivery names no videoId", system="bytenite", subject=delivery.subject)
    return found


def _read(shape: type[_R], content: object, delivery: Delivery) -> _R:
    try:
        return shape.model_validate(content)
    except ValidationError as problem:
        places = sorted({"/".join(str(part) for part in error["loc"]) for error in problem.errors(include_input=False)})
    raise BadRecordError(
        f"the content is no {shape.__name__}", system="bytenite", subject=delivery.subject, evidence=", ".join(places[:10])
    )
