"""Files of the asset store beside their events: fetched while their hash is made, looked at, and brought to where receivers find them."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from colophon.config.assets import Assets, PictureLimits
from colophon.errors import FileRefusedError, NotFoundError, NotReadyError, NotTakenError, TryAgainError, UnexpectedAnswerError
from colophon.media_type import EXTENSIONS, HEAD, is_whole, media_type
from colophon.pictures import picture_in
from colophon.systems.xconnector import mapping
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.planned import FILE

Fetch = Callable[[str, str, Path], None]
"""Streams a file of the asset store (its id) to a path; raises UnexpectedAnswerError where it has another SHA-256 than the one given."""
Check = Callable[[Path], str]
"""Looks at a file; what is wrong with it, empty where nothing is."""
TRIES = 2
AGAIN = timedelta(minutes=10)
_REPLACED = "the file was replaced or taken away since it was planned"


class AssetFiles:
    """The files of planned assets; called by `EventPort` for each one that is due.

    What the middleware has already is not fetched again, so that a run that was cut off goes on with the file at which it stopped.
    """

    def __init__(self, client: XConnectorClient, fetch: Fetch, assets: Assets, recipient: str, check: Check | None = None) -> None:
        """:param assets: what a file of each kind has to be, and what the recipient asks of it."""
        self._client, self._fetch, self._assets, self._recipient, self._check = client, fetch, assets, recipient, check
        self._is_in_trouble = False

    def __call__(self, planned: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of a planned file: `file`, `kind`, `sha256`, `mediaType` (None: not told), `name` without its ending.

        :raises FileRefusedError: its bytes are not of a type that its kind may have, or of another one than the asset store says; it is
        cut off; the publisher's check refuses it; or its picture is not as the recipient asks.
        :raises NotReadyError: it was replaced while it was read (what is planned anew has its new hash), or cannot be read now.
        :raises TryAgainError: nor could the one before it.
        """
        sha256, told, limits = str(planned["sha256"]), planned["mediaType"], self._assets.limits(self._recipient, planned["kind"])
        is_known = told is not None and limits is None  # what somebody else was sent may be too small for this one
        held = self._client.held_payload(sha256, told, file_name=_named(planned["name"], told)) if is_known else None
        if held is not None:
            return mapping.payload_to_wire(held)
        with tempfile.TemporaryDirectory(prefix="colophon-asset-") as folder:
            file = Path(folder) / "asset"
            with self._on_its_own(str(planned[FILE])):
                self._fetched(str(planned[FILE]), sha256, file)
                found = self._looked_at(file, planned["kind"], told)
            if limits is not None:
                _measure(file, limits)
            with file.open("rb") as stream:
                return mapping.payload_to_wire(self._client.put_payload(stream, sha256, found, file_name=_named(planned["name"], found)))

    @contextmanager
    def _on_its_own(self, file_id: str) -> Iterator[None]:
        """A file that cannot be read or looked at waits, and the next ones go; where two in a row cannot, it is not the files' fault."""
        try:
            yield
        except TryAgainError as problem:
            if self._is_in_trouble:
                raise
            self._is_in_trouble = True
            raise self._waits(file_id, f"it could not be read: {problem.sentence}") from problem
        self._is_in_trouble = False

    def _fetched(self, file_id: str, sha256: str, to: Path) -> None:
        for left in reversed(range(TRIES)):
            try:
                return self._fetch(file_id, sha256, to)
            except NotFoundError as problem:
                raise self._waits(file_id, _REPLACED) from problem
            except UnexpectedAnswerError as problem:
                if not left:
                    raise self._waits(file_id, _REPLACED) from problem
        return None

    def _waits(self, file_id: str, why: str) -> NotReadyError:
        later = self._client.clock() + AGAIN
        return NotReadyError(why, not_before=later, system="xconnector", operation="attach", subject=f"file:{file_id}")

    def _looked_at(self, file: Path, kind: str, told: str | None) -> str:
        """What the file is."""
        with file.open("rb") as stream:
            found = media_type(stream.read(HEAD))
        wanted = self._assets.kinds.get(kind, ())
        if found not in wanted or (told and found != told):
            evidence = f"{found or 'unknown'} instead of {told or ' or '.join(wanted)}"
            raise _refused(f"the bytes of the {kind} are not of its type", evidence)
        if not is_whole(file, found):
            raise _refused(f"the {kind} is cut off", f"{found} without its list of parts")
        if wrong := self._checked(file):
            raise _refused("the check of files refuses it", wrong[:200])
        return found

    def _checked(self, file: Path) -> str:
        try:
            return self._check(file) if self._check is not None else ""
        except Exception as problem:
            raise NotTakenError(
                "the check of files broke", system="xconnector", operation="attach", evidence=type(problem).__name__
            ) from problem


def _measure(file: Path, limits: PictureLimits) -> None:
    with file.open("rb") as stream:
        wrong = limits.faults(picture_in(stream), file.stat().st_size)
    if wrong:
        raise _refused("the picture is not as its recipient asks", "; ".join(wrong))


def _refused(sentence: str, evidence: str) -> FileRefusedError:
    return FileRefusedError(sentence, system="xconnector", operation="attach", evidence=evidence)


def _named(name: str, found: str) -> str:
    return f"{name}.{EXTENSIONS.get(found, 'bin')}"
