"""Why titles are not for a recipient, remembered beside the exceptions: what was judged last holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from colophon.domain.delivery import Judgement
from colophon.ledger import Ledger
from colophon.out_of_scope import remember, remembered

NIGHT = datetime(2026, 5, 2, 1, tzinfo=UTC)
TITLE, OTHER = "isbn:9781999000004", "isbn:9781999000011"


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.open(ledger_url) as opened:
        yield opened


def judged(ledger: Ledger, *subjects: str, night: int = 0, to: str = "kobo", **why: str) -> None:
    """A night judged these titles; `out` is why the first one is not for the recipient."""
    apart = {subjects[0]: why["out"]} if why else {}
    remember(ledger, "uc", to, Judgement(subjects=subjects, out_of_scope=apart), NIGHT + timedelta(days=night))


def said(ledger: Ledger, subject: str = TITLE) -> dict[str, str]:
    """What is remembered of a title."""
    return remembered(ledger, "uc", ["kobo", "erp"], subject)


def test_a_reason_holds_until_the_pair_is_judged_again(ledger: Ledger) -> None:
    """A night that does not look at the title leaves it; one that does replaces it, or takes it away; for that recipient alone."""
    judged(ledger, TITLE, out="G5 ProductForm: BB")
    judged(ledger, TITLE, out="G1 allowOnixExports: false", to="erp")
    judged(ledger, OTHER, night=1)
    assert said(ledger) == {"kobo": "G5 ProductForm: BB", "erp": "G1 allowOnixExports: false"}
    judged(ledger, TITLE, night=2, out="G2 onixPublishingStatus: 09")
    assert said(ledger)["kobo"] == "G2 onixPublishingStatus: 09"
    judged(ledger, TITLE, OTHER, night=3)
    assert (said(ledger), said(ledger, OTHER)) == ({"erp": "G1 allowOnixExports: false"}, {})


def test_an_older_night_that_is_judged_again_changes_nothing(ledger: Ledger) -> None:
    """Neither what it says, nor what it does not say."""
    judged(ledger, TITLE, night=2, out="G5 ProductForm: BB")
    judged(ledger, TITLE, night=1, out="G1 allowOnixExports: false")
    judged(ledger, TITLE, night=1)
    assert said(ledger) == {"kobo": "G5 ProductForm: BB"}
