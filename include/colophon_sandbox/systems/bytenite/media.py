"""The files that jobs give: true media, as long as was asked for, made here, small and the same each time."""

import io
import math
import struct
import wave
from functools import cache

from colophon_sandbox.seeds.living.media import picture

CAPTIONS = b"WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n[a tone]\n"
SECONDS, RATE, SILENT_RATE, FRAMES_PER_SECOND, SIDE = 2, 1600, 100, 1, 16

SHAPES = ("16x9", "1x1", "9x16")


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
def film(seconds: int = SECONDS, shape: str = "16x9") -> bytes:
    """Uncompressed frames that grow lighter, with a silent track, as `video/x-msvideo`."""
    across, down = map(int, shape.split("x"))
    width, height = across * SIDE // max(across, down), down * SIDE // max(across, down)
    count, size, silence = seconds * FRAMES_PER_SECOND, (width * 3 + 3) // 4 * 4 * height, b"\x80" * (seconds * SILENT_RATE)
    head = struct.pack("<14I", 10**6 // FRAMES_PER_SECOND, size * FRAMES_PER_SECOND, 0, 0x10, count, 0, 2, size, width, height, 0, 0, 0, 0)
    seen = b"vidsDIB " + struct.pack("<10I4H", 0, 0, 0, 1, FRAMES_PER_SECOND, 0, count, size, 0xFFFFFFFF, size, 0, 0, width, height)
    heard = b"auds\0\0\0\0" + struct.pack("<10I4H", 0, 0, 0, 1, SILENT_RATE, 0, len(silence), len(silence), 0xFFFFFFFF, 1, 0, 0, 0, 0)
    picture = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, size, 0, 0, 0, 0)
    tone = struct.pack("<HHIIHH", 1, 1, SILENT_RATE, SILENT_RATE, 1, 8)
    streams = b"".join(_list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", form)) for stream, form in ((seen, picture), (heard, tone)))
    frames = b"".join(_chunk(b"00db", bytes([25 * n % 256]) * size) for n in range(count)) + _chunk(b"01wb", silence)
    places = [(b"00db", 0x10, 4 + n * (size + 8), size) for n in range(count)] + [(b"01wb", 0x10, 4 + count * (size + 8), len(silence))]
    index = b"".join(name + struct.pack("<3I", *rest) for name, *rest in places)
    header = _list(b"hdrl", _chunk(b"avih", head) + streams)
    return _chunk(b"RIFF", b"AVI " + header + _list(b"movi", frames) + _chunk(b"idx1", index))


def outputs(kind: str, seconds: int = SECONDS, shape: str = "16x9") -> dict[str, tuple[str, bytes]]:
    """Files of a job of a kind: name -> (media type, bytes). A job about sound gives sound alone."""
    if "audio" in kind:
        return {"sample.wav": ("audio/wav", sound(seconds))}
    more = {"poster.png": ("image/png", picture(kind)), "captions.vtt": ("text/vtt", CAPTIONS)}
    return {"trailer.avi": ("video/x-msvideo", film(seconds, shape)), "sound.wav": ("audio/wav", sound(seconds)), **more}


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _list(kind: bytes, content: bytes) -> bytes:
    return _chunk(b"LIST", kind + content)
