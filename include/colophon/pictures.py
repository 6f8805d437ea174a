"""What a picture is by its own bytes: its sides in pixels, and whether its colours are those of screens.

with file.open("rb") as stream:
    picture = picture_in(stream)  # None: no JPEG and no PNG, or one that is cut off
"""

import struct
from typing import BinaryIO, NamedTuple

_MOST_SEGMENTS = 2000
_NO_FRAMES = {0xC4, 0xC8, 0xCC}
"""JPEG markers among those of frames that begin none."""
_RGB_OF_PNG = {2, 3, 6}
"""Colour types of PNG: RGB, a palette of RGB, RGB with transparency."""


class Picture(NamedTuple):
    """`is_rgb` is false for CMYK, which screens show wrongly, and for shades of grey."""

    width: int
    height: int
    is_rgb: bool


def picture_in(stream: BinaryIO) -> Picture | None:
    """A JPEG or PNG by what its head says; the pixels themselves are not read."""
    head = stream.read(26)
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height, _depth, colours = struct.unpack_from(">IIBB", head, 16)
            return Picture(width, height, colours in _RGB_OF_PNG)
        return _jpeg(stream) if head.startswith(b"\xff\xd8") else None
    except struct.error:  # it is cut off
        return None


def _jpeg(stream: BinaryIO) -> Picture | None:
    at = 2
    for _ in range(_MOST_SEGMENTS):
        stream.seek(at)
        lead, marker, length = struct.unpack(">BBH", stream.read(4))
        if lead != 0xFF:
            return None
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            _depth, height, width, components = struct.unpack(">BHHB", stream.read(6))
            return Picture(width, height, components == 3)
        at += 1 if marker == 0xFF else 2 + length  # bytes FF may fill the space between segments
    return None
