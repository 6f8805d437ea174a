"""Rights facts from pages that say what they said the night before: the same facts, and only what is new is understood anew."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sandbox_control import Control

from colophon.errors import PagingError
from colophon.rights.facts import Facts, read_facts
from colophon.systems.consonance import kept_pages
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.graphql import mapping, records, rights
from colophon.systems.consonance.kept_pages import KeptPages, understood_by
from colophon.systems.consonance.rights_facts import KINDS, gather
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon_sandbox import seeds
from colophon_sandbox.serve import running_sandbox

TITLES = 210  # three pages of products and of contracts
ALL = {"product": TITLES, "contract": TITLES, "head_grant": TITLES}


@pytest.fixture(scope="module")
def served() -> Iterator[Control]:
    """A sandbox with more titles than a page holds."""
    with running_sandbox(seeds.generate(TITLES)) as url:
        yield Control(url, "consonance")


@pytest.fixture
def account(served: Control) -> Control:
    """The sandbox as it was."""
    served.start()
    return served


class Nights:
    """Readings of an account, one after the other, with what each kept; counts the records that were understood."""

    def __init__(self, account: Control, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = ConsonanceSettings.from_connection(
            f"{account.url}/consonance", "sandbox0key0not0real000000000000", {"start_jitter_seconds": 0}
        )
        self.staged: dict[str, list[str]] = {}
        self.read: dict[str, int] = {}
        for module, name in ((mapping, "product_for_rights_from"), (records, "contract_from"), (rights, "head_grant_from")):
            monkeypatch.setattr(module, name, partial(self._counting, name.removesuffix("_from"), getattr(module, name)))

    def _counting(self, kind: str, make: Any, row: Any, **more: Any) -> Any:
        kind = kind.removesuffix("_for_rights")
        self.read[kind] = self.read.get(kind, 0) + 1
        return make(row, **more)

    def night(self) -> tuple[list[str], Facts]:
        """What is read, with what the night before kept."""
        self.read.clear()
        kept = {kind: KeptPages(self.staged.get(kind, ())) for kind in KINDS}
        with ConsonanceClient(self.settings, sleep=lambda _: None) as client:
            facts, _ = gather(client, None, kept=kept)
        self.staged |= {kind: list(pages.staged()) for kind, pages in kept.items() if pages.is_news}
        (lines,) = facts.batches(1 << 62)
        assert facts.products == sum(line.startswith('{"product"') for line in lines)
        return lines, read_facts(lines)

    def plainly(self) -> list[str]:
        """What is read with nothing kept."""
        with ConsonanceClient(self.settings, sleep=lambda _: None) as client:
            (lines,) = gather(client, None)[0].batches(1 << 62)
        return lines


@pytest.fixture
def nights(account: Control, monkeypatch: pytest.MonkeyPatch) -> Nights:
    """Before the first."""
    return Nights(account, monkeypatch)


def test_a_night_on_which_nothing_changed_understands_nothing_anew(nights: Nights) -> None:
    """And says the same; what it kept it keeps."""
    first, _ = nights.night()
    assert nights.read == ALL
    staged = dict(nights.staged)
    assert (nights.night()[0], nights.read, nights.staged) == (first, {}, staged)


def test_a_page_that_changed_is_understood_anew_and_no_other(nights: Nights, account: Control) -> None:
    """A title that was renamed, a contract that was ended, and one more title behind all: as if nothing had been kept."""
    nights.night()
    seed = seeds.generate(TITLES + 1)["consonance"]
    product = {**seed["products"][120], "titleWithoutPrefix": "Renamed", "fullTitle": "Renamed"}
    contract = {**seed["contracts"][5], "terminatedDate": "2026-04-30"}
    account.seed(products=[product], contracts=[contract])
    lines, facts = nights.night()
    assert lines == nights.plainly()
    assert facts.products[120].title == "Renamed"
    assert facts.contracts is not None
    assert facts.contracts[5].terminated_on is not None
    nights.night()
    assert nights.read == {}
    account.seed(works=seed["works"][TITLES:], products=seed["products"][TITLES:])
    lines, facts = nights.night()
    assert (lines, len(facts.products)) == (nights.plainly(), TITLES + 1)


def test_only_the_pages_that_changed_count(nights: Nights, account: Control) -> None:
    """One contract of the first page, one product of the last."""
    nights.night()
    seed = seeds.generate(TITLES)["consonance"]
    account.seed(contracts=[{**seed["contracts"][5], "terminatedDate": "2026-04-30"}])
    nights.night()
    assert nights.read == {"contract": 100}
    account.seed(products=[{**seed["products"][-1], "isForSaleWorldwide": False}])
    nights.night()
    assert nights.read == {"product": TITLES % 100}


def test_a_record_that_cannot_be_read_is_told_each_night(nights: Nights, account: Control) -> None:
    """Also of a page that is known: what nobody can read closes its work until it is mended."""
    seed = seeds.generate(TITLES)["consonance"]
    account.seed(products=[{**seed["products"][0], "publicationDate": "soon"}])
    told = [nights.night()[1].unreadable for _ in range(2)]
    assert nights.read == {}
    assert told[0] == told[1]
    assert [finding.field for finding in told[1]] == ["publicationDate"]


def test_a_known_page_that_comes_again_stops_the_reading(nights: Nights, account: Control) -> None:
    """Rows between may be missing, whether the page is known or not."""
    nights.night()
    account.fault("repeated_page", "/graphql", times=50)
    with pytest.raises(PagingError):
        nights.night()


def test_what_another_program_or_account_understood_is_not_taken(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed rule, or a member that the account no longer tells, has another name."""
    with ConsonanceClient(nights.settings, sleep=lambda _: None) as client:
        now = understood_by(client)
        monkeypatch.setattr(client, "capabilities", lambda: type("Less", (), {"missing_fields": ("Product.contentLanguages",)}))
        assert understood_by(client) != now
    monkeypatch.setattr(kept_pages, "digest_of", lambda *_: "another program")
    with ConsonanceClient(nights.settings, sleep=lambda _: None) as client:
        assert understood_by(client) != now
