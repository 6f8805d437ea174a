"""The mounted folder by WebDAV, and what the DAM sees of it once somebody tells it (contract section 3)."""

import base64
import hashlib
import mimetypes
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.fourallportal.objects import Objects
from colophon_sandbox.world import Row, Table, World, moment, stamp

KINDS = ("CREATE", "UPDATE", "MOVE", "DELETE")


class Mount:
    """Folders and files. A file is unseen until its event was told, and `indexing_seconds` after it."""

    def __init__(self, world: World, objects: Objects) -> None:
        self.world, self.objects = world, objects

    @property
    def files(self) -> Table:
        """Files by path."""
        return self.world.store.table("fourallportal.mount")

    @property
    def folders(self) -> Table:
        """Folders by path; the root is always there."""
        return self.world.store.table("fourallportal.folders")

    @property
    def told(self) -> Table:
        """Events that the DAM has not worked on yet."""
        return self.world.store.table("fourallportal.told")

    def put(self, path: str, content: bytes) -> int:
        """Keep a file: 201 new, 204 replaced. RefusedError (409) where the folder is missing."""
        self._need_folder(path)
        if self.folders.get(path) is not None:
            raise RefusedError(405, "method", "there is a folder of this name")
        is_new = self.files.get(path) is None
        self.files.put(path, {"body": base64.b64encode(content).decode()})
        return 201 if is_new else 204

    def make_folder(self, path: str) -> int:
        """Make a folder: 201. RefusedError 405 where something is there, 409 where its parent is missing."""
        self._need_folder(path)
        if self.folders.get(path) is not None or self.files.get(path) is not None:
            raise RefusedError(405, "method", "something is there already")
        self.folders.put(path, {})
        return 201

    def move(self, path: str, destination: str | None, *, overwrite: bool) -> int:
        """Move a file: 201 new, 204 replaced."""
        row = self._file(path)
        if not destination:
            raise RefusedError(400, "malformed", "the header Destination is missing")
        target = _below_mount(destination)
        self._need_folder(target)
        is_new = self.files.get(target) is None
        if not is_new and not overwrite:
            raise RefusedError(412, "there_already", "something is there already")
        self.files.put(target, row)
        self.files.drop(path)
        return 201 if is_new else 204

    def delete(self, path: str) -> int:
        """Remove a file, or a folder that is empty."""
        if self.folders.get(path) is not None:
            if any(name.startswith(f"{path}/") for name in (*self.files.rows, *self.folders.rows)):
                raise RefusedError(409, "not_empty", "the folder is not empty")
            self.folders.drop(path)
            return 204
        self._file(path)
        self.files.drop(path)
        return 204

    def tell(self, kind: str, given: Any) -> None:
        """An event for the DAM."""
        if kind not in KINDS:
            raise RefusedError(400, "bad_parameter", f"there is no event {kind}", name="kind")
        if not isinstance(given, dict) or set(given) - {"path", "destination"} or not is_path(given.get("path")):
            raise RefusedError(400, "malformed", "the body has path and destination")
        destination = given.get("destination")
        if (kind == "MOVE") != is_path(destination) or (kind != "MOVE" and destination is not None):
            raise RefusedError(400, "bad_value", "a destination belongs to MOVE, and to nothing else", name="destination")
        number = self.world.next_id("fourallportal.told")
        due = stamp(self.world.now + timedelta(seconds=self.world.settings["fourallportal"]["indexing_seconds"]))
        row = {"_seq": number, "kind": kind, "path": given["path"], "destination": destination, "dueAt": due}
        self.told.put(str(number), row)

    def work(self, now: datetime) -> int:
        """Work on what is due; how much that was."""
        due = [(key, row) for key, row in list(self.told.rows.items()) if moment(row["dueAt"]) <= now]
        for key, row in due:
            self.told.drop(key)
            self._see(row)
        return len(due)

    def _see(self, row: Row) -> None:
        where = row["destination"] or row["path"]
        seen, there = self._object_at(row["path"]), self.files.get(where)
        if there is None:
            # The event may be late: what is not on the folder is not in the DAM.
            if seen is not None:
                self.objects.delete("file", seen["id"])
            return
        content = base64.b64decode(there["body"])
        digest = hashlib.sha256(content).hexdigest()
        before = seen["values"] if seen else {}
        values = {
            **before,
            "name": _one(where.rsplit("/", 1)[-1]),
            "path": _one(where),
            "checksum": _one(digest),
            "mime_type": _one(mimetypes.guess_type(where)[0] or "application/octet-stream"),
        }
        if values != before:
            self.objects.put("file", values, object_id=seen["id"] if seen else None, content=content)
            self.world.effect("4ap.file", where, sha256=digest)

    def _object_at(self, path: str) -> Row | None:
        return next((row for row in self.objects.table("file") if row["values"].get("path") == _one(path)), None)

    def _file(self, path: str) -> Row:
        found = self.files.get(path)
        if found is None:
            raise RefusedError(404, "unknown_file", "there is no such file")
        return found

    def _need_folder(self, path: str) -> None:
        parent = path.rsplit("/", 1)[0]
        if parent and self.folders.get(parent) is None:
            raise RefusedError(409, "no_folder", "the folder is missing")


def _one(value: str) -> list[Row]:
    return [{"value": value, "dimensions": None}]


def is_path(value: Any) -> bool:
    """Whether it is the path of a file on the mounted folder."""
    return isinstance(value, str) and value.startswith("/") and not value.endswith("/")


def _below_mount(destination: str) -> str:
    path = unquote(urlsplit(destination).path)
    _, found, below = path.partition("/fourallportal/dav/")
    if not found:
        raise RefusedError(400, "bad_value", "Destination is not on this folder", name="Destination")
    return f"/{below}"
