"""The folder of a directory input channel (contract section 4): batches lie there as files until Exstream takes them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from fsspec.core import url_to_fs

from colophon.errors import BadConnectionError, BadShapeError, EffectUnknownError
from colophon.http.jsontext import read_json
from colophon.systems.opentext_exstream.records import Batch
from colophon.systems.opentext_exstream.settings import SYSTEM

PREFIX = "colophon_"


class InputFolder:
    """A folder or bucket by fsspec. A batch is always the same file, so dropping it again while it lies there changes nothing."""

    def __init__(self, location: str, storage_options: Mapping[str, Any] | None = None) -> None:
        """:param storage_options: credentials and the like of the place, from the extra of `input_conn_id`."""
        self._location, self._options = location, dict(storage_options or {})

    def drop(self, batch: Batch) -> None:
        """Write a batch under another name and rename it, so that it is complete when the channel sees it.

        :raises BadConnectionError: the folder cannot be written; nothing was handed over.
        :raises EffectUnknownError: the renaming failed, and the file may have been taken since.
        """
        with self._reachable():
            fs, root = self._place
            aside, name = f"{root}/.{PREFIX}{batch.key}.part", f"{root}/{PREFIX}{batch.key}.json"
            with fs.open(aside, "wb") as out:
                out.write(batch.content)
        try:
            with self._reachable():
                fs.mv(aside, name)
        except BadConnectionError as problem:
            if not self.lying(batch.key):
                raise EffectUnknownError(problem.sentence, system=SYSTEM, operation="submit_batch", subject=batch.key[:12]) from problem

    def lying(self, key: str) -> bool:
        """Whether a batch still waits to be taken. Raises as `drop`."""
        with self._reachable():
            fs, root = self._place
            fs.invalidate_cache()
            return bool(fs.exists(f"{root}/{PREFIX}{key}.json"))

    def customers(self) -> dict[str, tuple[str, str]]:
        """Who stands in files that wait: delivery id -> (batch key, customer number). Raises as `drop`."""
        found: dict[str, tuple[str, str]] = {}
        with self._reachable():
            fs, root = self._place
            fs.invalidate_cache()
            for path in sorted(fs.glob(f"{root}/{PREFIX}*.json")):
                key = PurePosixPath(str(path)).stem.removeprefix(PREFIX)
                try:
                    content = fs.cat_file(path)
                except FileNotFoundError:
                    continue  # taken since we looked; its job will tell
                found.update({delivery_id: (key, number) for delivery_id, number in _numbers(content)})
        return found

    @cached_property
    def _place(self) -> tuple[Any, str]:
        fs, root = url_to_fs(self._location, **self._options)
        return fs, str(root).rstrip("/")

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        told = ""
        try:
            yield
        except (OSError, ImportError, ValueError, TypeError) as problem:
            told = getattr(problem, "strerror", None) or type(problem).__name__
        if told:
            # Raised here, so that no traceback leads to the options: they have credentials.
            remedy = "Correct input_location and the connection that input_conn_id names."
            raise BadConnectionError(f"input_location cannot be used: {told}", system=SYSTEM, remedy=remedy)


def _numbers(content: bytes) -> Iterator[tuple[str, str]]:
    """Delivery ids and customer numbers of a driver file; nothing of one that is not ours."""
    try:
        body: Any = read_json(content)
        rows = body.get("customers") if isinstance(body, dict) else None
    except BadShapeError:
        rows = None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("ColophonDeliveryId"):
            yield str(row["ColophonDeliveryId"]), str(row.get("CustomerNumber", ""))
