"""Tries of a delivery: whose it is, what is remembered of them, and what a crash of the machine leaves."""

from datetime import timedelta

import pytest
from kobo import DAY, claim, clock, intent, ledger, send, told
from moving_clock import Clock

from colophon.domain.delivery import Verdict
from colophon.ledger import Ledger

__all__ = ["clock", "ledger"]


def owners(ledger: Ledger) -> list[tuple[object, object]]:
    """Whose each delivery is, and until when."""
    with ledger.begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT owner, lease_until FROM deliveries")]


@pytest.mark.parametrize("result", ["accepted", "refused", "not_sent", "unknown"])
def test_what_is_finished_is_nobodys(ledger: Ledger, result: str) -> None:
    """Whatever came of it: no owner, no lease. While it is being sent it has both."""
    ledger.plan([intent()])
    claimed = claim(ledger)
    assert [owner for owner, until in owners(ledger) if until] == ["me"]
    ledger.finish([Verdict(claimed[0].id, result)], owner="me")
    assert owners(ledger) == [(None, None)]


def test_nobody_lengthens_the_lease_of_another(ledger: Ledger, clock: Clock) -> None:
    """Who lost a delivery is told so, and whoever has it keeps it for as long as was agreed and no longer."""
    ledger.plan([intent()])
    (delivery,) = claim(ledger)
    assert ledger.renew([delivery.id], owner="other", lease_s=10**6) == set()
    clock.now += timedelta(minutes=61)
    assert len(claim(ledger, "third")) == 1
    assert ledger.renew([delivery.id], owner="me", lease_s=10**6) == set()


def test_a_lease_is_lengthened_from_now_on(ledger: Ledger, clock: Clock) -> None:
    """Its owner keeps it to the end of the new one."""
    ledger.plan([intent()])
    (delivery,) = claim(ledger)
    clock.now += timedelta(minutes=50)
    assert ledger.renew([delivery.id], owner="me", lease_s=3600) == {delivery.id}
    clock.now += timedelta(minutes=60)
    assert claim(ledger, "other") == []
    clock.now += timedelta(seconds=1)
    assert len(claim(ledger, "other")) == 1
    assert ledger.renew([delivery.id], owner="me", lease_s=3600) == set()


def test_what_is_no_longer_in_flight_has_no_lease(ledger: Ledger) -> None:
    """Asked to lengthen it, the ledger says that there is nothing to send."""
    ledger.plan([intent()])
    (delivery,) = send(ledger)
    assert ledger.renew([delivery.id], owner="me", lease_s=3600) == set()
    assert owners(ledger) == [(None, None)]


@pytest.mark.parametrize("later", ["refused", "not_sent"])
def test_only_a_known_outcome_ends_the_doubt_about_a_lost_answer(ledger: Ledger, clock: Clock, later: str) -> None:
    """A later try that was refused, or never left, says nothing of the first: sent again by hand, it is looked for from then on."""
    ledger.plan([intent()])
    send(ledger, "not_sent", may_have_gone=True)
    clock.now += timedelta(hours=1)
    assert [(d.tried, d.tried_at) for d in send(ledger, later)] == [(True, DAY)]
    ledger.redrive("uc", "kobo")
    clock.now += timedelta(hours=1)
    assert [(d.tried, d.tried_at) for d in claim(ledger)] == [(True, DAY)]


def test_a_systems_name_for_a_delivery_is_kept(ledger: Ledger) -> None:
    """A later try that is told no name takes away none; one that is told another gives it that one."""
    ledger.plan([intent()])
    for given, known in (("m-1", "m-1"), (None, "m-1"), ("m-2", "m-2")):
        (delivery,) = send(ledger, "accepted", given)
        assert [row.remote_id for row in ledger.all_of("uc", "kobo")] == [known]
        ledger.record_outcomes([told(delivery, "failed", remote_id=str(given))])
        ledger.redrive("uc", "kobo")


def test_what_came_of_a_try_can_be_read(ledger: Ledger, clock: Clock) -> None:
    """State, code, words, and when."""
    ledger.plan([intent()])
    (delivery,) = claim(ledger)
    clock.now += timedelta(minutes=1)
    ledger.finish([Verdict(delivery.id, "refused", code="refused.price", detail="no price")], owner="me")
    (row,) = ledger.all_of("uc", "kobo")
    assert (row.state, row.code, row.detail, row.updated_at) == ("failed", "refused.price", "no price", clock.now)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # PostgreSQL's own setting decides there
def test_what_is_committed_outlives_the_machine(ledger: Ledger) -> None:
    """Each commit is on the disk before anything is sent: SQLite waits for it, in its log as well."""
    with ledger.begin() as connection:
        asked = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode", "foreign_keys")}
    full = 2
    assert asked == {"synchronous": full, "journal_mode": "wal", "foreign_keys": 1}
