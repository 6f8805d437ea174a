"""What others hear of rendered files: a record and the content in the video library, an asset of the title in Consonance.

A record is on hold until its newest specification is finished. A video is one asset of its title: where bytenite__video_assets has told it from the
library, ours is withdrawn.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.ids import VIDEO_ASSETS
from colophon.blocks.jobs import JOBS
from colophon.config import Config
from colophon.config.media import Media
from colophon.config.videos import VideoMetadata
from colophon.domain.delivery import HistoryRow, Intent
from colophon.http.jsontext import write_json
from colophon.ledger import Ledger
from colophon.systems.bytenite.job_records import STOP, File
from colophon.systems.bytenite.library import DESTINATION
from colophon.systems.bytenite.mapping import video_id
from colophon.systems.bytenite.outputs import MediaOutputs, remembered
from colophon.systems.bytenite.records import VERB
from colophon.systems.consonance.writes.operations import CONSONANCE, WriteOp, reference_of
from colophon.use_cases.bytenite.media_orders import Wish, lacks, spec_of
from colophon.use_cases.bytenite.title_words import title_of
from colophon.use_cases.bytenite.video_asset import subject_of


def records_of(wishes: Iterable[Wish], given: Sequence[MediaOutputs], context: DecisionContext, *, use_case: str) -> Plan:
    """Record and content of every wish whose job has given something; a record of what is replaced or withdrawn is on hold.

    No platform shows an old cut while the new one renders. Where and when it may be shown is for the video library's rules (BN-4).
    """
    plan, outputs = Plan(judged={DESTINATION: []}, settled={DESTINATION: []}), {each.subject: each for each in given}
    for wish in wishes:
        found = outputs.get(wish.subject)
        subjects = {verb: f"{wish.subject}/{verb}" for verb in ("video", "content")}
        plan.judged[DESTINATION] += subjects.values()
        if found is None or found.main is None or not context.config.media.outputs_url:
            plan.settled[DESTINATION] += subjects.values()
            continue
        is_current = not wish.ended and (bool(lacks(wish)) or spec_of(wish).key == found.key)
        isbn = wish.product.isbn13 or ""
        members = {**_record(wish, context.config.video_metadata), "onHold": not is_current}
        plan.intents.append(_intent(wish.subject, isbn, "video", members, context, use_case))
        if is_current:
            content = {
                "videoId": video_id(wish.subject), "version": found.key[:12], "sha256": found.main.sha256, "bytes": found.main.bytes,
                "mediaType": found.main.media_type, "sourceUrl": address(found.main, found, context.config.media),
                "thumbnailUrl": address(found.poster, found, context.config.media) if found.poster else None,
            }  # fmt: skip
            plan.intents.append(_intent(wish.subject, isbn, "content", content, context, use_case))
        else:
            plan.settled[DESTINATION].append(subjects["content"])
    return plan


def _record(wish: Wish, rules: VideoMetadata) -> dict[str, Any]:
    """What the record says that is made here, in the words of its own use case (BN-3), which says all else about the title."""
    product = wish.product
    return {
        "externalId": wish.subject,
        "kind": wish.template.kind,
        "title": title_of([product.title], wish.template.kind, rules),
        "workId": product.work_id,
        "isbns": [product.isbn13],
        **({"publicationDate": product.publication_on.isoformat()} if product.publication_on else {}),
    }


def _intent(subject: str, isbn: str, verb: str, content: Mapping[str, Any], context: DecisionContext, use_case: str) -> Intent:
    return Intent(
        use_case=use_case,
        destination=DESTINATION,
        subject=f"{subject}/{verb}",
        delivery_class="A",
        content=write_json(dict(content)),
        media_type="application/json",
        as_of=context.as_of,
        labels={VERB: verb, "isbn": isbn},
    )


def write_backs_of(use_case: str) -> Callable[..., Iterator[WriteOp]]:
    """What a use case tells Consonance."""

    def write_backs(*, ledger: Ledger, config: Config, params: Mapping[str, Any], as_of: datetime) -> Iterator[WriteOp]:  # noqa: ARG001 - the operator's signature
        """An asset for each subject whose job has ever given something."""
        rows = {row.subject: row for row in ledger.newest(use_case, JOBS)}
        given = remembered(ledger, use_case)
        names = {outputs.subject: subject_of(video_id(outputs.subject)) for outputs in given}
        by_library = ledger.latest(VIDEO_ASSETS, CONSONANCE, names.values())
        for outputs in given:
            row, last = rows.get(outputs.subject), by_library.get(names[outputs.subject])
            is_told = last is not None and any(each.state in {"confirmed", "held"} for each in last.held)
            if row is not None and outputs.main is not None:
                yield _asset(row, outputs, outputs.main, config.media, use_case, is_over=is_told or STOP in row.labels)

    return write_backs


def _asset(row: HistoryRow, outputs: MediaOutputs, main: File, media: Media, use_case: str, *, is_over: bool) -> WriteOp:
    poster = outputs.poster
    return WriteOp(
        "upsertExternalAsset",
        reference=reference_of("media", outputs.subject),
        subject=outputs.subject,
        use_case=use_case,
        members={
            "workId": int(row.labels["work"]),
            "kind": "AUDIO" if main.media_type.startswith("audio/") else "VIDEO",
            "title": row.labels["title"],
            "url": address(main, outputs, media),
            "thumbnailUrl": address(poster, outputs, media) if poster else None,
            "mediaType": main.media_type,
            "format": row.labels["kind"],
            "durationSeconds": round(main.seconds) if main.seconds else None,
            "sha256": main.sha256,
            "status": "WITHDRAWN" if is_over else "READY",
            "source": "bytenite",
            "externalId": video_id(outputs.subject),
            "version": outputs.key[:12],
        },
    )


def address(file: File, outputs: MediaOutputs, media: Media) -> str:
    """Where a file can be fetched for good: below `outputs_url`, else where it lies."""
    base, name = media.outputs_url.rstrip("/"), file.name.rpartition("/")[2]
    return f"{base}/{outputs.job_id}/{name}" if base else file.name
