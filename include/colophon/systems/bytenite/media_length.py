"""How long a film or a recording lasts, by its own head: MP4 and QuickTime, AVI, WAV, MP3."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

HEAD = 64 << 10
_BITRATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_RATES = (44_100, 48_000, 32_000, 0)
_FRAME = 1152
"""Samples of a frame of MPEG-1 Layer III."""


def seconds_of(file: BinaryIO, media_type: str, size: int) -> float | None:
    """Seconds of a seekable file, which stands at its start afterwards; None where its head does not tell."""
    try:
        if media_type in {"video/mp4", "video/quicktime", "audio/mp4"}:
            return _of_boxes(file, size)
        file.seek(0)
        head = file.read(HEAD)
        readers = {"video/x-msvideo": _of_avi, "audio/wav": _of_wav, "audio/mpeg": _of_mp3}
        return readers[media_type](head, size) if media_type in readers else None
    except (struct.error, ZeroDivisionError):
        return None
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


def _of_boxes(file: BinaryIO, size: int) -> float | None:
    for kind, start, end in boxes(file, 0, size):
        for inner, place, _ in boxes(file, start, end) if kind == b"moov" else ():
            if inner == b"mvhd":
                file.seek(place)
                content = file.read(32)
                scale, duration = struct.unpack(">20xIQ", content) if content[0] else struct.unpack(">12xII", content[:20])
                return float(duration / scale)
    return None


def _of_avi(head: bytes, _size: int) -> float | None:
    place = head.find(b"avih") + 8
    each_us, frames = struct.unpack_from("<I12xI", head, place)
    return float(each_us * frames / 10**6) if place > 8 else None


def _of_wav(head: bytes, size: int) -> float | None:
    form, data = head.find(b"fmt "), head.find(b"data")
    if min(form, data) < 0:
        return None
    (a_second,), (told,) = struct.unpack_from("<I", head, form + 16), struct.unpack_from("<I", head, data + 4)
    return float(min(told, size - data - 8) / a_second)


def _of_mp3(head: bytes, size: int) -> float | None:
    """By the count of frames that an encoder wrote down, else by a bitrate that stays the same."""
    start = 10 + sum((byte & 0x7F) << 7 * (3 - n) for n, byte in enumerate(head[6:10])) if head[:3] == b"ID3" else 0
    frame = head[start : start + 4]
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xFE != 0xFA:  # other layers and versions are nobody's output
        return None
    rate, bitrate = _RATES[frame[2] >> 2 & 3], _BITRATES[frame[2] >> 4] * 1000
    for name in (b"Xing", b"Info"):
        place = head.find(name, start, start + 64)
        if place >= 0 and head[place + 7] & 1:
            return int.from_bytes(head[place + 8 : place + 12], "big") * _FRAME / rate
    return (size - start) * 8 / bitrate
