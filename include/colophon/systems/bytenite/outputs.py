"""What a job gave: its files, looked at before they count, and remembered by what they were made for."""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

from colophon.errors import OutputUnusableError
from colophon.ledger import Ledger
from colophon.systems.bytenite.job_records import File
from colophon.systems.bytenite.media_head import boxes, head_of

REMEMBERED = "media:"
"""Under which name the ledger keeps `MediaOutputs`, with use case and subject behind it."""
LASTS, SHAPE = "lasts", "shape"
"""Labels of a job: how many seconds its main output lasts, or from how many to how many (`60-240`); and its `16x9`, or `none` of what is only heard."""
HALF_A_SECOND, A_HAIR = 0.5, 0.02
HEAD, _CHUNK = 4096, 1 << 20
_TYPES: Mapping[str, str] = {
    ".mp4": "video/mp4", ".mov": "video/quicktime", ".m4a": "audio/mp4", ".avi": "video/x-msvideo", ".wav": "audio/wav", ".mp3": "audio/mpeg",
    ".webm": "video/webm", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".vtt": "text/vtt", ".srt": "application/x-subrip",
    ".json": "application/json",
}  # fmt: skip
_TEXTS = frozenset({"application/x-subrip", "application/json"})


class MediaOutputs(NamedTuple):
    """The files of the newest finished job of one subject; `key` names its specification, `made_at` when (aware UTC, ISO 8601) they were copied."""

    use_case: str
    subject: str
    key: str
    job_id: str
    files: tuple[File, ...]
    made_at: str

    @property
    def main(self) -> File | None:
        """The video, or else the sound."""
        return main_of(self.files)

    @property
    def poster(self) -> File | None:
        """The still picture."""
        return _first(self.files, "image/")

    @property
    def captions(self) -> File | None:
        """What is said, as text."""
        return _first(self.files, "text/vtt")


def main_of(files: Sequence[File]) -> File | None:
    """The video among a job's files, or else the sound."""
    return _first(files, "video/") or _first(files, "audio/")


def not_as_ordered(files: Sequence[File], labels: Mapping[str, str]) -> str:
    """What a job gave otherwise than its labels say; empty: all is as ordered, or nobody can tell."""
    main, shape, (least, _, most) = main_of(files), labels.get(SHAPE, ""), labels.get(LASTS, "").partition("-")
    if shape and (main is None or (shape != "none" and not main.media_type.startswith("video/"))):
        return f"it gave nothing that can be {'heard' if shape == 'none' else 'seen'}"
    if main is None:
        return ""
    name = main.name.rpartition("/")[2]
    if least and main.seconds is not None and not int(least) - HALF_A_SECOND <= main.seconds <= int(most or least) + HALF_A_SECOND:
        return f"{name} lasts {main.seconds:.1f} seconds, and not {labels[LASTS]}"
    if shape and main.has_sound is False:
        return f"{name} has no sound, not even a silent track"
    if "x" in shape and main.height:
        across, down = map(int, shape.split("x"))
        if abs(main.width * down / (main.height * across) - 1) > A_HAIR:
            return f"{name} is {main.width}x{main.height}, and not {shape}"
    return ""


def _first(files: Sequence[File], kind: str) -> File | None:
    return next((file for file in files if file.media_type.startswith(kind)), None)


def remember(ledger: Ledger, outputs: MediaOutputs, at: datetime) -> None:
    """Keep what a job gave, instead of what the one before it gave."""
    value: dict[str, Any] = {**outputs._asdict(), "files": [list(file) for file in outputs.files]}
    ledger.memory.put(f"{REMEMBERED}{outputs.use_case}:{outputs.subject}", value, at)


def remembered(ledger: Ledger, use_case: str) -> list[MediaOutputs]:
    """What the jobs of a use case gave, by subject."""
    return [_outputs(value) for value in ledger.memory.get_each(f"{REMEMBERED}{use_case}:")]


def outputs_of(ledger: Ledger, use_case: str, subject: str) -> MediaOutputs | None:
    """What the newest finished job of a subject gave."""
    found = ledger.memory.get(f"{REMEMBERED}{use_case}:{subject}")
    return _outputs(found[0]) if found else None


def file_of(ledger: Ledger, job_id: str, name: str) -> File | None:
    """A file that the newest finished job of some subject gave, by its name."""
    found = (_outputs(value) for value in ledger.memory.get_each(REMEMBERED) if value["job_id"] == job_id)
    return next((file for outputs in found for file in outputs.files if file.name.rpartition("/")[2] == name), None)


def checked_type(file: BinaryIO, name: str, size: int) -> str:
    """The media type of a seekable file by its own bytes, from its start on; it stands there again afterwards.

    :raises OutputUnusableError: it is empty, other than its name says, or shorter than it says of itself.
    """
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    wanted, found = _TYPES.get(os.path.splitext(name)[1].lower(), ""), sniffed(head)  # noqa: PTH122 - a name, and no path
    if not size:
        raise OutputUnusableError(f"the output {name} is empty", system="bytenite", operation="collect")
    if wanted in _TEXTS and not found:
        found = wanted if b"\0" not in head else ""
    if wanted and found != wanted and {wanted, found} != {"video/mp4", "audio/mp4"}:
        raise OutputUnusableError(
            f"the output {name} is not what its name says", system="bytenite", operation="collect", evidence=found or "unknown"
        )
    if head[:4] == b"RIFF" and int.from_bytes(head[4:8], "little") + 8 > size:
        raise OutputUnusableError(
            f"the output {name} is shorter than it says of itself", system="bytenite", operation="collect", evidence=f"{size} bytes"
        )
    if found in {"video/mp4", "video/quicktime", "audio/mp4"} and not _boxes_end(file, size):
        raise OutputUnusableError(
            f"the output {name} is shorter than it says of itself", system="bytenite", operation="collect", evidence=f"{size} bytes"
        )
    return found or "application/octet-stream"


def kept(file: BinaryIO, name: str, target: str, size: int, sha256: str, options: Mapping[str, Any]) -> File:
    """Look at an output and copy it to a path or URL. Raises as `checked_type` and `store`."""
    media_type = checked_type(file, name, size)
    head = head_of(file, media_type, size)
    store(file, target, size, options)
    return File(target, size, sha256, media_type, head.seconds, *head.size, head.has_sound)


def store(file: BinaryIO, target: str, size: int, options: Mapping[str, Any]) -> None:
    """Copy a file from where it stands to a path or URL, under whose name it appears when it is whole.

    :param options: fsspec's for the place.
    :raises OutputUnusableError: less arrived than was sent.
    """
    from fsspec.core import url_to_fs

    fs, path = url_to_fs(target, **options)
    fs.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH120 - a path of fsspec, which may be in a bucket
    with fs.open(f"{path}.part", "wb") as out:
        shutil.copyfileobj(file, out, _CHUNK)
    written = fs.size(f"{path}.part")
    if written != size:
        raise OutputUnusableError("the copy has another length than the output", system="bytenite", evidence=f"{written} of {size} bytes")
    fs.mv(f"{path}.part", path)


def sniffed(head: bytes) -> str:
    """The media type that bytes begin as; empty: none that is known."""
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "audio/mp4" if head[8:11] == b"M4A" else "video/mp4"
    if head[:4] == b"RIFF":
        return {b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}.get(head[8:12], "")
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in {0xE2, 0xE4}):
        return "audio/mpeg"
    starts = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"\x1a\x45\xdf\xa3": "video/webm", b"fLaC": "audio/flac"}
    starts |= {b"WEBVTT": "text/vtt", b"II*\0": "image/tiff", b"MM\0*": "image/tiff"}
    return next((kind for start, kind in starts.items() if head.startswith(start)), "")


def _boxes_end(file: BinaryIO, size: int) -> bool:
    """Whether the boxes of an MP4 file fill it, one after the other."""
    ends = [end for _, _, end in boxes(file, 0, size)]
    file.seek(0)
    return ends[-1:] == [size]


def _outputs(value: Mapping[str, Any]) -> MediaOutputs:
    files: Iterable[Any] = value["files"]
    return MediaOutputs(**{**value, "files": tuple(File(*file) for file in files)})
