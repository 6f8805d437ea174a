"""What a picture is by its own bytes: its sides in pixels and its colours.

with file.open("rb") as stream:
    picture = picture_in(stream)  # None: no PNG, JPEG or TIFF, or one that is cut off
"""

from typing import IO, NamedTuple

_COLOURS = {"1": "GREY", "L": "GREY", "LA": "GREY", "I": "GREY", "F": "GREY", "CMYK": "CMYK", "LAB": "LAB"}
"""By Pillow's modes; all others are shown as red, green and blue."""


class Picture(NamedTuple):
    """As it is stored, whichever way it is held up. `colours`: RGB, GREY, LAB, or CMYK, which screens show wrongly."""

    width: int
    height: int
    colours: str


def picture_in(stream: IO[bytes]) -> Picture | None:
    """A picture by what its head says; the pixels themselves are not read, however many they claim to be."""
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile
    from PIL.TiffImagePlugin import TiffImageFile

    for form in (PngImageFile, JpegImageFile, TiffImageFile):
        stream.seek(0)
        try:
            picture = form(stream)
        except (SyntaxError, OSError, ValueError):  # another form, or cut off
            continue
        return Picture(picture.width, picture.height, _COLOURS.get(picture.mode.partition(";")[0], "RGB"))
    return None
