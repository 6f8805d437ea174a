"""What Consonance is told of rendered files: each finished video or sample is an asset of its title, and a withdrawn one is marked so.

A video is one record on its title: where bytenite__video_assets has told it from the library, ours is withdrawn.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from colophon.blocks.inbound import CONSONANCE
from colophon.blocks.jobs import JOBS
from colophon.config import Config
from colophon.config.media import Media
from colophon.ledger import HistoryRow, Ledger
from colophon.systems.bytenite.job_records import File
from colophon.systems.bytenite.mapping import video_id
from colophon.systems.bytenite.outputs import MediaOutputs, remembered
from colophon.systems.bytenite.port import STOP
from colophon.systems.consonance.writes.operations import WriteOp
from colophon.use_cases.bytenite.video_assets import CASE as VIDEO_ASSETS
from colophon.use_cases.bytenite.video_assets import subject_of


def write_backs_of(use_case: str) -> Callable[..., Iterator[WriteOp]]:
    """What a use case tells Consonance."""

    def write_backs(*, ledger: Ledger, config: Config, params: Mapping[str, Any], as_of: datetime) -> Iterator[WriteOp]:  # noqa: ARG001 - the operator's signature
        """An asset for each subject whose job has ever given something."""
        rows = {row.subject: row for row in ledger.newest(use_case, JOBS)}
        given = remembered(ledger, use_case)
        names = {outputs.subject: subject_of(video_id(outputs.subject)) for outputs in given}
        by_library = ledger.latest(VIDEO_ASSETS.id, CONSONANCE, names.values())
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
        reference=f"media:{re.sub(r'[^A-Za-z0-9._:-]', '-', outputs.subject)}",
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
