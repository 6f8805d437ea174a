"""How long films and recordings last, how large they are and whether they sound, by their own heads."""

import io
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from colophon.systems.bytenite.job_records import File
from colophon.systems.bytenite.media_head import Head, boxes, head_of
from colophon.systems.bytenite.outputs import not_as_ordered
from colophon_sandbox.systems.bytenite.media import film, sound


def box(kind: bytes, content: bytes) -> bytes:
    """A box of an MP4 file."""
    return struct.pack(">I", 8 + len(content)) + kind + content


def movie(header: bytes) -> bytes:
    """An MP4 file with this movie header behind its data."""
    return box(b"ftyp", b"isom") + box(b"mdat", b"\0" * 70_000) + box(b"moov", box(b"udta", b"") + box(b"mvhd", header))


def frames(count: int, *, told: bytes = b"") -> bytes:
    """An MP3 file of 128 kbit/s at 44,100 Hz, with what its encoder wrote down in the first frame."""
    head = b"\xff\xfb\x90\x00"
    return (head + b"\0" * 32 + told).ljust(418, b"\0") + (head + b"\0" * 414) * (count - 1)


@pytest.mark.parametrize(
    ("content", "media_type", "seconds"),
    [
        (film(7), "video/x-msvideo", 7.0),
        (sound(9), "audio/wav", 9.0),
        (sound(9)[:-1600], "audio/wav", 8.5),
        (movie(struct.pack(">12xII", 1000, 61_500).ljust(100, b"\0")), "video/mp4", 61.5),
        (movie(b"\1" + struct.pack(">19xIQ", 600, 6000).ljust(100, b"\0")), "audio/mp4", 10.0),
        (frames(383), "audio/mpeg", 10.0),
        (frames(100, told=b"Xing\0\0\0\1" + struct.pack(">I", 3828)), "audio/mpeg", 100.0),
        (b"ID3\4\0\0\0\0\1\0" + b"\0" * 128 + frames(383), "audio/mpeg", 10.0),
        (movie(struct.pack(">12xII", 0, 5).ljust(100, b"\0")), "video/mp4", None),
        (b"RIFF    AVI ", "video/x-msvideo", None),
        (b"RIFF    WAVE", "audio/wav", None),
        (b"\xff\xfb", "audio/mpeg", None),
        (b"WEBVTT", "text/vtt", None),
        (b"", "video/mp4", None),
    ],
)
def test_seconds_are_read_from_the_head(content: bytes, media_type: str, seconds: float | None) -> None:
    """And the file stands at its start again."""
    file = io.BytesIO(content)
    found = head_of(file, media_type, len(content)).seconds
    assert (found if found is None else round(found, 1), file.tell()) == (seconds, 0)


def track(width: int, height: int, handler: bytes) -> bytes:
    """A track of an MP4 film."""
    header = b"\0" * 76 + struct.pack(">II", width << 16, height << 16)
    return box(b"trak", box(b"tkhd", header) + box(b"mdia", box(b"mdhd", b"\0" * 24) + box(b"hdlr", b"\0" * 8 + handler + b"\0" * 12)))


@pytest.mark.parametrize(
    ("content", "media_type", "size", "has_sound"),
    [
        (film(2), "video/x-msvideo", (16, 9), True),
        (film(2, "9x16"), "video/x-msvideo", (9, 16), True),
        (film(2).replace(b"auds", b"txts"), "video/x-msvideo", (16, 9), False),
        (box(b"moov", track(1920, 1080, b"vide") + track(0, 0, b"soun")), "video/mp4", (1920, 1080), True),
        (box(b"moov", track(1080, 1920, b"vide")), "video/mp4", (1080, 1920), False),
        (box(b"moov", box(b"trak", box(b"tkhd", b"\0"))), "video/mp4", (0, 0), None),
        (sound(9), "audio/wav", (0, 0), True),
        (b"\x1a\x45\xdf\xa3", "video/webm", (0, 0), None),
    ],
)
def test_size_and_sound_are_read_from_the_head(content: bytes, media_type: str, size: tuple[int, int], has_sound: bool | None) -> None:
    """None of a film that does not tell."""
    found = head_of(io.BytesIO(content), media_type, len(content))
    assert found._replace(seconds=None) == Head(None, size, has_sound)


def shown(name: str, media_type: str, **told: Any) -> File:
    """A file that a job gave."""
    return File(f"s3://media/{name}", 9, "a" * 64, media_type, **told)


POSTER = shown("poster.png", "image/png")


@pytest.mark.parametrize(
    ("files", "shape", "says"),
    [
        ([POSTER], "16x9", "it gave nothing that can be seen"),
        ([POSTER, shown("a.wav", "audio/wav", seconds=60.0)], "16x9", "it gave nothing that can be seen"),
        ([POSTER], "none", "it gave nothing that can be heard"),
        ([shown("a.wav", "audio/wav", seconds=60.4)], "none", ""),
        ([shown("a.mp4", "video/mp4", seconds=60.6)], "16x9", "a.mp4 lasts 60.6 seconds, and not 60"),
        ([shown("a.mp4", "video/mp4", seconds=60.0, has_sound=False)], "16x9", "a.mp4 has no sound, not even a silent track"),
        ([shown("a.mp4", "video/mp4", width=1080, height=1920)], "16x9", "a.mp4 is 1080x1920, and not 16x9"),
        ([shown("a.mp4", "video/mp4", width=1080, height=1920, has_sound=True)], "9x16", ""),
        ([shown("a.mp4", "video/mp4", width=854, height=480)], "16x9", ""),
        ([shown("a.webm", "video/webm")], "1x1", ""),
    ],
)
def test_what_a_job_gave_otherwise_than_ordered_is_named(files: list[File], shape: str, says: str) -> None:
    """What the files do not tell is no fault of theirs."""
    assert not_as_ordered(files, {"lasts": "60", "shape": shape}) == says


def test_boxes_that_cannot_be_are_the_last() -> None:
    """Neither a length of nothing nor one beyond the end leads on for ever."""
    for length in (3, 90):
        content = struct.pack(">I", length) + b"moov" + b"\0" * 20
        assert [end > len(content) for _, _, end in boxes(io.BytesIO(content), 0, len(content))] == [True]


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize(
    ("name", "media_type"), [("a.mp3", "audio/mpeg"), ("a.mp4", "video/mp4"), ("a.m4a", "audio/mp4"), ("a.wav", "audio/wav")]
)
def test_what_ffmpeg_writes_lasts_as_long_as_it_says(tmp_path: Path, name: str, media_type: str) -> None:
    """Whatever its encoders add at the ends."""
    picture = ["-f", "lavfi", "-i", "color=s=64x64:r=30"] if name == "a.mp4" else []
    made = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "sine=r=44100", *picture, "-t", "12", str(tmp_path / name)]
    subprocess.run(made, check=True)
    with (tmp_path / name).open("rb") as file:
        found = head_of(file, media_type, (tmp_path / name).stat().st_size)
    assert found.seconds is not None
    assert (abs(found.seconds - 12) < 0.2, found.size, found.has_sound) == (True, (64, 64) if picture else (0, 0), True)
