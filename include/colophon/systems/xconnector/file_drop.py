"""Mode `file_drop`: one file for each message in a folder or bucket (contract section 1).

<recipient>/<event id>.json     or the file's own name, where the event carries one
<recipient>/ack/<that name>…    the recipient's receipt, if it gives any; what is no JSON there is a report on titles (`receipts`)
.sent/<event id>                what we dropped, so that a file that was fetched and deleted is not dropped again; written when the
                                file is whole, before it gets its name: one that still lies aside was not dropped yet
.payloads/<sha256>              content that waits for its event
.aside/<random>                 a file while it is written: nobody else's, whatever writes at the same time
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from fsspec.core import url_to_fs

from colophon import environment
from colophon.errors import BadConnectionError, BadShapeError, ConflictError, InvalidError, NotFoundError, RefusedError
from colophon.http.jsontext import read_json, write_json
from colophon.http.reading import Download
from colophon.systems.xconnector.mapping import content_hash, to_wire
from colophon.systems.xconnector.records import NO_RECEIPT, Event, EventRef, Fault, MessageStatus, Payload, Receipt, TargetDelivery, Verdict
from colophon.systems.xconnector.transport import EventTransport

STORED, RECEIPT = "drop:payload:", "drop:receipt:"
FETCHED = "fetched"
"""Instead of the hash of a file that its recipient took, and deleted, before it could be looked at."""
_CHUNK = 1 << 20


class FileDropTransport(EventTransport):
    """Writes aside and renames, so that nobody sees half a file."""

    mode = "file_drop"

    def __init__(self, location: str, *, clock: Callable[[], datetime]) -> None:
        """:param location: folder or URL (fsspec). :param clock: aware UTC."""
        self._fs, root = url_to_fs(location)
        self._root = root.rstrip("/")
        self._clock = clock

    def test(self) -> None:
        """Whether the folder can be written.

        :raises BadConnectionError: it cannot.
        """
        check = f"{self._root}/.sent/.check-{environment.new_id()}"
        with self._reachable():
            self._write(check, b"ok")
            self._fs.rm_file(check)

    def send(self, events: Sequence[Event]) -> list[Verdict]:
        """One file for each; an event that was dropped before is not dropped again."""
        with self._reachable():
            return [self._verdict(event) for event in events]

    def put_payload(self, file: BinaryIO, payload: Payload) -> Payload:
        """Keep content until its event names the recipient."""
        path = f"{self._root}/.payloads/{payload.sha256}"
        with self._reachable():
            if not self._fs.exists(path):
                self._write(path, *iter(lambda: file.read(_CHUNK), b""))
        return payload.model_copy(update={"url": STORED + payload.sha256})

    def find(self, source: str, event_id: str) -> MessageStatus | None:
        """What became of a dropped file, by its receipt."""
        with self._reachable():
            note = self._note(event_id)
            return self._status(source, event_id, note) if note and not self._lies_aside(note) else None

    def receipts(self, recipient: str, known: Mapping[str, str]) -> list[Receipt]:
        """What lies in the recipient's `ack`. JSON, and a file without anything in it, is a yes or no and no report."""
        with self._reachable():
            return [self._receipt(recipient, path, known) for path in sorted(self._fs.glob(f"{self._root}/{_name(recipient)}/ack/*"))]

    def dropped_name(self, event_id: str) -> str:
        """By our own note of it."""
        with self._reachable():
            return str((self._note(event_id) or {}).get("name", ""))

    def get_payload(self, payload: Payload, to: BinaryIO) -> Download:
        """A report that a recipient left.

        :raises NotFoundError: it lies there no more, or is another one by now.
        """
        recipient, _, name = payload.url.removeprefix(RECEIPT).partition("/")
        with self._reachable():
            try:
                content = self._fs.cat_file(f"{self._root}/{_name(recipient)}/ack/{_name(name)}")
            except FileNotFoundError:
                content = b""
        if hashlib.sha256(content).hexdigest() != payload.sha256:
            raise NotFoundError("the recipient's report lies there no more, or was changed", system="xconnector", operation="get_payload")
        to.write(content)
        return Download(payload.sha256, len(content), payload.media_type)

    def _receipt(self, recipient: str, path: str, known: Mapping[str, str]) -> Receipt:
        name, version = PurePosixPath(path).name, str(self._fs.checksum(path))
        content = b"" if known.get(name) == version else self._fs.cat_file(path)
        if not content.strip() or _is_json(content):
            return Receipt(name, version, None)
        digest = hashlib.sha256(content).hexdigest()
        url = f"{RECEIPT}{recipient}/{name}"
        return Receipt(name, version, Payload(url=url, sha256=digest, bytes=len(content), media_type="", file_name=name))

    def _verdict(self, event: Event) -> Verdict:
        try:
            return self._drop(event)
        except RefusedError as problem:
            return Verdict(event.id, "refused", error=Fault(code=problem.code, message=problem.sentence))

    def _drop(self, event: Event) -> Verdict:
        sha256 = content_hash(event.data)
        note = self._note(event.id)
        if note and note["sha256"] != sha256:
            return Verdict(event.id, "refused", error=Fault(code="duplicate_conflict"))
        if not note:
            note = {"recipient": event.recipient, "type": event.type, "sha256": sha256, "at": self._clock()}
            self._place(event, note)
        elif self._lies_aside(note):
            self._fs.mv(note["aside"], f"{self._root}/{_name(note['recipient'])}/{note['name']}")
        return Verdict(event.id, "sent", event.id, Fault(code=NO_RECEIPT))

    def _place(self, event: Event, note: dict[str, Any]) -> None:
        """Put the message under its name, complete, and keep the note. What lies there already stays.

        :raises ConflictError: what lies under its name is another message.
        """
        folder = f"{self._root}/{_name(event.recipient or '')}"
        payload = (event.data or {}).get("payload")
        stored = str(payload.get("url")) if isinstance(payload, dict) else ""
        if stored.startswith(STORED) and isinstance(payload, dict):
            name, wanted, hash_of = _name(payload.get("fileName") or event.id), _name(stored.removeprefix(STORED)), self._file_hash
            put: Callable[[str], object] = lambda aside: self._fs.cp_file(f"{self._root}/.payloads/{wanted}", aside)  # noqa: E731 - one of two
        else:
            name, wanted, hash_of = f"{event.id}.json", content_hash(event.data), self._data_hash
            put = lambda aside: self._fs.pipe_file(aside, write_json(to_wire(event)))  # noqa: E731 - as above
        path, kept = f"{folder}/{name}", f"{self._root}/.sent/{event.id}"
        note["name"] = name
        if self._fs.exists(path):
            self._keep(kept, note, hash_of(path) in {wanted, FETCHED})
            return
        note["aside"] = aside = self._new_aside(path)
        try:
            put(aside)
            self._keep(kept, note, hash_of(aside) == wanted)
        except (OSError, RefusedError):
            if self._fs.exists(aside):
                self._fs.rm_file(aside)
            raise
        self._fs.mv(aside, path)

    def _keep(self, path: str, note: dict[str, Any], is_ours: bool) -> None:  # noqa: FBT001 - what the note is about
        if not is_ours:
            raise ConflictError("what lies there under this name is another message", system="xconnector", operation="send")
        self._write(path, write_json(note))

    def _lies_aside(self, note: dict[str, Any]) -> bool:
        """Whether the sender died after the note, and before the file had its name."""
        return "aside" in note and bool(self._fs.exists(note["aside"]))

    def _write(self, path: str, *chunks: bytes) -> None:
        with self._aside_of(path) as aside, self._fs.open(aside, "wb") as out:
            for chunk in chunks:
                out.write(chunk)

    @contextmanager
    def _aside_of(self, path: str) -> Iterator[str]:
        """Where to write a file aside; it is renamed at the end. The place is its writer's alone, for several write alike names at once."""
        aside = self._new_aside(path)
        try:
            yield aside
            self._fs.mv(aside, path)
        finally:
            if self._fs.exists(aside):
                self._fs.rm_file(aside)

    def _new_aside(self, path: str) -> str:
        aside = f"{self._root}/.aside/{environment.new_id()}"
        self._fs.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        self._fs.makedirs(f"{self._root}/.aside", exist_ok=True)
        return aside

    def _file_hash(self, path: str) -> str:
        try:
            with self._fs.open(path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return FETCHED

    def _data_hash(self, path: str) -> str:
        """Of an event's data: the run that sent it is written beside them, and may be another one."""
        try:
            event = read_json(self._fs.cat_file(path))
        except FileNotFoundError:
            return FETCHED
        except BadShapeError:
            return ""
        return content_hash(event.get("data")) if isinstance(event, dict) else ""

    def _note(self, event_id: str) -> dict[str, Any] | None:
        path = f"{self._root}/.sent/{_name(event_id)}"
        note = read_json(self._fs.cat_file(path)) if self._fs.exists(path) else None
        return note if isinstance(note, dict) else None

    def _status(self, source: str, event_id: str, note: dict[str, Any]) -> MessageStatus:
        receipts = self._fs.glob(f"{self._root}/{note['recipient']}/ack/{note['name']}*")
        fault = _fault(self._fs.cat_file(receipts[0])) if receipts else None
        word = ("rejected" if fault else "acknowledged") if receipts else "sent"
        delivery = TargetDelivery(target=note["recipient"], status=word, attempts=1, last_attempt_at=note["at"], error=fault)
        return MessageStatus(
            message_id=event_id,
            event=EventRef(id=event_id, source=source, type=note["type"]),
            status={"acknowledged": "delivered"}.get(word, word),
            accepted_at=note["at"],
            deliveries=(delivery,),
        )

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            reason = problem.strerror or type(problem).__name__
            raise BadConnectionError(f"the drop folder cannot be used: {reason}", system="xconnector") from problem


def _name(text: str) -> str:
    """A name that stays in its folder."""
    if not text or text.startswith(".") or "/" in text or "\\" in text or not text.isprintable():
        raise InvalidError("a recipient, event or file name is no name of a file", system="xconnector", operation="send")
    return text


def _is_json(content: bytes) -> bool:
    try:
        read_json(content)
    except BadShapeError:
        return False
    return True


def _fault(receipt: bytes) -> Fault | None:
    """Why a receipt says no; one that is no JSON, or has no code, says yes."""
    try:
        body = read_json(receipt)
    except BadShapeError:
        return None
    code = body.get("code") if isinstance(body, dict) else None
    return Fault(code=str(code), message=str(body.get("message") or "")) if code and isinstance(body, dict) else None
