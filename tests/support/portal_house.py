"""A house with one title in three formats, and its portal: for stories of what stands there."""

from datetime import UTC, datetime, timedelta
from typing import Any

from station import Station
from two_accounts import DOCUMENTED, EXTENDED, tell

from colophon_sandbox.seeds.shelf import contributions, person, product, subject, work

MORNING = datetime(2026, 5, 4, 7, 20, tzinfo=UTC)
PRINT, EBOOK, AUDIO = "9781999000004", "9781999000011", "9781999000028"
NEW_ISBN = "9781999000035"
LANGUAGE = [{"id": 1, "onixLanguageRoleCode": "01", "onixLanguageCode": "eng"}]


class PortalHouse:
    """See the module. `account`: how Consonance tells its facts."""

    def __init__(self, station: Station, account: str = EXTENDED) -> None:
        self.station, self.account, self.now = station, account, MORNING
        self.work = work(
            9,
            "Zoë’s “Sea” ✓",
            1,
            subtitle="A Story",
            subjectCodes=[subject("THEMA", "FBA")],
            contributions=contributions([(31, "A01")], 71),
        )
        self.rows: dict[str, dict[str, Any]] = {
            isbn: product(
                100 + n, self.work, form, isbn, publicationDate="2026-09-01", contentLanguages=LANGUAGE, onixPublishingStatusCode="02"
            )
            for n, (isbn, form) in enumerate(((PRINT, "BC"), (EBOOK, "DG"), (AUDIO, "AJ")), start=1)
        }
        for row in self.rows.values():
            row["prices"] = [price(row["id"] * 10, "9.99", "GBP"), price(row["id"] * 10 + 1, "12.00", "EUR")]
        self.seed(
            imprints=[{"id": 1, "name": "Larkspur"}],
            contacts=[person(31, "Ana Quill")],
            works=[self.work],
            products=list(self.rows.values()),
        )

    def seed(self, **records: list[dict[str, Any]]) -> None:
        """Records of Consonance as they are from now on."""
        stamp = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.station.seed(
            "consonance",
            {
                name: [{**row, "updatedAt": stamp} if name in {"products", "works"} else row for row in rows]
                for name, rows in records.items()
            },
        )

    def change(self, isbn: str, **members: Any) -> None:
        """A product is edited in Consonance."""
        self.rows[isbn] |= members
        self.seed(products=[self.rows[isbn]])

    def change_work(self, **members: Any) -> None:
        """The work is edited, and so are its products."""
        self.work |= members
        self.seed(works=[self.work], products=list(self.rows.values()))

    def approve(self, *, is_done: bool = True) -> None:
        """The editorial approval, given or taken back."""
        day = f"{self.now:%Y-%m-%d}"
        done = {"status": "DONE", "completedOn": day, "completedAt": f"{day}T06:00:00Z", "completedById": 31}
        state = done if is_done else {"status": "OPEN", "completedOn": None, "completedAt": None, "completedById": None}
        row = {"id": 1, "workId": 9, "description": "Editorial approval", "tags": [], "blockedBy": [], "assigneeId": 31}
        self.seed(todos=[{**row, **state, "revision": 1, "updatedAt": self.now.strftime("%Y-%m-%dT%H:%M:%SZ")}])

    def run(self, dag_id: str, state: str = "success", *, hours: float = 1) -> Any:
        """One run; the next one is so many hours later."""
        if self.account == DOCUMENTED:
            tell(self.station, DOCUMENTED, as_of=self.now)
        run = self.station.run(dag_id, self.now)
        assert run.state == state, run.logs
        self.now = max(self.now + timedelta(hours=hours), self.station.now)
        return run

    def objects(self) -> Any:
        """The portal's products."""
        return self.station.sandbox.world.store.table("fourallportal.objects.product")

    def shown(self, isbn: str) -> dict[str, Any]:
        """What the portal shows of a product, by field: `{"en_GB": "Title"}`, or the value alone where it is for everybody."""
        [row] = [row for row in self.objects() if entry_of(row["values"].get("isbn", [])) == isbn]
        return {name: flat(entries) for name, entries in row["values"].items()}

    def edit(self, isbn: str, **fields: list[dict[str, Any]]) -> None:
        """A person edits fields of a product in the portal."""
        [row] = [row for row in self.objects() if entry_of(row["values"].get("isbn", [])) == isbn]
        objects = self.station.sandbox.systems["fourallportal"].objects
        objects.put("product", {**row["values"], **fields}, object_id=row["id"])

    def writes(self) -> list[str]:
        """PATCH calls to the portal so far."""
        return [call["path"] for call in self.station.journal("fourallportal") if call["method"] == "PATCH"]


def price(number: int, amount: str, currency: str, **days: str) -> dict[str, Any]:
    """A consumer price with tax."""
    return {
        "id": number, "amount": amount, "currencyCode": currency, "effectiveFrom": days.get("since"), "effectiveTo": days.get("until"),
        "label": f"{currency} 02", "onixPriceTypeCode": "02", "onixPriceTypeQualifierCode": "05",
    }  # fmt: skip


def value(told: Any, **dimensions: str) -> list[dict[str, Any]]:
    """A field's value of one entry."""
    return [{"value": told, "dimensions": dimensions or None}]


def entry_of(entries: list[dict[str, Any]]) -> Any:
    """The first entry's value."""
    return entries[0]["value"] if entries else None


def flat(entries: list[dict[str, Any]]) -> Any:
    """Values by their dimensions, or the value alone."""
    if len(entries) == 1 and not entries[0].get("dimensions"):
        return entries[0]["value"]
    return {"/".join((entry.get("dimensions") or {"": "*"}).values()): entry["value"] for entry in entries}
