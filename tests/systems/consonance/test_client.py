"""The client against a Consonance that behaves, and against one that does not."""

import json
import logging
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from colophon.domain.contact import Contact
from colophon.domain.contract import Contract
from colophon.domain.finding import Finding
from colophon.domain.product import Product
from colophon.errors import (
    AuthFailedError,
    BadShapeError,
    FeatureMissingError,
    NotOursError,
    PagingError,
    SchemaDriftError,
    UnexpectedAnswerError,
    WrongAddressError,
)
from colophon.systems.consonance.client import Counts

NOW = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)


def a_product(number, **changes):
    """A small product as the wire has it."""
    return {"id": number, "__typename": "PhysicalBookProduct", "isbn": {"isbn13": f"978000000{number:04d}"}, "fullTitle": f"Title {number}",
            "work": {"id": 1}, **changes}  # fmt: skip


def data(operation, change):
    """Spoil the data of one operation's answers."""

    def spoil(name, reply):
        if name != operation:
            return reply
        return reply[0], reply[1], json.dumps(change(json.loads(reply[2]))).encode()

    return spoil


def titles(pages):
    """Ids of all products in the pages."""
    return [record.id for page in pages for record in page.records]


@pytest.mark.parametrize("cap", [0, 1, 2, 100])
def test_products_are_read_to_the_empty_page(fake, connect, cap):
    """Whatever the server's page cap (0: none), every product comes once and the last question got an empty page."""
    fake.rows["products"], fake.cap = [a_product(n) for n in (3, 4, 8, 15, 16)], cap
    assert titles(connect().iter_products()) == [3, 4, 8, 15, 16]
    searches = fake.searches("ProductsPage")
    assert searches[0] == {}
    assert searches[-1] == {"after": 16}


def test_pages_say_when_and_how(fake, connect):
    """A page knows the moment it was asked for and its route."""
    fake.rows["products"] = [a_product(1)]
    [page] = connect().iter_products()
    assert (page.as_of, page.route) == (NOW, "graphql")


@pytest.mark.parametrize("title", [7, "a NUL \x00", "half a pair \ud800"])
def test_an_unreadable_record_does_not_stop_the_others(fake, connect, title):
    """It stands in the page as a finding, in its place."""
    fake.rows["products"] = [a_product(1), a_product(2, fullTitle=title), a_product(3)]
    [page] = connect().iter_products()
    assert [type(record) for record in page.records] == [Product, Finding, Product]


def test_changes_are_asked_for_by_day_with_overlap(fake, connect):
    """The watermark's day in Consonance's zone less the overlap goes with every page."""
    fake.rows["products"] = [a_product(1)]
    list(connect(overlap_days=1).iter_products(since=datetime(2026, 4, 30, 23, 30, tzinfo=UTC)))
    assert fake.searches("ProductsPage") == [{"changedSince": "2026-04-30"}, {"after": 1, "changedSince": "2026-04-30"}]


def test_no_isbns_means_no_question(fake, connect):
    """An empty list would give the whole catalogue, so it is never sent; blanks count as nothing."""
    fake.rows["products"] = [a_product(1)]
    assert list(connect().iter_products(isbns=[])) == []
    assert list(connect().iter_products(isbns=["", " - "])) == []
    assert fake.requests == []


def test_isbns_are_asked_for_in_lots_and_once(fake, connect):
    """Hyphens and repeats are dropped; many ISBNs go in several questions."""
    fake.rows["products"] = [a_product(n) for n in range(1, 451)]
    wanted = [f"978000000{n:04d}" for n in range(1, 451)]
    assert titles(connect().iter_products(isbns=["978-0-00-000001-X".replace("X", ""), *wanted, *wanted])) == list(range(1, 451))
    assert all(0 < len(search["isbn13In"]) <= 200 for search in fake.searches("ProductsPage"))


def test_neither_empty_lists_nor_nulls_are_ever_sent(fake, connect):
    """Over all verbs, no variable is `[]` or null."""
    client = connect()
    fake.rows["products"], fake.rows["contracts"] = [a_product(1)], [{"id": 1}]
    fake.singles |= {"product": None, "work": None, "contract": None}
    list(client.iter_products()), list(client.iter_products(since=NOW, isbns=["9780000000001"]))
    list(client.iter_works()), list(client.iter_works(since=NOW, contract_id=3)), list(client.iter_contacts())
    list(client.iter_contracts()), list(client.iter_contracts([4]))
    client.get_product("9780000000001"), client.get_work(1), client.get_contract(1), client.counts(), client.counts(4)
    for request in fake.requests:
        assert "null" not in json.dumps(request["variables"])
        assert "[]" not in json.dumps(request["variables"])


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[::-1],
        lambda rows: [*rows, *rows],
        lambda rows: [*rows, {"id": 1}],
    ],
    ids=["disorder", "repeat", "backwards"],
)
def test_disorder_in_a_page_stops_the_reading(fake, connect, change):
    """Nothing of a disordered page is handed over."""
    fake.rows["products"] = [a_product(1), a_product(2)]
    fake.spoil.append(data("ProductsPage", lambda body: {"data": {"products": change(body["data"]["products"])}}))
    with pytest.raises(PagingError):
        next(connect().iter_products())


def test_a_server_that_ignores_after_is_found_out(fake, connect):
    """The same page for ever is an error at the second page, not a loop."""
    fake.rows["products"] = [a_product(1), a_product(2)]
    first = json.dumps({"data": {"products": fake.rows["products"]}}).encode()
    fake.spoil.append(lambda name, reply: (200, reply[1], first) if name == "ProductsPage" else reply)
    pages = connect().iter_products()
    assert len(next(pages).records) == 2
    with pytest.raises(PagingError):
        next(pages)


def test_data_with_errors_is_never_a_page(fake, connect):
    """It gets one repeat, then the reading stops; the vendor's prose is not quoted."""
    fake.rows["products"] = [a_product(1)]
    fake.spoil.append(data("ProductsPage", lambda body: {**body, "errors": [{"message": "secret prose", "path": ["products", 0]}]}))
    with pytest.raises(UnexpectedAnswerError) as caught:
        next(connect().iter_products())
    assert "prose" not in str(caught.value)
    assert len(fake.searches("ProductsPage")) == 2


def test_errors_that_pass_are_repeated_away(fake, connect):
    """The one repeat is enough for a hiccup."""
    fake.rows["products"] = [a_product(1)]
    hiccups = [True]
    fake.spoil.append(data("ProductsPage", lambda body: {"errors": [{"message": "x"}]} if hiccups and hiccups.pop() else body))
    assert titles(connect().iter_products()) == [1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": None},
        {"data": {}},
        {"data": {"products": None}},
        {"data": {"products": {}}},
        {"data": []},
        [],
        {"data": {"products": ["x"]}},
    ],
)
def test_another_shape_is_an_error(fake, connect, body):
    """A 200 without our list in it is never an empty catalogue."""
    fake.spoil.append(data("ProductsPage", lambda _: body))
    with pytest.raises(BadShapeError):
        list(connect().iter_products())


def test_a_login_page_is_no_success(fake, connect):
    """200 and HTML: somebody else answered."""
    fake.spoil.append(lambda _, reply: (200, {"Content-Type": "text/html"}, b"<html>Please log in</html>"))
    with pytest.raises(NotOursError):
        list(connect().iter_products())


def test_a_bad_key_is_one_call(fake, connect):
    """401 fails at once, without a storm of repeats."""
    with pytest.raises(AuthFailedError):
        list(connect(key="wrong").iter_products())
    assert len(fake.requests) == 1


def test_a_wrong_path_is_a_wrong_address(fake, connect):
    """404 on the GraphQL path is a matter of the connection, not of a record."""
    fake.spoil.append(lambda _, reply: (404, reply[1], b"{}"))
    with pytest.raises(WrongAddressError):
        list(connect().iter_products())


def test_a_field_removed_while_running_is_drift(fake, connect):
    """The error names it, the query is not repeated, and the capabilities are found out anew, once."""
    fake.rows["products"], fake.cap = [a_product(1), a_product(2)], 1
    client = connect()
    pages = client.iter_products()
    next(pages)
    flat = " ".join(sdl_lines(fake))
    fake.schema = rebuilt(flat.replace("onixProductAvailability: ONIXCode", ""))
    asked = len(fake.requests)
    with pytest.raises(SchemaDriftError, match=r"Product\.onixProductAvailability"):
        next(pages)
    assert [request["operationName"] for request in fake.requests[asked:]] == ["ProductsPage", "Introspection"]
    assert client.capabilities().missing_fields == ("Product.onixProductAvailability",)
    assert titles(client.iter_products()) == [1, 2]


def sdl_lines(fake):
    """The fake's schema as SDL lines."""
    from graphql import print_schema

    return print_schema(fake.schema).split()


def rebuilt(sdl):
    """A schema from SDL."""
    from graphql import build_schema

    return build_schema(sdl)


def test_one_product_work_contract(fake, connect):
    """Each by its own key; None where there is none."""
    fake.singles |= {"product": a_product(5), "work": {"id": 9, "title": "W"}, "contract": {"id": 4, "contractName": "C", "term": " "}}
    client = connect()
    assert client.get_product("978-0-00-000000-5").id == 5
    assert client.get_work(9).title == "W"
    assert client.get_contract(4).term is None
    assert fake.searches("ProductByIsbn") == [{"isbn13Eq": "9780000000005"}]
    assert fake.searches("WorkById") == [{"idEq": 9}]
    assert fake.searches("ContractById") == [{"idEq": 4}]
    fake.singles["product"] = None
    assert client.get_product("9780000000005") is None


def test_works_of_a_contract(fake, connect):
    """Works come with their editions and runs."""
    fake.rows["works"] = [
        {"id": 9, "title": "W", "products": [{"id": 5, "isbn": {"isbn13": "978-0-00-000000-5"}, "publicationDate": "2026-05-01"}],
         "productionRuns": [{"id": 2, "name": "Reprint", "deliveryDate": "2026-06-01", "productIds": [5]}, {"id": 3, "productIds": None}]}
    ]  # fmt: skip
    [page] = connect().iter_works(contract_id=4)
    work = page.records[0]
    assert (work.subject, work.editions[0].isbn13, work.editions[0].publication_on) == ("work:9", "9780000000005", date(2026, 5, 1))
    assert (work.production_runs[0].delivery_on, work.production_runs[0].product_ids) == (date(2026, 6, 1), (5,))
    assert fake.searches("WorksPage")[0] == {"contractIdEq": 4}


def test_contacts_keep_personal_data_out_of_sight(fake, connect):
    """Values are in the record and not in its representation, nor in a finding about it."""
    row = {"id": 1, "__typename": "Person", "name": "Jo Private", "emails": [{"email": "jo@private.example"}], "phones": [{"phoneNumber": "01234"}],
           "addresses": [{"addressLine1": "1 Private Road", "country": {"value": "GB"}}]}  # fmt: skip
    fake.rows["contacts"] = [
        row,
        {**row, "id": 2, "isni": {"private": 1}, "name": ["Jo Private"]},
        {**row, "id": 3, "phones": [{"phoneNumber": 1234567}]},
    ]
    [page] = connect().iter_contacts()
    good, *bad = page.records
    assert isinstance(good, Contact)
    assert (good.emails, good.addresses[0].country) == (("jo@private.example",), "GB")
    assert "rivate" not in repr(good)
    assert [finding.rule for finding in bad] == ["G7", "G7"]
    assert all(value not in str(bad) for value in ("Private", "1234567"))


def test_contacts_without_paging_come_in_one_answer(fake, connect):
    """An account whose contacts know no `after` is asked once."""
    fake.schema = rebuilt(
        " ".join(sdl_lines(fake)).replace("input ContactSearchAttributes { after: Int ", "input ContactSearchAttributes { ")
    )
    fake.rows["contacts"] = [{"id": 1}, {"id": 2}]
    assert titles(connect().iter_contacts()) == [1, 2]
    assert fake.searches("ContactsPage") == [{}]


def test_contracts_by_list_and_by_id(fake, connect):
    """Money is Decimal; without a list in the account, ids must be given."""
    row = {"id": 4, "contractName": "C", "flatFeeValue": 1200.1, "licensedRights": [{"id": 1, "rightType": "Translation", "authorCut": 75}],
           "deliveryDates": [{"id": 1, "dateDue": "2026-01-01", "percentageOfTotal": 33.33}], "work": {"id": 9, "title": "W"}}  # fmt: skip
    fake.rows["contracts"], fake.singles["contract"] = [row], row
    for pages in (connect().iter_contracts(), connect().iter_contracts([4])):
        [page] = pages
        contract = page.records[0]
        assert isinstance(contract, Contract)
        assert (contract.flat_fee, contract.licensed_rights[0].author_percent) == (Decimal("1200.1"), Decimal(75))
        assert contract.delivery_dates[0].percentage == Decimal("33.33")
        assert contract.work_id == 9
    fake.singles["contract"] = None
    assert list(connect().iter_contracts([5])) == []
    fake.schema = rebuilt(" ".join(sdl_lines(fake)).replace("contracts(contractSearch: ContractSearchAttributes): [Contract!]!", ""))
    with pytest.raises(FeatureMissingError, match="contracts"):
        list(connect().iter_contracts())


def test_counts(fake, connect):
    """The account's own totals, from any contract or a named one."""
    client = {"client": {"productsCount": 520, "worksCount": 200}}
    fake.rows["contracts"], fake.singles["contract"] = [{"id": 1, **client}], client
    assert connect().counts() == connect().counts(1) == Counts(products=520, works=200)
    fake.rows["contracts"] = []
    assert connect().counts() is None
    fake.singles["contract"] = {"client": {"productsCount": "many", "worksCount": 1}}
    with pytest.raises(BadShapeError):
        connect().counts(1)


def test_the_connection_test_tells_what_it_checked(fake, connect):
    """Reachable, authorised, clocks, schema, profile, fields: a sentence each."""
    checks = {check.name: check for check in connect().test()}
    assert list(checks) == ["reachable", "authorised", "clock", "schema", "profile", "fields"]
    assert all(check.is_good for check in checks.values())
    assert "documented" in checks["profile"].sentence
    fake.time = NOW + timedelta(minutes=7)
    [clock] = [check for check in connect().test() if check.name == "clock"]
    assert (clock.is_good, clock.sentence) == (False, "the clocks differ by 420 s, ours is behind")


def test_secrets_and_personal_values_are_in_no_log_or_error(fake, connect, caplog):
    """Canaries: the key, the calendar link, a contact's name and a title, over good and bad answers."""
    caplog.set_level(logging.DEBUG)
    fake.rows["products"] = [a_product(1, fullTitle="canary-title")]
    fake.rows["contacts"] = [{"id": 1, "name": "canary-name", "emails": ["canary-mail"]}]
    client = connect(ical_url="https://calendar.example/canary-link")
    list(client.iter_products()), list(client.iter_contacts())
    shown = []
    for content in (b'{"data": {"products": "canary-body"}}', b"canary-garbage", b'{"errors": [{"message": "canary-prose"}]}'):
        fake.spoil[:] = [lambda name, reply, content=content: (200, reply[1], content) if name == "ProductsPage" else reply]
        with pytest.raises(UnexpectedAnswerError) as caught:
            list(client.iter_products())
        shown.append(f"{caught.value!s} {caught.value!r} {caught.value.__dict__}")
    assert "canary" not in caplog.text + "".join(shown) + repr(client.__dict__)
