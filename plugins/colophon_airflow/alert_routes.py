"""Ways on which a notice can go: a file, a log, any notifier of Airflow's, an e-mail, OpenText Push."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from colophon import environment
from colophon.errors import BadConfigError, TransportError

if TYPE_CHECKING:
    from airflow.sdk import BaseNotifier

    from colophon_airflow.notices import Notice

SMTP = "airflow.providers.smtp.notifications.smtp.SmtpNotifier"
UNREACHED = "whether it is reached, only a notice shows"
_PLACE = re.compile(r"\{\{ *(notice|html|what|why|do|where) *\}\}")


class Route(Protocol):
    """A way on which a notice can go."""

    kind: ClassVar[str]

    def send(self, notice: "Notice") -> None:
        """Send it. Raises anything where it did not go."""

    def check(self) -> str:
        """What was looked at. Raises anything where a notice would not go."""


class _Route(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class FileRoute(_Route):
    """Adds to a file: for one machine, or for a collector of logs."""

    kind: ClassVar[str] = "file"
    file: Path

    def send(self, notice: "Notice") -> None:
        """See the protocol."""
        with self.file.open("a", encoding="utf-8") as out:
            out.write(f"{environment.now():%Y-%m-%d %H:%M:%S} UTC\n{notice}\n\n")

    def check(self) -> str:
        """See the protocol."""
        with self.file.open("a", encoding="utf-8"):
            return f"{self.file} can be written"


class NotifierRoute(_Route):
    """Any notifier that is installed, by its class; its arguments hold the places `{{ notice }}`, `{{ what }}`, `{{ why }}` ..."""

    kind: ClassVar[str] = "notifier"
    notifier: str
    kwargs: Mapping[str, Any] = Field(default={}, repr=False)

    def send(self, notice: "Notice") -> None:
        """See the protocol. Airflow's templates stay out of it: what a notice says is no template."""
        self._made({"notice": str(notice), "html": escape(str(notice)), **notice.lines()}).notify({})

    def check(self) -> str:
        """See the protocol. What has a hook with a connection test is reached, too."""
        if not any(_PLACE.search(text) for text in _texts(self.kwargs)):
            raise BadConfigError("no argument of the notifier has a place for the notice", remedy='Write "{{ notice }}" into its text.')
        notifier = self._made({})
        test = getattr(getattr(notifier, "hook", None), "test_connection", None)
        if test is None:
            return f"{self.notifier.rpartition('.')[2]} can be made; {UNREACHED}"
        if not test()[0]:
            raise TransportError("the notifier's connection does not work", remedy="Press Test at its connection (Admin > Connections).")
        return f"{self.notifier.rpartition('.')[2]} is reached"

    def _made(self, places: Mapping[str, str]) -> "BaseNotifier":
        from airflow.sdk import BaseNotifier

        module, _, name = self.notifier.rpartition(".")
        try:
            kind = getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as problem:
            raise BadConfigError(f"{self.notifier} is not installed", remedy="Install its provider, or correct the name.") from problem
        if not (isinstance(kind, type) and issubclass(kind, BaseNotifier)) or kind.notify is BaseNotifier.notify:
            raise BadConfigError(f"{self.notifier} is no notifier that can be called here", remedy="Name a class with `notify`.")
        return kind(**_filled(self.kwargs, places))


class EmailRoute(_Route):
    """An e-mail through Airflow's SMTP provider."""

    kind: ClassVar[str] = "email"
    email: str | Sequence[str] = Field(repr=False)
    smtp_conn_id: str = "smtp_default"
    from_email: str | None = Field(default=None, repr=False)

    def send(self, notice: "Notice") -> None:
        """See the protocol."""
        self._notifier().send(notice)

    def check(self) -> str:
        """See the protocol."""
        return self._notifier().check()

    def _notifier(self) -> NotifierRoute:
        kwargs = {
            "to": self.email, "smtp_conn_id": self.smtp_conn_id, "from_email": self.from_email,
            "subject": "Colophon: {{ what }}", "html_content": "<pre>{{ html }}</pre>",
        }  # fmt: skip
        return NotifierRoute(notifier=SMTP, kwargs=kwargs)


class PushRoute(_Route):
    """OpenText Push, to people of the file of recipients: by the system's client, and by no DAG, which may itself be what is broken."""

    kind: ClassVar[str] = "push"
    push: Sequence[str] = Field(min_length=1, repr=False)
    people: str = "people.csv"
    conn_id: str = "opentext_push_default"

    def send(self, notice: "Notice") -> None:
        """See the protocol. It went when one of them was sent it.

        :raises TransportError: it went to nobody.
        """
        from colophon.domain.delivery import Delivery
        from colophon.http.retry import asking_once
        from colophon.systems.opentext_push.port import PushPort
        from colophon.systems.opentext_push.records import Alert
        from colophon_airflow.systems.opentext_push.hook import OpentextPushHook
        from colophon_airflow.systems.opentext_push.operators import recipients

        verdicts = []
        with asking_once(), OpentextPushHook(self.conn_id).client as client:
            port = PushPort(client, recipients(self.people, None))
            for person in self.push:
                alert = Alert(person=person, title=notice.what[:100], body=f"{notice.why}. {notice.do} {notice.where}", pipeline=True)
                now, content = environment.now(), alert.model_dump_json().encode()
                delivery = Delivery(
                    id=environment.new_id(), use_case="alerts", destination="on-call", subject="alert", revision=1, content_hash="",
                    delivery_class=port.delivery_class, media_type="application/json", content=content, as_of=now, labels={}, tried=False,
                )  # fmt: skip
                verdicts += port.send([delivery])
        if not any(verdict.result in {"accepted", "sent", "confirmed"} for verdict in verdicts):
            codes = ", ".join(sorted({verdict.code for verdict in verdicts}))
            raise TransportError("no push was taken", system="opentext_push", operation="alert", evidence=codes)

    def check(self) -> str:
        """See the protocol."""
        from colophon.http.retry import asking_once
        from colophon.systems.opentext_push.port import is_reachable
        from colophon_airflow.systems.opentext_push.hook import OpentextPushHook
        from colophon_airflow.systems.opentext_push.operators import recipients

        hook = OpentextPushHook(self.conn_id)
        with asking_once():
            hook.checks()
        directory, fallback = recipients(self.people, None), hook.client.settings.extra.fallback_channel
        for number, person in enumerate(self.push, 1):
            if not is_reachable(directory.resolve(person), fallback):
                raise BadConfigError(
                    f"person {number} of the route has no device in {self.people}", remedy="Add a row, or name another key."
                )
        return f"OpenText Push is reached, {len(self.push)} people have devices"


KINDS: Mapping[str, type[FileRoute | NotifierRoute | EmailRoute | PushRoute]] = {
    route.kind: route for route in (FileRoute, NotifierRoute, EmailRoute, PushRoute)
}
"""By the key that names the route."""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)


def _filled(value: Any, places: Mapping[str, str]) -> Any:
    """A copy with the places filled in one pass: what is filled in is not looked at again."""
    if isinstance(value, str):
        return _PLACE.sub(lambda place: places.get(place[1], ""), value)
    if isinstance(value, Mapping):
        return {key: _filled(part, places) for key, part in value.items()}
    return [_filled(part, places) for part in value] if isinstance(value, list | tuple) else value
