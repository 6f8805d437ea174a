"""Catalogues to begin with: believable, the same each time, and never empty in silence."""

from pathlib import Path

import pytest
from werkzeug.test import Client

from colophon.domain.identifiers import is_isbn13
from colophon_sandbox import seeds
from colophon_sandbox.seeds import onix_import
from colophon_sandbox.serve import make_sandbox

HEADER = "book_id,isbn,authors,original_publication_year,title,language_code,image_url\n"


def test_the_built_in_catalogue_is_the_same_each_time() -> None:
    """About three hundred products with right ISBNs, but for the ones that are wrong on purpose."""
    first, second = seeds.catalogue(300, 42), seeds.catalogue(300, 42)
    assert first == second
    products = first["consonance"]["products"]
    assert 280 <= len(products) <= 320
    wrong = [p["fullTitle"] for p in products if not (p["isbn13"] and is_isbn13(p["isbn13"]))]
    assert sorted(set(wrong)) == ["A Digit Wrong", "No Number Yet"]


def test_the_extension_tells_the_same_as_the_files() -> None:
    """Terms with their people, deals with their products: every row that the catalogue holds can be asked for."""
    made = seeds.catalogue(300, 42)
    made["consonance"]["rightsDeals"][0]["productIds"] = [made["consonance"]["products"][0]["id"]]
    asked = {
        "royaltyTerms": "(royaltyTermsSearch: {limit: 1000}) {id rates {ratePercent escalators {from fromDate}} "
        "splits {payee {id name} agent {name}} advances {payee {name} amount} reserves {ratePercent}}",
        "rightsDeals": "(rightsDealSearch: {limit: 1000}) {id products {id} licensee {name} territories {included} status}",
        "sales": "(saleSearch: {limit: 5000}) {id value listPrice quantity}",
        "payments": "(paymentSearch: {limit: 1000}) {id amount}",
        "todos": "(todoSearch: {limit: 1000}) {id description assignee {name}}",
    }
    key = {"Authorization": "Bearer sandbox0key0not0real000000000000"}
    caller = Client(make_sandbox(seeds=[lambda: made]))
    found = {}
    for name, rest in asked.items():
        answer = caller.post("/consonance/graphql", json={"query": f"{{ {name}{rest} }}"}, headers=key).get_json()
        assert "errors" not in answer, answer["errors"]
        found[name] = answer["data"][name]
        assert len(found[name]) == len(made["consonance"][name])
    assert all(split["payee"]["name"] for terms in found["royaltyTerms"] for split in terms["splits"])
    assert found["rightsDeals"][0]["products"]


def test_dates_move_with_the_present() -> None:
    """Every date of the catalogue is so many days later, texts stay."""
    moved = seeds.moved({"a": ["2026-05-01", "2026-04-30T09:00:00Z", "In 2026-05-01 words", 3]}, 31)
    assert moved == {"a": ["2026-06-01", "2026-05-31T09:00:00Z", "In 2026-05-01 words", 3]}


def test_a_csv_row_becomes_a_book() -> None:
    """The ISBN-13 is rebuilt from an ISBN-10 that lost its zeros, the series comes out of the title, a bad year is no date."""
    row = '1,439554934,"J.K. Rowling, Mary GrandPré",x,"The Stone (Harry Potter, #0.5)",eng,https://i.example/2.jpg\n'
    found = seeds.from_csv((HEADER + row).encode())["consonance"]
    product, made = found["products"][0], found["works"][0]
    assert product["isbn13"] == "9780439554930"
    assert product["publicationDate"] is None
    assert made["seriesMemberships"][0]["partNumber"] == "0.5"
    assert [c["name"] for c in found["contacts"]] == ["J.K. Rowling", "Mary GrandPré"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2\n", "line 2: the row has fewer cells"),
        ("x,1,a,2000,t,eng,u\n", "line 2, column book_id: 'x'"),
        ("1,1,a,2000,t,eng,u,v\n", "more cells"),
    ],
)
def test_a_garbled_csv_row_is_named(row, reason) -> None:
    """Line and column, and nothing is dropped in silence."""
    with pytest.raises(ValueError, match=reason):
        seeds.from_csv((HEADER + row).encode())


def test_every_real_message_gives_products_or_faults(shared_data: Path) -> None:
    """Each product of each file is imported, or the record and its fault are named."""
    for file in sorted((shared_data / "onix").glob("*.xml")):
        records, faults = onix_import.read_onix([onix_import.File(file.name, file.read_bytes())])
        assert records["consonance"]["products"] or faults, file.name
        assert all(fault.startswith(file.name) for fault in faults)


def test_what_goes_in_comes_out(shared_data: Path) -> None:
    """Title, contributors, ISBN, form, date, price and territory of a real message survive into Consonance's shape."""
    records, faults = onix_import.read_onix([onix_import.File("full.xml", (shared_data / "onix/im_onix__full_sample.xml").read_bytes())])
    assert faults == []
    product, made = records["consonance"]["products"][0], records["consonance"]["works"][0]
    assert is_isbn13(product["isbn13"])
    assert product["fullTitle"] == made["title"] != ""
    assert made["contributions"]
    assert product["prices"]
    assert product["onix21ProductFormCode"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html/>", "its root is html"),
        (b"<ONIXMessage/>", "says no release"),
        (b"<Product/>", "a fragment: its root is Product"),
        (b'<!DOCTYPE x><ONIXMessage release="3.0"/>', "DOCTYPE"),
        (b'<ONIXMessage release="3.0"', "not well-formed"),
        (b'<ONIXMessage release="2.1"><Product/></ONIXMessage>', "2.1"),
        (b'<ONIXMessage release="3.0"></ONIXMessage>', "no Product"),
    ],
)
def test_what_is_no_message_says_so(body, reason) -> None:
    """Never "no products" in silence."""
    with pytest.raises(ValueError, match=reason):
        seeds.from_onix([("x.xml", body)])


def test_products_for_load_are_many_and_quick() -> None:
    """As many as asked for, each with an ISBN of its own."""
    products = seeds.generate(500)["consonance"]["products"]
    assert len({p["isbn13"] for p in products}) == 500
    assert all(is_isbn13(p["isbn13"]) for p in products)


def test_a_royalty_run_has_its_payees_and_their_totals() -> None:
    """Every payee has a contract; ids are unique; each product that sells has one total, and its copies are those of its lines.

    The contacts who are no payees are the licensee of receipts, and the agency.
    """
    found = seeds.payees(40)["consonance"]
    assert found == seeds.payees(40)["consonance"]
    for name, rows in found.items():
        assert len({row["id"] for row in rows}) == len(rows), name
    payees = {split["payee"]["id"] for terms in found["royaltyTerms"] for split in terms["splits"]}
    agents = {split["agent"]["id"] for terms in found["royaltyTerms"] for split in terms["splits"] if split["agent"]}
    assert {row["id"] for row in found["contacts"]} - payees == {row["licenseeId"] for row in found["rightsReceipts"]} | agents
    assert payees <= {row["id"] for row in found["contacts"]}
    copies: dict[int, int] = {}
    for line in (line for line in found["sales"] if line["masterchannel"] != "Rights"):  # a licence is no copy
        copies[line["productId"]] = copies.get(line["productId"], 0) + line["quantity"] * (-1 if line["isReturn"] else 1)
    [run] = found["royaltyRuns"]
    assert {total["productId"]: total["netUnits"] for total in run["totals"]} == copies
    assert {contact["emails"][0]["email"] for contact in found["contacts"]} >= {"skip@payees.example"}
