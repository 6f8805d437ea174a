"""Rendered files in the video library: a record for each, on hold until its newest specification is finished, and its content."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.http.jsontext import write_json
from colophon.ledger import Intent
from colophon.systems.bytenite.mapping import video_id
from colophon.systems.bytenite.outputs import MediaOutputs
from colophon.systems.bytenite.port import VERB
from colophon.use_cases.bytenite.media_assets import address
from colophon.use_cases.bytenite.media_orders import Wish, lacks, spec_of

LIBRARY = "video-library"


def records_of(
    wishes: Iterable[Wish],
    given: Sequence[MediaOutputs],
    context: DecisionContext,
    *,
    use_case: str,
) -> Plan:
    """Record and content of every wish whose job has given something; a record of what is replaced or withdrawn is on hold.

    No platform shows an old cut while the new one renders. Where and when it may be shown is for the video library's rules (BN-4).
    """
    plan, outputs = Plan(judged={LIBRARY: []}, settled={LIBRARY: []}), {each.subject: each for each in given}
    for wish in wishes:
        found = outputs.get(wish.subject)
        subjects = {verb: f"{wish.subject}/{verb}" for verb in ("video", "content")}
        plan.judged[LIBRARY] += subjects.values()
        if found is None or found.main is None or not context.config.media.outputs_url:
            plan.settled[LIBRARY] += subjects.values()
            continue
        is_current = not wish.ended and (bool(lacks(wish)) or spec_of(wish).key == found.key)
        isbn = wish.product.isbn13 or ""
        plan.intents.append(_intent(wish.subject, isbn, "video", {**record(wish), "onHold": not is_current}, context, use_case))
        if is_current:
            content = {
                "videoId": video_id(wish.subject), "version": found.key[:12], "sha256": found.main.sha256, "bytes": found.main.bytes,
                "mediaType": found.main.media_type, "sourceUrl": address(found.main, found, context.config.media),
                "thumbnailUrl": address(found.poster, found, context.config.media) if found.poster else None,
            }  # fmt: skip
            plan.intents.append(_intent(wish.subject, isbn, "content", content, context, use_case))
        else:
            plan.settled[LIBRARY].append(subjects["content"])
    return plan


def record(wish: Wish) -> dict[str, Any]:
    """What the record says that is made here; all else about the title is its own use case's."""
    product = wish.product
    return {
        "externalId": wish.subject,
        "kind": wish.template.kind,
        "title": f"{product.title[:150]}: {wish.name.replace('_', ' ')}",
        "workId": product.work_id,
        "isbns": [product.isbn13],
        **({"publicationDate": product.publication_on.isoformat()} if product.publication_on else {}),
    }


def _intent(subject: str, isbn: str, verb: str, content: Mapping[str, Any], context: DecisionContext, use_case: str) -> Intent:
    return Intent(
        use_case=use_case,
        destination=LIBRARY,
        subject=f"{subject}/{verb}",
        delivery_class="A",
        content=write_json(dict(content)),
        media_type="application/json",
        as_of=context.as_of,
        labels={VERB: verb, "isbn": isbn},
    )
