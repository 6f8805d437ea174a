"""What the files about people outside and about trouble refuse when they are loaded, and the one way in which a link is good."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from colophon.config.monitoring import Bottleneck, MetadataExceptions, PipelineMonitor
from colophon.config.outside import StakeholderUpdates
from colophon.page_links import PageKeys, page_id

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
OLD, NEW = "o" * 40, "n" * 40


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"allow": ["royalties"]}, "'public_title', 'isbn'"),
        ({"milestones": {"author": ["contract_approved"]}, "contributor_roles": {"A01": "auther"}}, "did you mean author?"),
        ({"milestones": {"author": ["proofs"]}}, "'proofs_available'"),
        ({"collaborators": [{"work_id": 9, "contact_id": 1, "role": "agent"}]}, "there is no role 'agent'"),
        ({"pages_url": "http://hooks.example/page"}, "pattern"),
        ({"pages_url": "https://hooks.example/page?token="}, "pattern"),
        ({"link_days": 365}, "less than or equal to 90"),
    ],
)
def test_what_cannot_be_said_or_to_nobody_is_refused(given: dict[str, Any], told: str) -> None:
    """Named, with what there is, before anybody is told anything."""
    with pytest.raises(ValidationError, match=told.replace("?", r"\?")):
        StakeholderUpdates.model_validate(given)


def test_trouble_that_could_never_end_or_never_be_told_is_refused() -> None:
    """A pile that clears above where it is raised; a stage and a form that there are not."""
    with pytest.raises(ValidationError, match="raised and cleared by turns"):
        Bottleneck(titles=10, clears_at=10)
    for given in ({"ready_days": {"paper": 3}, "stage_days": {}}, {"ready_days": {}, "stage_days": {"binding": 3}}):
        with pytest.raises(ValidationError):
            PipelineMonitor.model_validate(given)
    assert MetadataExceptions(complete_from_days={270: ("D3",), 112: ("D5", "D3")}).from_days("D3") == 270


def test_a_link_is_good_until_its_end_and_by_every_key_of_a_change() -> None:
    """Signed by the old key it is good while that one is still there; forged, cut or too late it leads nowhere."""
    page = page_id("person:1", "work:9/proofs_available", "2026-05-04")
    token = PageKeys((OLD,)).token(page, NOW + timedelta(days=14))
    assert PageKeys((NEW, OLD)).page(token, NOW) == page
    assert PageKeys((NEW,)).page(token, NOW) is None
    assert PageKeys((OLD,)).page(token, NOW + timedelta(days=14)) is None
    assert PageKeys(()).page(token, NOW) is None
    flipped = token[:5] + ("A" if token[5] != "A" else "B") + token[6:]
    slashed = token.replace("_", "/").replace("-", "+")
    forged = [flipped, token[:-4], token + "AAAA", "", "é", f" {token}", f"{token}\n", *([slashed] if slashed != token else [])]
    assert [PageKeys((OLD,)).page(each, NOW) for each in forged] == [None] * len(forged)


def test_a_key_that_keeps_nobody_out_is_refused_and_no_key_is_no_link() -> None:
    """Short keys can be guessed; keys are in no repr."""
    with pytest.raises(ValueError, match="at least 32"):
        PageKeys(("short",))
    assert PageKeys((), "https://hooks.example").link("00" * 16, NOW) == PageKeys((OLD,)).link("00" * 16, NOW) == ""
    assert OLD not in repr(PageKeys((OLD,)))
