"""What a film or a recording says of itself in its own head - how long, how large, whether with sound: MP4 and QuickTime, AVI, WAV, MP3."""

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

HEAD = 64 << 10
_BITRATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_RATES = (44_100, 48_000, 32_000, 0)
TRACK_HEADER, _FRAME = 84, 1152
"""Bytes of the header of a track at least, which ends with width and height; samples of a frame of MPEG-1 Layer III."""


class Head(NamedTuple):
    """What is told; None, or 0 by 0: it is not. `size`: width and height in pixels."""

    seconds: float | None = None
    size: tuple[int, int] = (0, 0)
    has_sound: bool | None = None


def head_of(file: BinaryIO, media_type: str, length: int) -> Head:
    """Of a seekable file of so many bytes, which stands at its start afterwards."""
    try:
        if media_type in {"video/mp4", "video/quicktime", "audio/mp4"}:
            return _of_boxes(file, length)
        file.seek(0)
        head = file.read(HEAD)
        readers = {"video/x-msvideo": _of_avi, "audio/wav": _of_wav, "audio/mpeg": _of_mp3}
        return readers[media_type](head, length) if media_type in readers else Head()
    except (struct.error, ZeroDivisionError):
        return Head()
    finally:
        file.seek(0)


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, beginning of the content, and end of each box of an MP4 file between two places; one that ends behind `end` is the last."""
    while start < end:
        file.seek(start)
        head = file.read(16)
        length, after = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, after = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:  # to the end of the file
            length = end - start
        if length < after:  # none
            length = end - start + 1
        yield head[4:8], start + after, start + length
        start += length


def _of_boxes(file: BinaryIO, length: int) -> Head:
    """By the movie's header, and by the header and handler of each of its tracks."""
    seconds, size, kinds = None, (0, 0), set[bytes]()
    for name, start, end in _inside(file, b"moov", 0, length):
        if name == b"mvhd":
            content = _bytes_at(file, start, 32)
            scale, duration = struct.unpack(">20xIQ", content) if content[0] else struct.unpack(">12xII", content[:20])
            seconds = float(duration / scale)
        for inner, place, last in boxes(file, start, end) if name == b"trak" else ():
            if inner == b"tkhd" and last - place >= TRACK_HEADER:
                width, height = struct.unpack(">HxxH", _bytes_at(file, last - 8, 6))
                size = max(size, (width, height))
            elif inner == b"mdia":
                kinds |= {_bytes_at(file, handler + 8, 4) for kind, handler, _ in boxes(file, place, last) if kind == b"hdlr"}
    return Head(seconds, size, b"soun" in kinds if kinds else None)


def _inside(file: BinaryIO, name: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes in each box of a name."""
    for kind, first, last in boxes(file, start, end):
        if kind == name:
            yield from boxes(file, first, last)


def _bytes_at(file: BinaryIO, place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)


def _of_avi(head: bytes, _length: int) -> Head:
    place = head.find(b"avih") + 8
    if place <= 8:
        return Head()
    each_us, frames, width, height = struct.unpack_from("<I12xI12xII", head, place)
    return Head(float(each_us * frames / 10**6), (width, height), re.search(b"strh.{4}auds", head, re.DOTALL) is not None)


def _of_wav(head: bytes, length: int) -> Head:
    form, data = head.find(b"fmt "), head.find(b"data")
    if min(form, data) < 0:
        return Head()
    (a_second,), (told,) = struct.unpack_from("<I", head, form + 16), struct.unpack_from("<I", head, data + 4)
    return Head(float(min(told, length - data - 8) / a_second), has_sound=True)


def _of_mp3(head: bytes, length: int) -> Head:
    """By the count of frames that an encoder wrote down, else by a bitrate that stays the same."""
    start = 10 + sum((byte & 0x7F) << 7 * (3 - n) for n, byte in enumerate(head[6:10])) if head[:3] == b"ID3" else 0
    frame = head[start : start + 4]
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xFE != 0xFA:  # other layers and versions are nobody's output
        return Head()
    rate, bitrate = _RATES[frame[2] >> 2 & 3], _BITRATES[frame[2] >> 4] * 1000
    for name in (b"Xing", b"Info"):
        place = head.find(name, start, start + 64)
        if place >= 0 and head[place + 7] & 1:
            return Head(int.from_bytes(head[place + 8 : place + 12], "big") * _FRAME / rate, has_sound=True)
    return Head((length - start) * 8 / bitrate, has_sound=True)
