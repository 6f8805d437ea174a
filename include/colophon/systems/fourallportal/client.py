"""The verbs of 4ALLPORTAL (contract section 9): objects in and out, files beside them, changes noticed."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email.message import Message
from pathlib import Path, PurePath
from typing import BinaryIO, Self

from colophon import environment
from colophon.domain.nearest import nearest
from colophon.errors import BadConfigError, BadShapeError, FeatureMissingError, InvalidError, NotFoundError, NotOursError
from colophon.http.auth import BasicAuth, BearerKey
from colophon.http.checks import Check
from colophon.http.client import HttpClient, Response
from colophon.http.jsontext import read_json
from colophon.systems.fourallportal import operations as op
from colophon.systems.fourallportal.adoption import IdMap, IdStore, MemoryIds
from colophon.systems.fourallportal.health import connection_checks
from colophon.systems.fourallportal.legacy import LegacyFeed, legacy_auth
from colophon.systems.fourallportal.listing import pages, unknown_module
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import (
    Adopted,
    Bean,
    Events,
    File,
    Hint,
    Module,
    PortalObject,
    Uploaded,
    Wanted,
    Written,
    portal_object,
    quiet,
    read,
)
from colophon.systems.fourallportal.settings import FourallportalSettings
from colophon.systems.fourallportal.uploads import Uploads
from colophon.systems.fourallportal.writing import Writer

MOST_BYTES = 8 << 30
ORIGINAL = "original"
_ID = re.compile(r"[0-9a-fA-F-]{36}")


class FourallportalClient:
    """One customer's portal. Close it, or use it as a context manager."""

    def __init__(
        self,
        settings: FourallportalSettings,
        mapping: PortalMapping,
        *,
        ids: IdStore | None = None,
        sleep: Callable[[float], None] = environment.sleep,
        random: Callable[[], float] = environment.random,
        clock: Callable[[], datetime] = environment.now,
    ) -> None:
        """:param ids: where adopted ids are kept; without it, until the client is closed. :param clock: aware UTC."""
        self.settings, self.mapping = settings, mapping
        self.clock = clock
        extra, parts = settings.extra, {"system": "fourallportal", "sleep": sleep, "random": random, "clock": clock}
        bearer = BearerKey(settings.key)
        self.http = HttpClient(settings.api, bearer, **parts)  # type: ignore[arg-type]  # the same four for all
        self.beside = HttpClient(settings.beside, legacy_auth(settings), **parts)  # type: ignore[arg-type]  # as above
        basic = extra.webdav_auth == "basic" and extra.webdav_url
        dav_auth = BasicAuth(settings.login, extra.login_password) if basic else bearer
        self.dav = HttpClient(settings.beside, dav_auth, **parts) if extra.webdav_url else None  # type: ignore[arg-type]  # as above
        self.ids = IdMap(self, ids or MemoryIds())
        self.writer = Writer(self.http, self.get_object, batch=extra.patch_batch, read_back=extra.read_back)
        self.legacy = LegacyFeed(self.beside, settings)
        self.uploads = Uploads(settings, self.http, self.dav, find=self._find, sleep=sleep, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        for http in filter(None, (self.http, self.beside, self.dav)):
            http.close()

    def test(self) -> list[Check]:
        """What the connection test found: reachable, authorised, clocks, and by name what the mapping lacks."""
        return connection_checks(self)

    def get_module(self, module: str) -> Module:
        """A module with its fields (DOC c). Raises BadConfigError where there is none, ForbiddenError by role."""
        try:
            return _module(
                self.http.call(op.GET_MODULE, path={"module": module}, query={"groups": "fields"}, subject=module, check=_module)
            )
        except NotFoundError as problem:
            raise unknown_module(module) from problem

    def iter_objects(
        self, module: str, fields: Sequence[str], *, query: str = "", known: Iterable[str] = ()
    ) -> Iterator[list[PortalObject]]:
        """All objects of a module in pages, each object once (DOC c). Errors as `listing.pages`.

        `query` is passed on where the connection's `query_param` (ASM) is set; else the list is read whole: look at each object. Of the
        `known` ids those that no page has are asked for one by one: a page may have moved, and only what the portal says is not there is gone.

        :raises BadConfigError: a field that the module does not have, such as one that was renamed there.
        """
        name = self.settings.extra.query_param
        asked = {name: query} if name and query else {}
        left = set(known)
        try:
            for page in pages(self.http, module, fields, size=self.settings.extra.page_size, query=asked):
                left.difference_update(obj.id for obj in page)
                yield page
        except InvalidError as problem:
            there = [field.name for field in self.get_module(module).fields]
            lacking = "; ".join(nearest(field, there, "field") for field in fields if field not in there)
            if not lacking:
                raise
            raise BadConfigError(f"mapping.yaml: {module}: {lacking}", system="fourallportal", subject=module) from problem
        for object_id in sorted(left):
            with suppress(NotFoundError):
                yield [self.get_object(module, object_id, fields)]

    def get_object(self, module: str, object_id: str, fields: Sequence[str]) -> PortalObject:
        """One object (DOC c). Raises NotFoundError where there is none."""

        def found(answer: Response) -> PortalObject:
            obj = portal_object(answer.json(), fields)
            if obj.id != object_id:
                raise BadShapeError("the answer is another object", system="fourallportal")
            return obj

        path = {"module": module, "id": object_id}
        return found(self.http.call(op.GET_OBJECT, path=path, query={"fields": list(fields)}, subject=object_id, check=found))

    def adopt(self, module: str) -> Adopted:
        """Take over objects that were there before us, by the mapping's key field of `module` (our name: product, package)."""
        return self.ids.adopt(module)

    def object_id(self, module: str, key: str) -> str:
        """The id of a business key's object (our name of the module): adopted, or ours. Raises ConflictError for a clash."""
        return self.ids.object_id(module, key)

    def upsert_objects(self, module: str, objects: Sequence[Wanted]) -> list[Written]:
        """Create or update (DOC c); one verdict each, in order. Read first, merged, and read back (contract section 4).

        What is so already is `confirmed` without a call. A bad object is `failed` and stops no other. Errors as `HttpClient.call`.
        """
        return self.writer.upsert(module, objects)

    def delete_object(self, module: str, object_id: str) -> None:
        """Delete (DOC c); what is not there is deleted already.

        :raises NotOursError: the portal said 200, and the object is still there.
        """
        answer = self.http.call(op.DELETE_OBJECT, path={"module": module, "id": object_id}, subject=object_id, check=quiet)
        if answer.status == 200 and self._has(module, object_id):  # a 200 may be anybody's
            raise NotOursError("the object is still there", system="fourallportal", operation=op.DELETE_OBJECT.name, subject=object_id)

    def download(self, object_id: str, usage: str, to: Path, *, sha256: str = "") -> File:
        """Stream a file's usage (DOC c; names ASM) to `to`, which appears only when it is whole. `usage` original: the file itself.

        :raises FeatureMissingError: the name of the original's usage is not set (`media_original_usage`).
        :raises BadShapeError: other content than `sha256` says. Errors as `HttpClient.download`.
        """
        named = self.settings.extra.media_original_usage if usage == ORIGINAL else usage
        if not named:
            raise FeatureMissingError("media_original_usage of the connection is not set", system="fourallportal", operation="download")
        part = to.with_name(f"{to.name}.part")
        try:
            with part.open("w+b") as file:
                path = {"id": object_id, "usage": named}
                found = self.http.download(op.DOWNLOAD, file, path=path, max_bytes=MOST_BYTES, subject=object_id)
            if sha256 and found.sha256 != sha256:
                raise BadShapeError("the file is not what its hash says", system="fourallportal", operation="download", subject=object_id)
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)
        return File(_name_in(found.disposition), found.size, found.sha256)

    def upload(self, path: str, stream: BinaryIO, sha256: str) -> Uploaded:
        """Bring a seekable file to the portal (DOC; REST ASM) and wait until the DAM shows it; there already counts as done.

        :raises NotReadyError: it does not show within 120 s. :raises InvalidError: not what `sha256` says.
        :raises FeatureMissingError: the connection has no way to upload.
        """
        return self.uploads.upload(path, stream, sha256)

    def find_file(self, name: str, sha256: str) -> str | None:
        """Id of the DAM's file of this name and content; None where it shows none."""
        return self._find(name, sha256)[0]

    def get_events(self, after: int, config_hash: str = "") -> Events:
        """Events of the legacy feed after one id (DOC c). Keep `last_id` and `config_hash` once the events are in the inbox."""
        return self.legacy.get_events(after, config_hash)

    def get_beans(self, ids: Sequence[str]) -> list[Bean]:
        """Objects as the legacy API shows them (DOC c)."""
        return self.legacy.get_beans(ids)

    def parse_callback(self, body: bytes) -> Hint:
        """What a web hook points at (ASM). Raises InvalidError for a body that is not ours."""
        try:
            given = read_json(body)
        except BadShapeError as problem:
            raise InvalidError("the web hook is no JSON", system="fourallportal", operation="parse_callback") from problem
        row: Mapping[str, object] = given if isinstance(given, dict) else {}
        module, object_id = row.get("module"), row.get("objectId")
        if module not in self.mapping.modules.values() or not isinstance(object_id, str) or not _ID.fullmatch(object_id):
            raise InvalidError("the web hook names no object of ours", system="fourallportal", operation="parse_callback")
        return Hint(str(module), object_id)

    def _has(self, module: str, object_id: str) -> bool:
        try:
            self.get_object(module, object_id, [])
        except NotFoundError:
            return False
        return True

    def _files(self, name: str, fields: Sequence[str]) -> Iterator[PortalObject]:
        for page in self.iter_objects(self.mapping.modules["file"], fields, query=name):
            yield from (obj for obj in page if _has_text(obj, self.mapping.asset.name, name))

    def _find(self, name: str, sha256: str) -> tuple[str | None, bool]:
        """As `find_file`, and whether the DAM has any file of this name."""
        rules, is_known = self.mapping.asset, False
        for obj in self._files(name, (rules.name, rules.sha256)):
            if _has_text(obj, rules.sha256, sha256):
                return obj.id, True
            is_known = True
        return None, is_known


def _module(answer: Response) -> Module:
    return read(Module, answer.json())


def _has_text(obj: PortalObject, field: str, text: str) -> bool:
    rows = obj.fields.get(field)
    return isinstance(rows, list) and any(isinstance(row, dict) and row.get("value") == text for row in rows)


def _name_in(disposition: str) -> str:
    """The file's name in a Content-Disposition header, without any folder; empty where it has none."""
    message = Message()
    message["Content-Disposition"] = disposition
    return PurePath((message.get_filename() or "").replace("\\", "/")).name
