"""The files that jobs give: true media, as long as was asked for, made here, small and the same each time."""

import io
import math
import struct
import wave
from functools import cache

from colophon_sandbox.seeds.living.media import picture

CAPTIONS = b"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n[a tone]\n"
SECONDS, RATE, FRAMES_PER_SECOND, SIDE = 2, 1600, 1, 16


@cache
def sound(seconds: int = SECONDS) -> bytes:
    """A tone of 440 Hz as `audio/wav`."""
    file = io.BytesIO()
    with wave.open(file, "wb") as track:
        track.setnchannels(1)
        track.setsampwidth(2)
        track.setframerate(RATE)
        track.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(2 * math.pi * 440 * n / RATE))) for n in range(RATE)) * seconds)
    return file.getvalue()


@cache
def film(seconds: int = SECONDS) -> bytes:
    """Uncompressed frames that grow lighter, as `video/x-msvideo`."""
    count, size = seconds * FRAMES_PER_SECOND, SIDE * SIDE * 3
    head = struct.pack("<14I", 10**6 // FRAMES_PER_SECOND, size * FRAMES_PER_SECOND, 0, 0x10, count, 0, 1, size, SIDE, SIDE, 0, 0, 0, 0)
    stream = b"vidsDIB " + struct.pack("<10I4H", 0, 0, 0, 1, FRAMES_PER_SECOND, 0, count, size, 0xFFFFFFFF, size, 0, 0, SIDE, SIDE)
    picture = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, 24, 0, size, 0, 0, 0, 0)
    header = _list(b"hdrl", _chunk(b"avih", head) + _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", picture)))
    frames = b"".join(_chunk(b"00db", bytes([25 * n % 256]) * size) for n in range(count))
    index = b"".join(b"00db" + struct.pack("<3I", 0x10, 4 + n * (size + 8), size) for n in range(count))
    return _chunk(b"RIFF", b"AVI " + header + _list(b"movi", frames) + _chunk(b"idx1", index))


def outputs(kind: str, seconds: int = SECONDS) -> dict[str, tuple[str, bytes]]:
    """Files of a job of a kind: name -> (media type, bytes). A job about sound gives sound alone."""
    if "audio" in kind:
        return {"sample.wav": ("audio/wav", sound(seconds))}
    more = {"poster.png": ("image/png", picture(kind)), "captions.vtt": ("text/vtt", CAPTIONS)}
    return {"trailer.avi": ("video/x-msvideo", film(seconds)), "sound.wav": ("audio/wav", sound(seconds)), **more}


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _list(kind: bytes, content: bytes) -> bytes:
    return _chunk(b"LIST", kind + content)
