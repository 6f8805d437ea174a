"""Files onto the portal: WebDAV and an event, or REST, then a look whether the DAM has them (contract sections 3 and 9)."""

import hashlib
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import BinaryIO
from urllib.parse import quote

from colophon.errors import ConflictError, FeatureMissingError, InvalidError, NotReadyError
from colophon.http.address import TrustedUrl, configured
from colophon.http.client import HttpClient
from colophon.systems.fourallportal import operations as op
from colophon.systems.fourallportal.records import Uploaded, quiet
from colophon.systems.fourallportal.settings import FourallportalSettings

VISIBLE_WITHIN_S = 120
FIRST_LOOK_S = 2.0
_CHUNK = 1 << 20
_IN_MEMORY = 8 << 20
_BOUNDARY = "colophon-7d1f4b9ce2a0"


class Uploads:
    """Brings files to the portal and finds them there."""

    def __init__(
        self,
        settings: FourallportalSettings,
        api: HttpClient,
        dav: HttpClient | None,
        *,
        find: Callable[[str, str], tuple[str | None, bool]],
        sleep: Callable[[float], None],
        clock: Callable[[], datetime],
    ) -> None:
        """:param find: id of the DAM's file by name and SHA-256, and whether it has any file of that name."""
        self._extra = settings.extra
        self._api = api
        self._dav = dav
        self._host = settings.host
        self._find = find
        self._sleep, self._clock = sleep, clock

    def upload(self, path: str, stream: BinaryIO, sha256: str) -> Uploaded:
        """See `FourallportalClient.upload`."""
        folder, name = _split(path)
        if _digest(stream) != sha256:
            raise InvalidError("the file is not what its hash says", system="fourallportal", operation="upload", evidence="digest_mismatch")
        there, is_known = self._find(name, sha256)
        if there is not None:
            return Uploaded(path, there)
        if self._extra.upload_mode == "rest":
            self._by_rest(path, name, stream)
        else:
            self._by_webdav(folder, name, stream)
            self.tell("UPDATE" if is_known else "CREATE", path)
        return Uploaded(path, self._wait(name, sha256))

    def move(self, path: str, destination: str) -> None:
        """Move a file on the folder, and tell the DAM."""
        (folder, name), _ = _split(path), _split(destination)
        headers = {"Destination": self._webdav(destination).text, "Overwrite": "T"}
        self._dav_client().call(op.DAV_MOVE, path={"name": name}, headers=headers, base=self._webdav(folder), subject=path)
        self.tell("MOVE", path, destination)

    def remove(self, path: str) -> None:
        """Take a file off the folder, and tell the DAM."""
        folder, name = _split(path)
        self._dav_client().call(op.DAV_DELETE, path={"name": name}, base=self._webdav(folder), subject=path)
        self.tell("DELETE", path)

    def tell(self, kind: str, path: str, destination: str | None = None) -> None:
        """Tell the DAM that a mounted file changed; without it the file stays unseen."""
        self._api.call(op.MOUNT_EVENT, path={"kind": kind}, json={"path": path, "destination": destination}, subject=path, check=quiet)

    def _by_webdav(self, folder: str, name: str, stream: BinaryIO) -> None:
        start, base = stream.tell(), self._webdav(folder)
        try:
            self._put(base, name, stream)
        except ConflictError:  # a folder on the way is missing
            self._make_folders(folder)
            stream.seek(start)
            self._put(base, name, stream)

    def _put(self, base: TrustedUrl, name: str, stream: BinaryIO) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        self._dav_client().call(op.DAV_PUT, path={"name": name}, body=stream, headers=headers, base=base, subject=name)

    def _make_folders(self, folder: str) -> None:
        parent = ""
        for name in folder.strip("/").split("/"):
            self._dav_client().call(op.DAV_MKCOL, path={"name": name}, base=self._webdav(parent), subject=name)
            parent += f"/{name}"

    def _by_rest(self, path: str, name: str, stream: BinaryIO) -> None:
        safe = quote(name, safe=" ")
        head = (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="path"\r\n\r\n{path}\r\n'
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{safe}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as form:
            form.write(head.encode())
            while chunk := stream.read(_CHUNK):
                form.write(chunk)
            form.write(f"\r\n--{_BOUNDARY}--\r\n".encode())
            form.seek(0)
            body: BinaryIO = form  # type: ignore[assignment]  # it has all that a file has
            where = self._host.address.below(self._extra.rest_upload_path)
            self._api.call(op.REST_UPLOAD, base=where, body=body, headers=headers, subject=path, check=quiet)

    def _wait(self, name: str, sha256: str) -> str:
        waited, pause = 0.0, FIRST_LOOK_S
        while True:
            found, _ = self._find(name, sha256)
            if found is not None:
                return found
            if waited >= VISIBLE_WITHIN_S:
                raise NotReadyError(
                    "the file is on the folder and the DAM does not show it yet",
                    not_before=self._clock() + timedelta(seconds=VISIBLE_WITHIN_S),
                    system="fourallportal",
                    operation="upload",
                    subject=name,
                )
            self._sleep(pause)
            waited, pause = waited + pause, min(pause * 2, VISIBLE_WITHIN_S - waited)

    def _dav_client(self) -> HttpClient:
        if self._dav is None or self._extra.upload_mode != "webdav":
            raise FeatureMissingError(
                f"upload_mode {self._extra.upload_mode} has no folder to write to",
                system="fourallportal",
                operation="upload",
                remedy="Set upload_mode and webdav_url of the connection, or leave uploads out.",
            )
        return self._dav

    def _webdav(self, path: str) -> TrustedUrl:
        """Where a folder or file of the mount is."""
        self._dav_client()
        return configured(self._extra.webdav_url, allow_http=self._host.allow_http).below(quote(path))


def _split(path: str) -> tuple[str, str]:
    """Folder and name. Raises InvalidError for what leaves the folder, or is none."""
    folder, _, name = path.rpartition("/")
    parts = path.split("/")[1:]
    if not path.startswith("/") or not parts or any(part in {"", ".", ".."} or not part.isprintable() for part in parts):
        raise InvalidError("the path is none of a file on the folder", system="fourallportal", operation="upload")
    return folder, name


def _digest(stream: BinaryIO) -> str:
    start, digest = stream.tell(), hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    stream.seek(start)
    return digest.hexdigest()
