"""Grants and licences of accounts that offer them; of those that do not, nothing is ever taken for "none"."""

import pytest

from colophon.domain.finding import Finding
from colophon.domain.rights_deal import DealStatus
from colophon.errors import FeatureMissingError
from colophon.systems.consonance.client import ConsonanceClient
from colophon.systems.consonance.graphql.rights import head_grant_from, rights_deal_from
from colophon.systems.consonance.settings import ConsonanceSettings
from colophon_sandbox.serve import running_sandbox

SHARED = {"workId": 9, "rightsType": "Volume", "exclusive": True, "revision": 2, "updatedAt": "2026-04-01T10:00:00Z", "status": "SIGNED"}
GRANTS = [{"id": number, "contractId": 1, **SHARED, "workId": 9 + number % 2} for number in range(1, 251)]
RECORDS = {
    "works": [{"id": 9, "title": "One"}, {"id": 10, "title": "Other"}],
    "contacts": [{"id": 4, "__typename": "Person", "name": "Agnes"}],
    "contracts": [{"id": 1, "clientId": 1, "contractName": "Head", "workId": 9, "signedDate": "2020-01-31"}],
    "headGrants": GRANTS,
    "rightsDeals": [{"id": 7, "licenseeId": 4, **SHARED}],
}
WIRE = {
    "id": 7,
    "work": {"id": 9},
    "contract": {"id": 1},
    "licensee": {"id": 4},
    "rightsType": "Volume",
    "exclusive": None,
    "territories": {"included": ["FR"], "excluded": []},
    "languages": [],
    "formats": None,
    "status": "SIGNED",
}


@pytest.fixture
def account():
    """Open an account on a sandbox: `extra` is the connection's."""
    clients = []
    with running_sandbox({"consonance": RECORDS}) as sandbox:

        def connect(**extra: object) -> ConsonanceClient:
            given = {"start_jitter_seconds": 0, **extra}
            settings = ConsonanceSettings.from_connection(f"{sandbox}/consonance", "sandbox0key0not0real000000000000", given)
            clients.append(ConsonanceClient(settings, sleep=lambda _: None))
            return clients[-1]

        yield connect
        for client in clients:
            client.close()


def test_an_account_without_the_features_is_an_error_not_an_empty_list(account) -> None:
    """Unknown rights must not look like no rights."""
    rights = account(profile="documented").rights
    assert not rights.offers("head_grants")
    for read in (rights.head_grants, rights.rights_deals):
        with pytest.raises(FeatureMissingError):
            list(read())


def test_pages_joined_are_the_whole_and_the_filter_filters(account) -> None:
    """250 grants come whole; of one work, only its own; of no work, none."""
    rights = account().rights
    assert [grant.id for page in rights.head_grants() for grant in page.records] == list(range(1, 251))
    assert {grant.work_id for page in rights.head_grants([10]) for grant in page.records} == {10}
    assert list(rights.head_grants([])) == []
    (page,) = rights.rights_deals([9])
    assert [(deal.id, deal.licensee_id, deal.status) for deal in page.records] == [(7, 4, DealStatus.SIGNED)]


def test_what_is_null_or_empty_is_not_recorded() -> None:
    """Neither "all" nor "none": the rights engine decides against us."""
    deal = rights_deal_from(WIRE)
    assert (deal.languages, deal.formats, deal.channels, deal.is_exclusive, deal.isbns) == (None, None, None, None, None)
    assert (deal.territories, deal.excluded_territories) == (("FR",), None)
    assert head_grant_from(WIRE).channels is None


@pytest.mark.parametrize(
    ("products", "isbns"),
    [
        (None, None),
        ([], None),
        ([{"isbn": {"isbn13": "978-1-999000-00-4"}}], ("9781999000004",)),
        ([{"isbn": {"isbn13": "9781999000004"}}, {"isbn": None}], None),
    ],
)
def test_a_licence_for_a_product_without_isbn_counts_for_all_of_the_work(products, isbns) -> None:
    """A product that cannot be named could be any."""
    assert rights_deal_from({**WIRE, "products": products}).isbns == isbns


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"status": "SLEEPING"}, "status"),
        ({"work": None}, "work.id"),
        ({"licensee": {}}, "licensee.id"),
        ({"expiresOn": "2026-02-30"}, "expiresOn"),
        ({"territories": {"included": "FR"}}, "territories.included"),
        ({"exclusive": "yes"}, "exclusive"),
        ({"products": [{"isbn": {"isbn13": 9}}]}, "products[0].isbn.isbn13"),
    ],
)
def test_a_licence_that_cannot_be_read_is_a_finding_that_names_the_member(change, member) -> None:
    """The others go on."""
    found = rights_deal_from({**WIRE, **change})
    assert isinstance(found, Finding)
    assert (found.rule, found.subject, found.field) == ("G7", "rights_deal:7", member)
