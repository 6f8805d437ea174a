"""From a communication's name to its id, data source and queues (contract section 2), remembered for an hour."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from colophon.errors import BadShapeError, FixConfigurationError
from colophon.http.client import HttpClient
from colophon.http.operation import Operation
from colophon.http.response import Response
from colophon.systems.opentext_exstream import operations as op
from colophon.systems.opentext_exstream.answers import bare, check_success, data_of
from colophon.systems.opentext_exstream.records import Driver
from colophon.systems.opentext_exstream.settings import SYSTEM

KEPT = timedelta(hours=1)
PAGE, MOST_PAGES = 100, 1000
APPROVED = {"filter.types": "exstrapplication", "filter.states": "APPROVED", "filter.latestVersion": "true"}


class Design:
    """Looks things up in the design service of one domain."""

    def __init__(self, http: HttpClient, domain: str, *, clock: Callable[[], datetime]) -> None:
        self._http, self._domain, self._clock = http, domain, clock
        self._known: dict[str, tuple[datetime, Driver]] = {}

    def resolve(self, name: str) -> Driver:
        """An approved communication by its name (DOC).

        :raises FixConfigurationError: not approved, in no communication set, or without a data source.
        """
        known, now = self._known.get(name), self._clock()
        if known is None or now - known[0] >= KEPT:
            known = self._known[name] = (now, self._look_up(name))
        return known[1]

    def _look_up(self, name: str) -> Driver:
        communication = self._find(name)
        query: dict[str, str | int] = {"linkSubjectId": communication, "linkDepth": 2, "filter.types": "exstrcommunicationset"}
        links = self._get(op.LINKS, query=query)
        ids = [row.get("linkObjectId") for row in links if isinstance(row, dict)] if isinstance(links, list) else []
        if not ids or not isinstance(ids[0], str):
            raise _not_ready(f"the communication {name} is in no communication set")
        found = self._set(ids[0])
        sources = _names(found, "dsnlist", "prodDsn")
        if not sources:
            raise _not_ready(f"the communication {name} has no data source")
        return Driver(communication, sources[0], tuple(_names(found, "queueList", "name")))

    def _find(self, name: str) -> str:
        """Page by page until an empty one: a page may be shorter than was asked for."""
        seen: set[object] = set()
        for number in range(MOST_PAGES):
            rows = self._get(op.RESOURCES, query={**APPROVED, "count": PAGE, "offset": number})
            if not isinstance(rows, list):
                raise BadShapeError("data is no list", system=SYSTEM, operation=op.RESOURCES.name)
            ids = {str(row["id"]): row.get("name") for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}
            found = next((known for known, told in ids.items() if told == name), None)
            if found is not None:
                return found
            if seen.issuperset(ids):  # nothing new: an empty page, or a service that gives the same page again
                break
            seen.update(ids)
        raise _not_ready(f"no approved communication has the name {name}")

    def _set(self, set_id: str) -> Any:
        """A communication set: shown without the envelope of all other answers, and read with it as well."""

        def check(answer: Response) -> None:
            if answer.status < 300:
                _names(bare(answer), "dsnlist", "prodDsn")

        answer = self._http.call(op.SET, path={"domain": self._domain, "id": set_id}, check=check)
        return bare(answer) if answer.status < 300 else data_of(answer, operation=op.SET.name)

    def _get(self, operation: Operation, *, query: dict[str, str | int] | None = None, **path: str) -> Any:
        answer = self._http.call(operation, path={"domain": self._domain, **path}, query=query, check=check_success)
        return data_of(answer, operation=operation.name)


def _names(found: Any, member: str, name: str) -> list[str]:
    rows = found.get(member) if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise BadShapeError("a communication set has another shape than agreed", system=SYSTEM, operation=op.SET.name, evidence=member)
    return [row[name] for row in rows if isinstance(row, dict) and isinstance(row.get(name), str) and row[name]]


def _not_ready(sentence: str) -> FixConfigurationError:
    return FixConfigurationError(
        sentence, system=SYSTEM, operation="resolve", remedy="Have the communication approved and published, or correct its name."
    )
