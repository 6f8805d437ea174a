"""Which files go to whom, and what they have to be: `assets.yaml`."""

from difflib import get_close_matches
from string import Formatter
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.media_type import EXTENSIONS
from colophon.pictures import Picture

_NAMED = {"isbn", "kind", "version"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PictureLimits(_Part):
    """What somebody asks of a picture: at `least` and at `most` so many pixels (width x height), and at most `max_mb` megabytes."""

    least: str = Field(default="0x0", pattern=r"^\d+x\d+$")
    most: str = Field(default="", pattern=r"^(|\d+x\d+)$")
    max_mb: int | None = Field(default=None, gt=0)
    is_square: bool = False
    is_rgb: bool = False

    def faults(self, picture: Picture | None, size: int) -> list[str]:
        """What is wrong with a picture of so many bytes."""
        if picture is None:
            return ["no picture whose size can be read"]
        sides = f"{picture.width}x{picture.height}"
        wrong = {
            f"{sides} instead of at least {self.least}": _is_within(self.least, sides),
            f"{sides} instead of at most {self.most}": not self.most or _is_within(sides, self.most),
            f"{sides}, which is no square": not self.is_square or picture.width == picture.height,
            "not RGB": not self.is_rgb or picture.colours == "RGB",
            f"more than {self.max_mb} MB": self.max_mb is None or size <= self.max_mb << 20,
        }
        return [fault for fault, is_right in wrong.items() if not is_right]


def _is_within(inner: str, outer: str) -> bool:
    return all(int(one) <= int(other) for one, other in zip(inner.split("x"), outer.split("x"), strict=True))


class AssetRecipient(_Part):
    """What one recipient gets: `kinds` (none named: all), under which `name`, without its ending.

    `pictures`: by kind, which of the limits named in `pictures` its pictures have to keep.
    """

    kinds: tuple[str, ...] = ()
    name: str = "{isbn}_{kind}"
    pictures: dict[str, str] = Field(default_factory=dict)


class Assets(_Part):
    """Media types that a file of each kind may have, by our names of the kinds; a kind that is not named goes to nobody.

    `recipients`: what a recipient of `asset.released` (routes.yaml) gets; one that is not named gets all. `check` is a function,
    `package.module:name`, that is asked about each file, such as a scanner for malware. `pictures` are limits by name.
    """

    kinds: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    recipients: dict[str, AssetRecipient] = Field(default_factory=dict)
    pictures: dict[str, PictureLimits] = Field(default_factory=dict)
    check: str = Field(default="", pattern=r"^(|[A-Za-z_][\w.]*:[A-Za-z_]\w*)$")

    def of(self, recipient: str) -> AssetRecipient:
        """What a recipient gets."""
        return self.recipients.get(recipient, AssetRecipient())

    def limits(self, recipient: str, kind: str) -> PictureLimits | None:
        """What a recipient asks of the pictures of a kind; None: nothing."""
        named = self.of(recipient).pictures.get(kind)
        return self.pictures[named] if named else None

    @model_validator(mode="after")
    def _names_are_there(self) -> Self:
        """A kind, a type or a part of a name that there is not would keep files back, and nobody would know."""
        for kind, types in self.kinds.items():
            for name in types:
                _require(f"kinds.{kind}", name, EXTENSIONS)
        for recipient, wanted in self.recipients.items():
            for kind in wanted.kinds:
                _require(f"recipients.{recipient}.kinds", kind, self.kinds)
            for kind, limits in wanted.pictures.items():
                _require(f"recipients.{recipient}.pictures", kind, self.kinds)
                _require(f"recipients.{recipient}.pictures.{kind}", limits, self.pictures)
            for _, place, *_ in Formatter().parse(wanted.name):
                if place is not None:
                    _require(f"recipients.{recipient}.name", place, _NAMED)
            if "{isbn}" not in wanted.name:
                raise ValueError(f"recipients.{recipient}.name: without {{isbn}} all titles would have one name")
        return self


def _require(where: str, name: str, known: object) -> None:
    names = sorted(known)  # type: ignore[call-overload]  # a set or a mapping
    if name not in names:
        close = get_close_matches(name, names, n=1, cutoff=0)
        raise ValueError(f"{where}: there is no {name!r}{f', the nearest is {close[0]!r}' if close else ''}")
