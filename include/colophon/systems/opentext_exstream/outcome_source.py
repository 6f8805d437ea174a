"""EXT: outcomes and responses by feed, callback or file, as one record shape (contract section 7)."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from fsspec.core import url_to_fs

from colophon.errors import BadConnectionError, BadShapeError, InvalidError, PagingError
from colophon.http import webhooks
from colophon.http.client import HttpClient
from colophon.http.jsontext import read_json
from colophon.systems.opentext_exstream import operations as op
from colophon.systems.opentext_exstream.answers import check_success, data_of, record, records
from colophon.systems.opentext_exstream.records import Outcome
from colophon.systems.opentext_exstream.settings import SYSTEM, Extra

LIMIT = 500
COLUMNS = {
    "Delivery ID": "deliveryId",
    "Job ID": "jobId",
    "Customer number": "customerNumber",
    "Queue": "queue",
    "Type": "type",
    "At": "at",
    "Reason": "reason",
    "Case reference": "caseReference",
    "ISBN": "isbn",
    "Issue": "issue",
}
RESPONSE = {"Response kind": "kind", "Response text": "text"}


class OutcomeFile(NamedTuple):
    """A file of outcomes: SHA-256 of its bytes, what could be read, and the numbers of lines that could not."""

    sha256: str
    outcomes: tuple[Outcome, ...]
    bad_lines: tuple[int, ...]


class OutcomeSource:
    """The three ways in."""

    def __init__(self, http: HttpClient, extra: Extra) -> None:
        self._http, self._extra = http, extra

    def feed(self, after: int) -> Iterator[Outcome]:
        """Records after a position, ascending, until there are no more.

        :raises PagingError: positions do not rise.
        """
        while True:
            answer = self._http.call(op.OUTCOMES, query={"after": after, "limit": LIMIT}, check=check_success)
            rows = records(Outcome, data_of(answer, operation=op.OUTCOMES.name))
            if not rows:
                return
            for row in rows:
                if row.seq <= after:
                    raise PagingError("positions of the feed do not rise", system=SYSTEM, operation=op.OUTCOMES.name)
                after = row.seq
                yield row

    def callback(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Outcome:
        """One signed record. Raises ForgedError for one that is not the sender's, InvalidError for one that is malformed."""
        webhooks.verify(headers, body, self._extra.hook_secret, now=now)
        return self.parse(body)

    def parse(self, body: bytes) -> Outcome:
        """A record whose sender was verified already."""
        try:
            return record(Outcome, read_json(body))
        except BadShapeError as problem:
            told = problem.evidence
        raise InvalidError("the callback is no outcome", system=SYSTEM, operation="parse_callback", evidence=told)

    def files(self) -> Iterator[OutcomeFile]:
        """All CSV files of the location, by name; whoever asks keeps their hashes, and takes each one once.

        :raises BadConnectionError: the location cannot be read.
        """
        try:
            fs, root = url_to_fs(self._extra.outcomes_location)
            for path in sorted(fs.glob(f"{root.rstrip('/')}/*.csv")):
                yield read_file(fs.cat_file(path))
        except OSError as problem:
            reason = problem.strerror or type(problem).__name__
            raise BadConnectionError(f"outcomes_location cannot be read: {reason}", system=SYSTEM) from problem


def read_file(content: bytes) -> OutcomeFile:
    """A CSV file of outcomes with the contract's columns, in UTF-8; a line that does not fit is counted, never dropped silently."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if set(rows.fieldnames or ()) != {*COLUMNS, *RESPONSE}:
        return OutcomeFile(hashlib.sha256(content).hexdigest(), (), (1,))
    outcomes, bad = [], []
    for row in rows:
        try:
            outcomes.append(_from_row(row))
        except BadShapeError:
            bad.append(rows.line_num)
    return OutcomeFile(hashlib.sha256(content).hexdigest(), tuple(outcomes), tuple(bad))


def _from_row(row: Mapping[str, Any]) -> Outcome:
    """A line has no id of its own: the same line is the same record."""
    found: dict[str, Any] = {member: row[column] for column, member in COLUMNS.items() if row.get(column)}
    response = {member: row[column] for column, member in RESPONSE.items() if row.get(column)}
    key = hashlib.sha256("\x1f".join(str(row.get(column) or "") for column in (*COLUMNS, *RESPONSE)).encode()).hexdigest()
    return record(Outcome, {**found, "id": f"f-{key[:32]}", "response": response or None})
