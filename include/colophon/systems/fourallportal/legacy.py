"""The older RPC feed of changes (contract section 6). A fault comes as 200 with a `code`."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from colophon.errors import BadConnectionError, BadShapeError, ColophonError, FeatureMissingError, InvalidError, ServerError
from colophon.http.auth import NoAuth
from colophon.http.client import HttpClient
from colophon.http.operation import Operation
from colophon.systems.fourallportal import operations as op
from colophon.systems.fourallportal.records import Bean, Event, Events, read
from colophon.systems.fourallportal.settings import FourallportalSettings

UNDEFINED, MISSING, NOT_IMPLEMENTED = -1, 1, 2


def legacy_auth(settings: FourallportalSettings) -> NoAuth:
    """No header; the password, also in the Base64 in which it travels, is never told."""
    return NoAuth(secrets=tuple(filter(None, (settings.extra.login_password, _encoded(settings.extra.login_password)))))


class LegacyFeed:
    """Logs in for each verb and out again, so that no session is left behind."""

    def __init__(self, http: HttpClient, settings: FourallportalSettings) -> None:
        self._http = http
        self._settings = settings
        self._connector = settings.extra.connector_name

    def get_events(self, after: int, config_hash: str) -> Events:
        """See `FourallportalClient.get_events`."""
        with self._session() as session:
            current = self._config_hash(session)
            found: dict[int, Event] = {}
            first = after + 1
            while True:
                rows = self._rows(op.GET_EVENTS, session, first, current)
                fresh = [event for event in (read(Event, row) for row in rows) if event.id > after and event.id not in found]
                if not fresh:
                    break
                found.update((event.id, event) for event in fresh)
                first = max(found) + 1
        events = tuple(found[number] for number in sorted(found))
        return Events(events, max(found, default=after), current, must_scan=config_hash not in {"", current})

    def get_beans(self, ids: Sequence[str]) -> list[Bean]:
        """Objects as the older API shows them."""
        with self._session() as session:
            return [read(Bean, row) for row in self._rows(op.GET_BEANS, session, list(ids))]

    def get_module_config(self, module: str) -> object:
        """What the connector shows of a module."""
        with self._session() as session:
            return self._call(op.GET_MODULE_CONFIG, session, module)

    @contextmanager
    def _session(self) -> Iterator[str]:
        extra = self._settings.extra
        if not (self._settings.login and extra.login_password):
            raise BadConnectionError("the legacy feed needs login and login_password", system="fourallportal")
        body = {"username": self._settings.login, "password": _encoded(extra.login_password), "language": "en_US"}
        answer = self._http.call(op.LOGIN, json=body).json()
        _check_code(answer, op.LOGIN)
        session = answer.get("session") if isinstance(answer, dict) else None
        if not isinstance(session, str) or not session.isascii() or not session.isalnum():
            raise BadShapeError("the login gave no session", system="fourallportal", operation=op.LOGIN.name)
        try:
            yield session
        finally:
            self._logout(session)

    def _logout(self, session: str) -> None:
        try:
            self._http.call(op.LOGOUT, json=[session], headers=_cookie(session))
        except ColophonError:  # the session ends by itself
            return

    def _config_hash(self, session: str) -> str:
        config = self._call(op.GET_CONNECTOR_CONFIG, session)
        found = config.get("config_hash") if isinstance(config, dict) else None
        if not isinstance(found, str):
            raise BadShapeError("the connector's configuration has no config_hash", system="fourallportal")
        return found

    def _rows(self, operation: Operation, session: str, *parameters: object) -> list[object]:
        rows = self._call(operation, session, *parameters)
        if not isinstance(rows, list):
            raise BadShapeError("result is no list", system="fourallportal", operation=operation.name)
        return rows

    def _call(self, operation: Operation, session: str, *parameters: object) -> object:
        body = self._http.call(operation, json=[session, self._connector, *parameters], headers=_cookie(session)).json()
        return _check_code(body, operation).get("result")


def _check_code(body: object, operation: Operation) -> dict[str, object]:
    """A body whose code is 0. Raises by the code (contract section 7); never with the portal's prose."""
    code = body.get("code") if isinstance(body, dict) else None
    if not isinstance(body, dict) or isinstance(code, bool) or not isinstance(code, int):
        raise BadShapeError("the answer has no code", system="fourallportal", operation=operation.name)
    if code == 0:
        return body
    error, sentence = {
        MISSING: (InvalidError, "the portal misses a parameter"),
        NOT_IMPLEMENTED: (FeatureMissingError, "the portal does not have this verb"),
    }.get(code, (ServerError, "the portal is in trouble"))
    raise error(sentence, system="fourallportal", operation=operation.name, evidence=f"code {code}")


def _cookie(session: str) -> dict[str, str]:
    return {"Cookie": f"CESESSID={session}"}


def _encoded(password: str) -> str:
    return b64encode(password.encode()).decode()
