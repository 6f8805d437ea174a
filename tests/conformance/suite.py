"""One suite of failures that every system's client passes. A system joins by declaring names in `test_<system>.py`:

    class TestExample(Conformance):
        system = "example"                       # its name in the sandbox
        base = "/example"                        # its base path there
        secrets = {"password": "sandbox-not-a-token"}   # secret fields of the connection, with the sandbox's values
        canaries = ("Zoe Canary",)               # personal values that the verbs below send or get

        def make_client(self, address, secrets, extra, **injected):   # injected: sleep, random, clock
            settings = ExampleSettings.from_connection(address, secrets["password"], {"source": "x", **extra})
            return ExampleClient(settings, **injected)

        read = Verb("things", "GET", "/v1/things", lambda client, _: client.things(), required=("items", "items/0/id"))
        write_a = Verb("send", "POST", "/v1/things", lambda client, thing: client.send(thing),
                       prepare=lambda client, box: make_thing(1), effects=lambda box: len(box.effects("example.made")),
                       required=("thingId",))

Names that a system may have (what it lacks stays None, and the tests of it skip with that reason):

- `read`: a read; a failure of it raises. `paged`: a read of several pages, with `small_pages` and `ids`.
- `write_a` ... `write_d`: one write for each delivery class. `bulk`: a write of several things in one request, with `items`
  and `bulk_class`. `more`: further verbs, each with its class in `writes`. What each member of a `Verb` means is told in `suite_declaration.py`.
- `tasks`: a `Tasks` where deliveries go through operators. `token`: a `Token` where the client fetches tokens. `seeds`: records for the sandbox, as `{system: {...}}`.
- `absent`: the sandbox's reasons for "it is not there", where a verb looks before it writes.
- `systems`: classes of the sandbox's systems; all by default. `named`: its name in errors, where the sandbox has another. `headers`: names of headers that the contract adds to ours, lower case.
- `read_tries`, `write_tries`, `budget_s`, `busy_s` (least and most seconds after a 429 without header), `lost_waits_s` (seconds
  after each lost answer of a write): where the contract states others. `unreachable`: the error when nobody answers.
- `wrong_secret(name)`: a wrong value of the right form, where that is checked. `good_extra`: keys of `extra` that become no header.

`prepare`, `effects` and `small_pages` get the sandbox as a `suite_box.Box`: `seed`, `settings`, `advance`, `effects`, `rows`, `limit`.

Every test ends with these checks: the strict sandbox refused nothing (K18) unless the test expects it, no other host heard of
us (K17), headers are ours or the contract's, and no secret, token or canary is in a log record or an error, in any form (K14).
Nothing waits: clients get a sleep that only remembers, a random that is always 0.5 and a clock that stands still.
"""

import base64
import logging
import traceback
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar

import pytest
from suite_answers import Answers
from suite_box import Box, served
from suite_declaration import Tasks, Token, Verb
from suite_forms import forms_of
from suite_repeats import Repeats
from suite_secrets import Secrets
from suite_tasks import Left

from colophon.errors import ColophonError, TransportError
from colophon_sandbox.app import Sandbox
from colophon_sandbox.serve import all_systems

__all__ = ["Conformance", "Tasks", "Token", "Verb"]

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
PROSE = "answer-prose-canary"
COMMON_HEADERS = frozenset(
    {"host", "user-agent", "accept", "accept-encoding", "connection", "content-type", "content-length", "authorization", "x-request-id"}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call: an error of ours, or a result that claims success or does not."""

    result: Any
    error: ColophonError | None
    is_done: bool


class Conformance(Repeats, Answers, Secrets, Left):
    """The suite. The module's docstring tells what to declare."""

    system: ClassVar[str]
    named: ClassVar[str] = ""
    base: ClassVar[str]
    secrets: ClassVar[Mapping[str, str]]
    canaries: ClassVar[tuple[str, ...]] = ()
    seeds: ClassVar[Sequence[Mapping[str, Any]]] = ()
    systems: ClassVar[Sequence[Any]] = ()
    headers: ClassVar[frozenset[str]] = frozenset()
    good_extra: ClassVar[Mapping[str, object]] = {"max_per_second": 1000, "settle_seconds": 7}
    token: ClassVar[Token | None] = None
    tasks: ClassVar[Tasks | None] = None
    read: ClassVar[Verb]
    paged: ClassVar[Verb | None] = None
    write_a: ClassVar[Verb | None] = None
    write_b: ClassVar[Verb | None] = None
    write_c: ClassVar[Verb | None] = None
    write_d: ClassVar[Verb | None] = None
    bulk: ClassVar[Verb | None] = None
    bulk_class: ClassVar[str] = "A"
    more: ClassVar[Sequence[Verb]] = ()
    absent: ClassVar[frozenset[str]] = frozenset()
    read_tries = 5
    write_tries = 4
    budget_s = 180.0
    busy_s: ClassVar[tuple[float, float]] = (0, 1)
    lost_waits_s: ClassVar[tuple[float, ...]] = ()
    unreachable: ClassVar[type[ColophonError]] = TransportError
    now = NOW

    def make_client(self, address: str, secrets: Mapping[str, str], extra: Mapping[str, object], **injected: Any) -> Any:
        """A client of the system at this address. `injected` are sleep, random and clock."""
        raise NotImplementedError

    def wrong_secret(self, name: str) -> str:
        """A secret that the system does not know."""
        return f"wrong-canary/{name}+0="

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each test for each declared verb that it is about; one that skips, with the reason, where there is none."""
        writes = {kind: getattr(self, f"write_{kind.lower()}") for kind in "ABCD"}
        made = [replace(verb, writes=kind) for kind, verb in writes.items() if verb] + [verb for verb in self.more if verb.writes]
        bulk = [replace(self.bulk, writes=self.bulk_class)] if self.bulk else []
        reads = [verb for verb in (self.read, self.paged, *self.more) if verb and not verb.writes]
        verbs = [*reads, *made, *bulk]
        known: dict[str, tuple[list[Any], str]] = {
            "verb": (verbs, "verb"),
            "reading": (reads, "read"),
            "write": ([*made, *bulk], "write"),
            "sure": ([verb for verb in (*made, *bulk) if verb.writes in {"A", "B"}], "write of class A or B"),
            "unsure": ([verb for verb in made if verb.writes == "D"], "write of class D"),
            "paging": ([verb for verb in reads if verb.small_pages], "paged read"),
            "many": (bulk, "bulk write"),
            "stated": ([verb for verb in verbs if verb.state], "verb with a state in its answer"),
            "member": ([(verb, name) for verb in verbs for name in verb.required], "required member"),
            "secret": (list(self.secrets), "secret"),
            "tasks": ([self.tasks] if self.tasks else [], "task"),
            "tokens": ([self.token] if self.token else [], "token endpoint"),
        }
        for name, (values, what) in known.items():  # in this order, so that every worker collects the same
            if name not in metafunc.fixturenames:
                continue
            skip = pytest.mark.skip(reason=f"{self.system} has no {what}")
            metafunc.parametrize(name, values or [pytest.param(None, marks=skip)], ids=_name_of)

    @pytest.fixture(scope="class")
    @classmethod
    def _served(cls) -> Iterator[Box]:
        sandbox = Sandbox(cls.systems or all_systems(), control=True)
        sandbox.seeds = [partial(deepcopy, records) for records in cls.seeds]
        with served(Box(sandbox, cls.system, cls.base, cls.absent)) as box:
            yield box

    @pytest.fixture(autouse=True)
    def _bench(self, _served: Box, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        """Everything a test needs on `self`, and the checks that end every test."""
        caplog.set_level(logging.DEBUG)
        _served.reset()
        self.box, self.log = _served, caplog
        self.waits: list[float] = []
        self.texts: list[str] = []
        self.planted: list[str] = []
        self.may_be_refused = False
        self._clients: list[Any] = []
        yield
        for client in self._clients:
            client.close()
        everything = list(self.box.seen)
        assert self.may_be_refused or not self.box.refused, self.box.refused
        assert not self.box.elsewhere.heard
        assert {name for one in everything for name in one.headers} <= COMMON_HEADERS | self.headers | self._token_headers
        self._check_leaks(everything)

    @property
    def _token_headers(self) -> set[str]:
        return {self.token.header.lower()} if self.token else set()

    def client(self, *, address: str = "", secrets: Mapping[str, str] | None = None, **extra: object) -> Any:
        """A client that does not wait."""
        given = {"start_jitter_seconds": 0, "timeouts": {"connect": 60, "read": 60, "total": 60}, **extra}
        found = {**self.secrets, **(secrets or {})}
        self.planted.extend(found.values())
        made = self.make_client(address or self.box.url, found, given, sleep=self.waits.append, random=lambda: 0.5, clock=lambda: self.now)
        self._clients.append(made)
        return made

    def ready(self, verb: Verb, **extra: object) -> tuple[Any, Any]:
        """A client, and what to call the verb with; calls, waits and effects count from here."""
        client = self.client(**extra)
        if self.token:
            self.token.fetch(client)
        given = verb.prepare(client, self.box)
        assert not self.box.refused, self.box.refused
        self.box.forget()
        self.waits.clear()
        self._effects_before = verb.effects(self.box)
        return client, given

    def attempt(self, verb: Verb, client: Any, given: Any) -> Outcome:
        """Call it. Only errors of ours may come; their texts are kept for the check against leaks."""
        try:
            result = verb.call(client, given)
        except ColophonError as problem:
            self.texts += [str(problem), repr(problem), repr(vars(problem)), "".join(traceback.format_exception(problem))]
            return Outcome(None, problem, is_done=False)
        return Outcome(result, None, bool(verb.is_done(result)))

    def effects(self, verb: Verb) -> int:
        """Effects since `ready`."""
        return verb.effects(self.box) - self._effects_before

    def calls(self, verb: Verb) -> int:
        """Tries since `ready`."""
        return len(self.box.calls(verb))

    def leaky(self) -> dict[str, Any]:
        """An error body that repeats everything that must not be repeated."""
        secrets = list(self.secrets.values())
        encoded = [base64.b64encode(secret.encode()).decode() for secret in secrets]
        self.planted.append(PROSE)
        prose = " ".join([PROSE, *secrets, *encoded, *self.canaries])
        pointers = [{"pointer": "/a", "detail": prose}]
        return {"code": secrets[0], "title": prose, "message": prose, "detail": prose, "errors": pointers, "details": [prose]}

    def _check_leaks(self, everything: Sequence[Any]) -> None:
        names = {"authorization", *self._token_headers}
        carried = {one.headers[name].rpartition(" ")[2] for one in everything for name in names & set(one.headers)}
        hidden = {*self.canaries, *self.planted, *(text for text in carried if len(text) > 5)}
        formatter = logging.Formatter()
        logged = [f"{formatter.format(record)} {record.args!r}" for record in self.log.get_records("call")]
        for text in (*self.texts, *logged):
            for secret in hidden:
                assert not any(form in text for form in forms_of(secret)), f"leaked in: {text}"


def _name_of(value: Any) -> str | None:
    if isinstance(value, tuple):
        return f"{value[0].name}-{value[1].replace('/', '.')}"
    if isinstance(value, Tasks):
        return value.conn_type
    if isinstance(value, Verb):
        return f"{value.name}_{value.writes or 'read'}"
    return value if isinstance(value, str) else None
