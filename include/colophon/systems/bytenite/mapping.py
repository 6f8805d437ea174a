"""Wire to records and back: pure functions."""

from datetime import datetime
from itertools import product
from typing import Any

from pydantic import BaseModel

from colophon.domain.identifiers import named_uuid
from colophon.errors import BadConnectionError, BadShapeError
from colophon.http.shapes import Shapes
from colophon.systems.bytenite.job_records import Endpoint, Job, JobSpec, JobStatus, Phase
from colophon.systems.bytenite.records import Rule, Rules, Video, VideoRecord
from colophon.systems.bytenite.settings import Extra

NEW = "JOB_STATE_NEW"
_TYPE = "type.googleapis.com/bytenite.data_source."
_ABORTED = ("ABORT", "CANCEL")
_FAILED = ("TIMEOUT", "EXPIRED")
_shapes = Shapes("bytenite")
read, member, rows = _shapes.read, _shapes.member, _shapes.rows


def job_id(spec: JobSpec) -> str:
    """The same work has the same id, whoever asks for it; a further attempt is another job."""
    again = f"#{spec.attempt}" if spec.attempt > 1 else ""
    return named_uuid(f"media:{spec.key}{again}")


def video_id(external_id: str) -> str:
    """Id of a video by our own name for it."""
    return named_uuid(f"video:{external_id}")


def job_to_wire(spec: JobSpec, extra: Extra) -> dict[str, Any]:
    """Body of a new job.

    :raises BadConnectionError: the connection has no template for this kind.
    """
    if spec.kind not in extra.templates:
        raise BadConnectionError(f"templates of the connection has none for {spec.kind}", system="bytenite", operation="create_job")
    return {
        "templateId": extra.templates[spec.kind],
        "jobId": job_id(spec),
        "name": spec.name,
        "dataSource": endpoint_to_wire(spec.source, extra),
        "dataDestination": endpoint_to_wire(spec.destination, extra),
        "params": params_to_wire(spec),
        "config": config_to_wire(spec, extra),
    }


def params_to_wire(spec: JobSpec) -> dict[str, Any]:
    """Parameters of all three stages."""
    return {stage: dict(spec.params.get(stage, {})) for stage in ("partitioner", "app", "assembler")}


def config_to_wire(spec: JobSpec, extra: Extra) -> dict[str, Any]:
    """Time limits; the connection's where the job has none of its own."""
    return {
        "taskTimeout": spec.task_timeout or extra.task_timeout,
        "jobTimeout": spec.job_timeout or extra.job_timeout,
        "isTestJob": False,
    }


def endpoint_to_wire(end: Endpoint, extra: Extra) -> dict[str, Any]:
    """A data descriptor; `store` is the cloud that the connection names."""
    descriptor = extra.storage_descriptor if end.descriptor == "store" else end.descriptor
    if descriptor in {"bucket", "bypass"}:
        return {"dataSourceDescriptor": descriptor}
    if descriptor == "url":
        params = {"@type": f"{_TYPE}HttpDataSource", "url": end.url, **({"name": end.name} if end.name else {})}
    elif descriptor == "file":
        params = {"@type": f"{_TYPE}LocalFileDataSource", "name": end.name or end.path.rpartition("/")[2]}
    else:
        given = {
            "name": end.name,
            "bucketName": end.bucket_name,
            "cloudRegion": end.cloud_region,
            "secret_id": end.secret_id or extra.secret_id,
        }
        params = {"@type": f"{_TYPE}S3DataSource", **{name: value for name, value in given.items() if value}}
    return {"dataSourceDescriptor": descriptor, "params": params}


def job_of(body: object, wanted: str) -> Job:
    """The job in an answer.

    :raises BadShapeError: it is another one, or of another shape.
    """
    inner = member(body, "job")
    if not isinstance(inner, dict):
        raise BadShapeError("job of the answer is no object", system="bytenite")
    found = read(Job, inner)
    if found.id != wanted:
        raise BadShapeError("the answer is about another job", system="bytenite")
    return found


def status_of(job: Job) -> JobStatus:
    """How far a job is. Only a state that is known to be good is success; an unknown one that has ended is a failure (ASM)."""
    word = job.state.upper()
    phase: Phase
    if word.endswith(("COMPLETE", "COMPLETED")):
        phase = "succeeded"
    elif any(part in word for part in _ABORTED):
        phase = "aborted"
    elif word.endswith("FAILED") or any(part in word for part in _FAILED) or job.ended_at is not None:
        phase = "failed"
    else:
        phase = "queued" if job.state == NEW else "running"
    error = (job.error_message or f"ended as {job.state}") if phase in {"failed", "aborted"} else ""
    return JobStatus(phase, job.state, error, job.state_timestamps.get(job.state) or job.ended_at or job.started_at or job.created_at)


def to_wire(record: BaseModel) -> dict[str, Any]:
    """A record as JSON, all its members."""
    return record.model_dump(mode="json", by_alias=True)


def given_members(record: VideoRecord) -> dict[str, Any]:
    """The members of a video that we were given; the others stay as they are."""
    return record.model_dump(mode="json", by_alias=True, exclude_unset=True)


def is_same(record: VideoRecord, kept: Video) -> bool:
    """Whether the library has what we would send; an empty list and nothing are one."""
    theirs = kept.model_dump(mode="json", by_alias=True)
    return all((theirs.get(name) or None) == (value or None) for name, value in given_members(record).items())


def is_allowed(rules: Rules | None, channel: str, territory: str, at: datetime) -> tuple[bool, str]:
    """Whether a placement may run at a moment, and the reason of the rule that says so. Deny beats allow; no rule is deny."""
    fitting = [rule for rule in (rules.rules if rules else ()) if _fits(rule, channel, territory, at)]
    deciding = next((rule for rule in fitting if rule.effect == "deny"), fitting[0] if fitting else None)
    if deciding is None:
        return False, "no rule allows it"
    return deciding.effect == "allow", deciding.reason or "rule"


def _fits(rule: Rule, channel: str, territory: str, at: datetime) -> bool:
    is_open = (rule.starts is None or rule.starts <= at) and (rule.until is None or at <= rule.until)
    return is_open and channel in rule.channels and territory in rule.territories


def narrowed(old: Rules, new: Rules, revision: int) -> Rules:
    """What both allow: sent before the new rules, so that closing is never later than opening, and nothing closes that stays allowed."""
    pairs = product(*([rule for rule in rules.rules if rule.effect == "allow"] for rules in (old, new)))
    allowed = [both for mine, theirs in pairs if (both := _both(mine, theirs))]
    denied = {rule.rule_id: rule for rule in (*old.rules, *new.rules) if rule.effect == "deny"}
    return Rules(revision=revision, rules=(*allowed, *_renamed(list(denied.values()), {rule.rule_id for rule in allowed})))


def _both(one: Rule, other: Rule) -> Rule | None:
    """What two rules allow both; None where that is nothing."""
    if one == other:
        return one
    starts = max(filter(None, (one.starts, other.starts)), default=None)
    until = min(filter(None, (one.until, other.until)), default=None)
    territories = tuple(place for place in one.territories if place in other.territories)
    channels = tuple(channel for channel in one.channels if channel in other.channels)
    if not territories or not channels or (starts and until and starts > until):
        return None
    changes = {"rule_id": f"{one.rule_id}+{other.rule_id}", "territories": territories, "channels": channels}
    return other.model_copy(update={**changes, "starts": starts, "until": until})


def _renamed(rules: list[Rule], taken: set[str]) -> list[Rule]:
    return [rule.model_copy(update={"rule_id": f"{rule.rule_id}-deny"}) if rule.rule_id in taken else rule for rule in rules]
