"""Jobs: what is to be made is ordered by its specification; jobs run, and their outputs are copied before their links expire.

    spec = specification("trailer", source, {"app": {"title": "..."}}, name="9781999000004 trailer")
    plan.intents.append(order("isbn:9781999000004/trailer", spec, context, use_case=CASE.id))

The same specification is no second job, whoever asks and however often; another input is another job. What was ordered and is
no longer wanted is withdrawn like any other delivery; a job that failed is the next attempt of the same one.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.domain.delivery import Intent
from colophon.http.jsontext import write_json
from colophon.systems.bytenite.job_records import STOP, Endpoint, JobSpec
from colophon.systems.bytenite.operations import JOB_CLASS

JOBS = "jobs"
"""The destination of orders."""


def specification(kind: str, source: Endpoint, params: Mapping[str, Mapping[str, Any]], *, name: str) -> JobSpec:
    """A job by what is to be made of what: its key is the digest of these, and not of its `name`, which is for people."""
    told = write_json({"kind": kind, "source": _what(source), "params": {part: dict(values) for part, values in params.items()}})
    return JobSpec(key=hashlib.sha256(told).hexdigest()[:32], kind=kind, name=name, source=source, params=params)


def order(subject: str, spec: JobSpec, context: DecisionContext, *, use_case: str) -> Intent:
    """A job as a delivery; its subject is what it is for, in the words of `judged`."""
    return _intent(subject, spec.model_dump(mode="json"), {"kind": spec.kind, "title": spec.name[:200]}, context, use_case)


def stop(subject: str, reason: str, context: DecisionContext, *, use_case: str) -> Intent:
    """That nobody wants the job of a subject any more: what renders is aborted, and what is there is withdrawn."""
    return _intent(subject, {STOP: reason}, {STOP: reason[:200]}, context, use_case)


def _intent(subject: str, content: Mapping[str, Any], labels: Mapping[str, str], context: DecisionContext, use_case: str) -> Intent:
    return Intent(
        use_case=use_case,
        destination=JOBS,
        subject=subject,
        delivery_class=JOB_CLASS,
        content=write_json(dict(content)),
        media_type="application/json",
        as_of=context.as_of,
        labels=labels,
    )


def _what(source: Endpoint) -> dict[str, str]:
    """What a source is: a file by its hash, for it may lie elsewhere tomorrow; anything else by all that names it."""
    told: dict[str, str] = source.model_dump(mode="json")
    return {"sha256": source.sha256} if source.sha256 else told
