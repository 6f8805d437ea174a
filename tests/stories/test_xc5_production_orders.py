"""XC-5: an approved run is one order: files, printer, warehouse, each after the one before was acknowledged; and it can be stopped."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon.orders import go_on, orders, stop
from colophon_sandbox.seeds.shelf import organisation, product, work

DAG = "xconnector__production_orders"
FILES, PRINT, WAREHOUSE = STEPS = ("production-files", "production-print", "production-warehouse")
NOON = datetime(2026, 5, 4, 12, 40, tzinfo=UTC)
ISBN = "9781999000004"
WORK = work(9, "Zoë’s “Sea” ✓", 1)
BOOK = product(101, WORK, "BC", ISBN, publicationDate="2026-09-01")
SPECIFICATION = (
    "{process: offset, trim: 198x129 mm, extent: 320, paper: Munken 80 g, colours: 1/1, binding: PUR, finish: matt, packing: cartons of 20,"
    ' price: "2140.00", currency: GBP, printer: Kestrel Print, warehouse: true,'
    f' file: {{url: "https://files.example/a.pdf", sha256: "{"a" * 64}", bytes: 1048576, file_name: a.pdf}}}}'
)


def production_run(number: int = 7, quantity: int = 3000, due: str = "2026-07-21", **more: Any) -> dict[str, Any]:
    """A run of the paperback; 50 of its copies go elsewhere."""
    rows = [("Warehouse", quantity - 50), ("Advance copies", 50)] if quantity else []
    quantities = [
        {"id": 10 * number + place, "name": name, "quantity": copies, "productId": 101, "receivedQuantity": None, **more}
        for place, (name, copies) in enumerate(rows)
    ]
    return {"id": number, "name": "Printing", "deliveryDate": due, "productIds": [101], "quantities": quantities}


class House:
    """A work with a run, at an account of one kind."""

    def __init__(self, station: Station, account: str = EXTENDED) -> None:
        self.station, self.account, self.now = station, account, NOON
        self.seed(imprints=[{"id": 1, "name": "Larkspur"}], products=[BOOK])
        self.seed(contacts=[{"id": 31, "__typename": "Person", "name": "Person 31"}])
        self.runs_are(production_run())
        self.specify()

    def seed(self, **records: list[dict[str, Any]]) -> None:
        """Records as they are from now on."""
        self.station.seed("consonance", records)

    def runs_are(self, *runs: dict[str, Any]) -> None:
        """The work's runs from now on."""
        self.seed(works=[WORK | {"productionRuns": list(runs)}])

    def specify(self, *changes: tuple[str, str]) -> None:
        """How the paperback is made, with some words of it changed."""
        text = SPECIFICATION
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.station.configure("production.yaml", f"approved_from: 2026-05-01\nspecifications:\n  {ISBN}: {text}\n")

    def approve(self, number: int = 1, *, is_done: bool = True, day: str = "2026-05-04") -> None:
        """The final approval, given or taken back."""
        done = {"status": "DONE", "completedOn": day, "completedAt": f"{day}T11:00:00Z", "completedById": 31}
        state = done if is_done else {"status": "OPEN", "completedOn": None, "completedAt": None}
        row = {"id": number, "workId": 9, "description": "Final proof release", "tags": [], "blockedBy": [], "assigneeId": 31}
        moment = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.seed(todos=[{**row, **state, "revision": 1, "updatedAt": moment}])

    def run(self, times: int = 1, state: str | None = "success") -> None:
        """So many hourly runs."""
        for _ in range(times):
            if self.account == DOCUMENTED:
                tell(self.station, DOCUMENTED, as_of=self.now)
            run = self.station.run(DAG, self.now)
            assert state is None or run.state == state, run.logs
            self.now = max(self.now + timedelta(hours=1), self.station.now)

    def finance_says(self, status: str) -> None:
        """What ERP says of the printer, taken by the party sync."""
        data = {
            "partyId": "9", "system": "erp", "names": {"display": "Kestrel Print Ltd", "inverted": None, "organisation": "Kestrel Print Ltd"},
            "identifiers": [{"type": "supplier_id", "value": "S45"}], "addresses": [], "taxStatus": None, "paymentPreference": None,
            "vendorStatus": status, "fieldTimes": {"vendorStatus": f"{self.now:%Y-%m-%dT%H:%M:%SZ}"},
        }  # fmt: skip
        head = {
            "specversion": "1.0",
            "id": f"p-{self.now:%H%M}",
            "source": "/erp",
            "type": "colophon.party.changed.v1",
            "subject": "party:9",
        }
        self.station.seed("xconnector", {"inbox": [{**head, "time": f"{self.now:%Y-%m-%dT%H:%M:%SZ}", "data": data}]})
        if self.account == DOCUMENTED:
            tell(self.station, DOCUMENTED, as_of=self.now)
        assert self.station.run("xconnector__party_sync", self.now).state == "success"

    def ordered(self) -> list[str]:
        """Order and step of what targets acknowledged, oldest first."""
        return self.station.effects("production.order")

    def told(self, destination: str) -> list[dict[str, Any]]:
        """What a destination has been told, oldest first."""
        with self.station.ledger() as ledger:
            rows = [
                row for row in ledger.all_of(DAG, destination) if row.state in {"confirmed", "sent", "accepted", "processing", "failed"}
            ]
            return [json.loads(ledger.content(row.content_hash) or b"{}") for row in rows]

    def rules(self) -> list[tuple[str, str]]:
        """Rule and subject of the open exceptions."""
        return self.station.exceptions(DAG)


@pytest.fixture(params=[EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)])
def house(request: pytest.FixtureRequest, station: Station) -> House:
    """With each kind of account; by file only at night."""
    return House(station, request.param)


def test_xc5_a_files_then_order_then_warehouse(house: House) -> None:
    """Each after the acknowledgement of the one before; the printer gets quantity, day and specification."""
    house.approve()
    house.run()
    assert house.ordered() == ["7-101-1/1"]
    house.run()
    assert house.ordered()[-1] == "7-101-1/1"  # the printer takes ten minutes
    house.run(3)
    assert house.ordered() == ["7-101-1/1", "7-101-1/2", "7-101-1/3"]
    order = house.told(PRINT)[0]
    assert (order["quantity"], order["dueOn"]) == (3000, "2026-07-21")
    assert order["payload"]["content"]["trim"] == "198x129 mm"
    assert order["payload"]["content"]["deliveries"] == [{"to": "Warehouse", "quantity": 2950}, {"to": "Advance copies", "quantity": 50}]
    before = house.station.effects()
    house.run(2)
    assert (house.station.effects(), house.rules()) == (before, [])


def test_xc5_b_an_approval_told_twice_is_one_order(house: House) -> None:
    """Done, and done again; the run cleared and run anew."""
    house.approve()
    house.run()
    house.approve(day="2026-05-04")
    house.run()
    house.station.run(DAG, house.now)
    house.run(4)
    assert sorted(house.ordered()) == ["7-101-1/1", "7-101-1/2", "7-101-1/3"]


def test_xc5_c_pulled_back_before_the_order_orders_nothing(house: House) -> None:
    """The files are called back; a new approval is a new order."""
    house.approve()
    house.run()
    house.approve(is_done=False)
    house.run(3)
    assert (house.ordered(), house.told(PRINT)) == (["7-101-1/1"], [])
    assert house.told(FILES)[-1] == {"orderId": "7-101-1", "steps": [1], "reason": "the approval was taken back"}
    house.approve()
    house.run(5)
    assert sorted(house.ordered()) == ["7-101-1/1", "7-101-2/1", "7-101-2/2", "7-101-2/3"]


def test_xc5_d_pulled_back_after_the_order_is_a_request_and_a_person_hears(house: House) -> None:
    """The printer gets a cancellation, the warehouse nothing; an exception for the production manager says that it may be too late."""
    house.approve()
    house.run(2)
    house.approve(is_done=False)
    house.run(3)
    assert house.told(PRINT)[-1]["steps"] == [2]
    with house.station.ledger() as ledger:
        assert [order.isbn for order in orders(ledger)] == [ISBN]
    assert (house.told(WAREHOUSE), house.rules()) == ([], [("PO3", "order:7-101-1")])


def test_xc5_a_person_stops_an_order_and_lets_it_go_on(house: House) -> None:
    """Stopped on the desk: the printer gets nothing, the files are called back, and no other order is made until it may go on."""
    house.approve()
    house.run()
    with house.station.ledger() as ledger:
        stop(ledger, "7-101-1", by="edith", why="the wrong jacket")
    house.run(3)
    assert (house.ordered(), house.told(PRINT), house.told(FILES)[-1]["reason"]) == (["7-101-1/1"], [], "stopped by hand")
    with house.station.ledger() as ledger:
        go_on(ledger, "7-101-1", by="edith", why="mended")
    house.run(5)
    assert sorted(house.ordered()) == ["7-101-1/1", "7-101-2/1", "7-101-2/2", "7-101-2/3"]


def test_xc5_e_a_quantity_changed_before_the_printer_accepts_is_an_amendment(house: House) -> None:
    """The same order with another quantity, and the warehouse books that one."""
    house.station.system("xconnector").settings(targets_down=["slow"])
    house.approve()
    house.run(2, state=None)
    house.runs_are(production_run(quantity=4000))
    house.station.system("xconnector").settings(targets_down=[])
    house.run(6, state=None)
    assert [(row["orderId"], row["quantity"]) for row in house.told(PRINT)] == [("7-101-1", 3000), ("7-101-1", 4000)]
    assert [row["quantity"] for row in house.told(WAREHOUSE)] == [4000]
    assert set(house.ordered()) == {"7-101-1/1", "7-101-1/2", "7-101-1/3"}


def test_xc5_e_after_the_printer_has_accepted_a_person_decides(house: House) -> None:
    """What was ordered stands, the warehouse books that, and the exception goes when Consonance says so again."""
    house.approve()
    house.run(3)
    house.runs_are(production_run(quantity=4000))
    house.run(3)
    assert ([row["quantity"] for row in house.told(PRINT)], [row["quantity"] for row in house.told(WAREHOUSE)]) == ([3000], [3000])
    assert house.rules() == [("PO2", "order:7-101-1")]
    house.runs_are(production_run())
    house.run()
    assert house.rules() == []


def test_xc5_e_new_files_go_again_before_the_order(house: House) -> None:
    """Released anew, and the order waits for that and names them."""
    house.station.system("xconnector").settings(targets_down=["slow"])
    house.approve()
    house.run(2, state=None)
    house.specify(("a" * 64, "b" * 64))
    house.station.system("xconnector").settings(targets_down=[])
    house.run(6, state=None)
    assert [row["payload"]["sha256"][0] for row in house.told(FILES)] == ["a", "b"]
    assert house.told(PRINT)[-1]["payload"]["content"]["fileSha256"] == "b" * 64
    assert house.ordered()[-1] == "7-101-1/3"


def test_xc5_f_a_printer_that_refuses_stops_its_order_alone(house: House) -> None:
    """An exception with the printer's reason; the warehouse hears of that order nothing."""
    routes = "\n".join(
        f"  - {{id: r-{name}-{kind}, type: 'colophon.production.{kind}.*', recipient: {name}, targets: [{target}]}}"
        for name, first, target in (
            (FILES, "file_release", "dam"),
            (PRINT, "print_order", "reject"),
            (WAREHOUSE, "warehouse_schedule", "erp"),
        )
        for kind in (first, "cancel")
    )
    house.station.configure("routes.yaml", f"routes:\n{routes}\n")
    house.approve()
    house.run(5, state=None)
    assert house.ordered() == ["7-101-1/1"]
    with house.station.ledger() as ledger:
        found = ledger.exceptions.open(use_case=f"{DAG}:delivery", destination=PRINT)
    assert [(row.subject, "price_missing" in row.found) for row in found] == [("order:7-101-1", True)]


def test_xc5_g_a_reprint_is_an_order_of_its_own_approval(house: House) -> None:
    """A second run alone orders nothing; its own approval does."""
    house.approve()
    house.run(5)
    house.runs_are(production_run(receivedQuantity=2950), production_run(8, 1500, "2027-03-01"))
    house.run(2)
    assert len(house.ordered()) == 3
    house.approve(2)
    house.run(5)
    assert house.ordered()[3:] == ["8-101-1/1", "8-101-1/2", "8-101-1/3"]


def test_xc5_h_without_what_a_printer_needs_nothing_goes(house: House) -> None:
    """One exception that says what, nothing at any destination; once it is there, the order goes."""
    house.runs_are(production_run(quantity=0))
    house.specify(("trim: 198x129 mm, ", ""))
    house.approve()
    house.run()
    with house.station.ledger() as ledger:
        assert [(row.rule, row.found) for row in ledger.exceptions.open(use_case=DAG)] == [("PO1", "no quantity; no trim")]
    assert [house.told(name) for name in STEPS] == [[], [], []]
    house.runs_are(production_run())
    house.specify()
    house.run(5)
    assert (len(house.ordered()), house.rules()) == (3, [])


def test_xc5_what_was_ordered_by_other_means_is_not_ordered(house: House) -> None:
    """Approved before the day on which Colophon began, or printed already."""
    house.approve(day="2026-04-30")
    house.run(2)
    house.approve()
    house.runs_are(production_run(receivedQuantity=2950))
    house.run(2)
    assert [house.told(name) for name in STEPS] == [[], [], []]


def test_xc5_a_title_printed_on_demand_has_no_warehouse_and_a_dry_run_orders_nothing(station: Station) -> None:
    """Files and order alone."""
    house = House(station)
    house.specify(("warehouse: true", "warehouse: false"))
    house.approve()
    assert station.run(DAG, NOON, {"dry_run": True}).state == "success"
    assert [house.told(name) for name in STEPS] == [[], [], []]
    house.run(5)
    assert house.ordered() == ["7-101-1/1", "7-101-1/2"]


def test_xc5_a_printer_that_finance_has_blocked_gets_no_order_until_it_is_free(house: House) -> None:
    """Files were released when ERP blocked it: the order waits with an exception, and goes once ERP says that the printer is free."""
    house.seed(contacts=[organisation(45, "Kestrel Print")])
    house.approve()
    house.run()
    house.finance_says("Blocked")
    house.run()
    assert (house.ordered(), house.told(PRINT), house.rules()) == (["7-101-1/1"], [], [("PO5", "order:7-101-1")])
    house.finance_says("active")
    house.run(2)
    assert (house.ordered(), house.rules()) == (["7-101-1/1", "7-101-1/2"], [])


def test_xc5_an_old_order_whose_run_is_gone_is_left_alone(station: Station) -> None:
    """Its copies came a year ago; one that is not due yet is called back."""
    house = House(station)
    house.approve()
    house.run(5)
    house.now = datetime(2027, 7, 1, 12, 40, tzinfo=UTC)
    house.runs_are()
    house.run()
    assert all("steps" not in house.told(name)[-1] for name in STEPS)
