"""The inbox: each event once, whoever brings it, and however many at once."""

from concurrent.futures import ThreadPoolExecutor

from colophon.ledger import Ledger
from colophon.ledger.inbox import Arrival


def arrivals(*numbers: int, body: bytes = b"{}") -> list[Arrival]:
    """Events by number."""
    return [Arrival("/erp", f"e-{number}", "t", body) for number in numbers]


def test_several_with_one_commit(ledger_url):
    """New, twice in one call, known, and with another body: a verdict each, in order."""
    with Ledger.open(ledger_url) as ledger:
        assert ledger.take_all(arrivals(1, 2, 1)) == ["new", "new", "seen"]
        assert ledger.take_all([*arrivals(2, 3), *arrivals(3, body=b"[]")]) == ["seen", "new", "conflict"]
        assert ledger.take_all([]) == []
        assert len(ledger.inbox_pending(["t"])) == 3


def test_the_same_events_by_several_processes_at_once(ledger_url):
    """Webhook and poll bring the same hundred events at the same moment: each is new once."""

    def bring(_worker: int) -> list[str]:
        with Ledger.open(ledger_url) as ledger:
            return [verdict for start in range(0, 100, 10) for verdict in ledger.take_all(arrivals(*range(start, start + 10)))]

    with ThreadPoolExecutor(4) as pool:
        verdicts = [verdict for found in pool.map(bring, range(4)) for verdict in found]
    assert (verdicts.count("new"), verdicts.count("seen")) == (100, 300)


def test_types_by_their_ending(ledger_url):
    """The account's prefix is not known to whoever waits; an underscore is no wildcard."""
    with Ledger.open(ledger_url) as ledger:
        for number, kind in enumerate(("colophon.delivery.failure.v1", "acme.delivery.failure.v1", "xdelivery_failure.v1", "exact")):
            ledger.take("/erp", f"e-{number}", kind, b"")
        assert {event_id for _, event_id in ledger.inbox_waiting(["*delivery.failure.v1", "exact"])} == {"e-0", "e-1", "e-3"}
        assert ledger.inbox_waiting([]) == set()
