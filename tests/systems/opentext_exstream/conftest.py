"""A sandbox, a client of its Exstream, letters, a ledger."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from ledger_database import make_ledger
from sandbox_control import Control
from sqlalchemy import select

from colophon.domain.delivery import Intent
from colophon.ledger import Ledger
from colophon.ledger.tables import deliveries
from colophon.systems.opentext_exstream.client import ExstreamClient
from colophon.systems.opentext_exstream.records import Document, Letter, Recipient
from colophon.systems.opentext_exstream.settings import ExstreamSettings

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
SECRET = "sandbox-not-a-secret"
BATCH = "/orchestration/api/v1/inputs/batch/*"


class Sandbox(Control):
    """The sandbox's control routes; waiting moves its clock."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "exstream")
        self.now = NOW
        self.waits: list[float] = []

    def advance(self, seconds: float) -> int:
        self.now += timedelta(seconds=seconds)
        return super().advance(seconds)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.advance(seconds)

    def effects(self, kind: str = "exstream.letter") -> list[str]:
        return super().effects(kind)

    def posts(self, part: str = "/inputs/batch/") -> int:
        return sum(entry["method"] == "POST" and part in entry["path"] for entry in self.journal())

    def seed_outcomes(self, *outcomes: dict) -> None:
        self.seed(outcomes=list(outcomes))
        self.advance(0)


@pytest.fixture
def sandbox(sandbox_url: str) -> Sandbox:
    """A sandbox as at its start, with a frozen clock."""
    found = Sandbox(sandbox_url)
    found.start()
    return found


@pytest.fixture
def make_client(sandbox: Sandbox) -> Iterator[Callable[..., ExstreamClient]]:
    """Clients whose waiting moves the sandbox's clock."""
    clients: list[ExstreamClient] = []

    def make(*, path: str = "/exstream", password: str = SECRET, **extra: object) -> ExstreamClient:
        given = {"start_jitter_seconds": 0, "timeouts": {"connect": 60, "read": 60, "total": 60, "on_demand": 60}}
        given |= {"tenant": "acme", "domain": "acme-test", "external_id": True}
        settings = ExstreamSettings.from_connection(sandbox.url + path, "sandbox-client", password, {**given, **extra})
        made = ExstreamClient(
            settings,
            sleep=sandbox.sleep,
            random=lambda: 0.5,
            clock=lambda: sandbox.now,
            monotonic=lambda: (sandbox.now - NOW).total_seconds(),
        )
        clients.append(made)
        return made

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., ExstreamClient]) -> ExstreamClient:
    """One client."""
    return make_client()


@pytest.fixture
def document() -> Document:
    """A royalty statement."""
    return Document("royalty_statement", "RoyaltyStatement", "4", "2026-H1")


def make_letter(number: int = 1, preference: str = "email", **changes: object) -> Letter:
    values = {
        "delivery_preference": preference,
        "theme": "northlight",
        "locale": "en_GB",
        "email_address": f"c4nary{number}@example.org",
        "name": f"Ana Vale {number}",
        "data": {"PaymentDue": f"{number}.20"},
    }
    return Letter(**{**values, **changes})


@pytest.fixture
def letter() -> Callable[..., Letter]:
    """Makes letters."""
    return make_letter


@pytest.fixture
def recipients() -> Callable[..., list[Recipient]]:
    """Makes recipients from 1 on."""
    return lambda count, **changes: [Recipient(f"d-{n}", make_letter(n, **changes)) for n in range(1, count + 1)]


@pytest.fixture
def ledger(tmp_path, sandbox: Sandbox) -> Iterator[Ledger]:
    """An empty ledger, on the sandbox's clock."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    make_ledger(url)
    with Ledger.open(url, clock=lambda: sandbox.now) as found:
        yield found


@pytest.fixture
def plan(ledger: Ledger) -> Callable[..., dict[int, str]]:
    """Plans letters; their delivery ids by the numbers of their subjects."""

    def work(*letters: Letter) -> dict[int, str]:
        intents = [
            Intent(
                use_case="test",
                destination="royalty-statements",
                subject=f"contract:{number}",
                delivery_class="C",
                content=letter.model_dump_json(by_alias=True, exclude_none=True).encode(),
                media_type="application/json",
                as_of=NOW,
            )
            for number, letter in enumerate(letters, 1)
        ]
        ledger.plan(intents)
        with ledger.begin() as connection:
            rows = connection.execute(select(deliveries.c.subject, deliveries.c.id)).all()
        return {int(row.subject.partition(":")[2]): row.id for row in rows}

    return work
