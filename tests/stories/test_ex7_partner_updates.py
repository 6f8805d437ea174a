"""EX-7: partners hear of what changed, of nothing else, and only of what they may sell."""

from datetime import UTC, datetime
from typing import Any

import pytest
from letter_house import letters
from rights_world import CONSONANCE, OPEN
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.config.load import load_config
from colophon.errors import BadConfigError
from colophon_sandbox.seeds.shelf import isbn13, organisation, price, product

DAG, SHOP, DESK = "exstream__partner_updates", 61, 62
BOOK = CONSONANCE["products"][0]
PRICES = [price(1, "12.00", "GBP"), price(2, "14.00", "EUR")]
PARTNER = "id: {id}\nname: The Shop\nkind: retailer\ncontacts: [61]\nlanguage: eng\nterritories: [DE, AT, CH]\nproduct_forms: [BC]\nsale_channel: retail\n"


def night(day: int) -> datetime:
    """Four in the morning of a day in June; the 1st is a Monday."""
    return datetime(2026, 6, day, 3, tzinfo=UTC)


def partner(house: Station, name: str = "shop", **more: str) -> None:
    """A partner's file; `more` replaces or adds keys."""
    rows = dict(line.split(": ", 1) for line in PARTNER.format(id=name).splitlines()) | more
    house.configure(f"partners/{name}.yaml", "".join(f"{key}: {value}\n" for key, value in rows.items()))


def book(house: Station, **changed: Any) -> None:
    """The paperback is like this from now on."""
    house.seed(
        "consonance",
        {"products": [{**BOOK, "prices": PRICES, "publicationDate": "2026-09-01", "onixPublishingStatusCode": "02", **changed}]},
    )


@pytest.fixture
def house(station: Station) -> Station:
    """A title with a paperback and an e-book that may be sold outside of France, and a shop that takes print for DE, AT and CH."""
    contacts = [*CONSONANCE["contacts"], organisation(SHOP, "The Shop"), organisation(DESK, "The Desk")]
    ebook = product(201, CONSONANCE["works"][0], "DG", "9781999000998", prices=PRICES)
    station.seed("consonance", {**CONSONANCE, "contacts": contacts, "products": [*CONSONANCE["products"], ebook]})
    book(station)
    for shipped in (station.config / "partners").iterdir():
        shipped.unlink()
    partner(station, country="DE")
    return station


def told(house: Station, place: str = "shop") -> list[dict[str, Any]]:
    """What the letters to a partner said, in order; what travels in them is no letter."""
    return [each["Data"] for each in letters(house, DAG, place) if "Data" in each]


@pytest.mark.parametrize("account", [EXTENDED, DOCUMENTED])
def test_ex7_a_a_price_and_a_date_change_are_told_with_old_and_new_for_exactly_these_fields(house: Station, account: str) -> None:
    """After the catalogue, which it gets first."""
    tell(house, account, as_of=night(1))
    assert house.twice(DAG, night(1)).state == "success"
    book(house, prices=[PRICES[0], price(2, "16.00", "EUR")], publicationDate="2026-10-01")
    tell(house, account, as_of=night(2))
    assert house.twice(DAG, night(2)).state == "success"
    first, second = told(house)
    assert (first["Kind"], first["Changes"][0]["Change"], second["Kind"]) == ("catalogue", "new", "update")
    dates, prices = {"Field": "date", "Old": "2026-09-01", "New": "2026-10-01"}, {"Field": "price EUR 02", "Old": "14.00", "New": "16.00"}
    assert second["Changes"] == [{"Isbn": OPEN, "Title": "The Larkspur", "Change": "changed", "Fields": [dates, prices]}]


def test_ex7_b_a_partner_sees_nothing_of_other_currencies_countries_and_formats(house: Station) -> None:
    """Pounds hold in Britain; e-books are not taken; a change of the pound price is none."""
    house.run(DAG, night(1))
    (catalogue,) = told(house)
    assert [change["Isbn"] for change in catalogue["Changes"]] == [OPEN]
    assert not [field for field in catalogue["Changes"][0]["Fields"] if "GBP" in field["Field"]]
    book(house, prices=[price(1, "19.00", "GBP"), PRICES[1]])
    house.run(DAG, night(2))
    assert len(told(house)) == 1


def test_ex7_c_new_titles_are_alerted_and_withdrawn_ones_noticed(house: Station) -> None:
    """With why."""
    book(house, allowOnixExports=False)
    house.run(DAG, night(1))
    assert told(house) == []
    book(house)
    house.run(DAG, night(2))
    book(house, onixPublishingStatusCode="01")
    house.twice(DAG, night(3))
    changes = [(each["Changes"][0]["Change"], each["Changes"][0].get("Reason")) for each in told(house)]
    assert changes == [("new", None), ("withdrawn", "cancelled")]


def test_ex7_d_a_change_and_back_between_two_letters_is_told_to_nobody(house: Station) -> None:
    """In one night, or within the week of a partner with a weekly letter; nor what could not leave and is over."""
    partner(house, "weekly", weekday="monday", country="DE")
    house.run(DAG, night(1))
    book(house, publicationDate="2026-10-01")
    house.fault("exstream", "status", "*/oauth2/token", skip=1, value={"status": 503})
    house.run(DAG, night(2))
    house.mend()
    book(house)
    for day in (3, 8):
        house.run(DAG, night(day))
    assert [each["Kind"] for each in told(house, "weekly")] == ["catalogue"]
    assert len([key for key in house.effects("exstream.") if key.startswith("job-")]) == 2


@pytest.mark.parametrize("channel", ["print", "email", "web"])
def test_ex7_e_each_channel_is_honoured(house: Station, channel: str) -> None:
    """The partner's file goes before what Consonance knows."""
    fields = [{"id": 900, "contactId": SHOP, "name": "ADDRESS_LINE1", "value": "1 Row", "observedAt": "2026-01-01T00:00:00Z"}]
    house.seed("consonance", {"contactFields": fields})
    partner(house, channel=channel, country="DE")
    house.run(DAG, night(1))
    assert [each["DeliveryPreference"] for each in letters(house, DAG, "shop") if "Data" in each] == [channel]


def test_ex7_e_an_e_mail_that_bounces_goes_by_post_and_is_an_exception(house: Station) -> None:
    """Once, with the same content."""
    row = organisation(SHOP, "The Shop") | {"emails": [{"email": "ndlv@contacts.example"}]}
    fields = [{"id": 900, "contactId": SHOP, "name": "ADDRESS_LINE1", "value": "1 Row", "observedAt": "2026-01-01T00:00:00Z"}]
    house.seed("consonance", {"contacts": [row], "contactFields": fields})
    for day in (1, 2, 3, 4):
        house.run(DAG, night(day))
    first, second = [each for each in letters(house, DAG, "shop") if "Data" in each]
    assert (first["DeliveryPreference"], second["DeliveryPreference"], first["Data"] == second["Data"]) == ("email", "print", True)
    assert "DELIVERY-BOUNCED" in {rule for rule, _ in house.exceptions()}


def test_ex7_f_many_changes_are_one_letter(house: Station) -> None:
    """Three hundred titles."""
    house.run(DAG, night(1))
    many = [{**BOOK, "id": 3000 + n, "isbn13": None, "prices": PRICES} for n in range(300)]
    house.seed("consonance", {"products": [row | {"isbn13": isbn13(f"978199901{n:03d}")} for n, row in enumerate(many)]})
    house.run(DAG, night(2))
    _, update = told(house)
    assert (update["Count"], len([key for key in house.effects("exstream.") if key.startswith("job-")])) == (300, 2)


def test_ex7_g_territories_are_the_rights_engines(house: Station) -> None:
    """A licence for Austria begins: Austria is gone, though the product's own set has it; then all is, and that is a withdrawal."""
    house.run(DAG, night(1))
    deal = {**CONSONANCE["rightsDeals"][0], "id": 9, "territories": {"included": ["AT"], "excluded": []}}
    house.seed("consonance", {"rightsDeals": [deal]})
    house.run(DAG, night(2))
    house.seed("consonance", {"rightsDeals": [{**deal, "territories": {"included": ["AT", "DE", "CH"], "excluded": []}, "revision": 2}]})
    house.run(DAG, night(3))
    _, second, third = told(house)
    assert second["Changes"][0]["Fields"] == [{"Field": "territories", "Old": "AT CH DE", "New": "CH DE"}]
    assert third["Changes"][0]["Change"] == "withdrawn"


@pytest.mark.parametrize(
    ("key", "value", "says"), [("territories", "[DE, UK]", "GB"), ("recipient", "kobbo", "kobo"), ("product_forms", "[EPUB]", "ED")]
)
def test_ex7_a_partners_file_that_cannot_be_meant_is_refused_with_file_key_and_remedy(
    house: Station, key: str, value: str, says: str
) -> None:
    """A territory that is no country, a recipient that there is not, a form that is none."""
    partner(house, **{key: value})
    with pytest.raises(BadConfigError, match=rf"partners/shop\.yaml: .*{key}.*did you mean {says}"):
        load_config(house.config)


def test_ex7_a_backfill_and_a_dry_run_tell_nobody(house: Station) -> None:
    """Old news; and a look at what would go."""
    assert house.run(DAG, night(1), {"dry_run": True}).state == "success"
    assert house.run(DAG, night(1), backfill=True).state == "success"
    assert house.effects("exstream.") == []
