"""Where things go: a template for every kind of letter, and the systems behind the middleware."""

from datetime import date

from colophon_sandbox.seeds.living import House
from colophon_sandbox.seeds.shelf import Row

LETTERS = (
    "ReaderCampaign",
    "OrderConfirmation",
    "SubscriptionRenewal",
    "RightsConfirmation",
    "PermissionLetter",
    "RenewalNotice",
    "ApprovalNotice",
    "DelayLetter",
    "ContributorRequest",
    "ComplianceAcknowledgement",
    "LaunchAnnouncement",
    "RetailerNotice",
    "AdvanceReaderLetter",
    "FollowUpLetter",
    "ServiceDelay",
    "ServiceOutOfStock",
    "ServiceSubstitution",
    "ServiceRevisedDate",
)
TARGETS = {"crm": "crm", "print": "production", "warehouse": "logistics", "marketing": "marketing"}


def add(house: House, _today: date) -> None:
    """Beside those that are built in."""
    house.records["exstream"] = {"communications": [{"name": name} for name in LETTERS]}
    targets = [{"id": name, "kind": kind, "does": "acknowledge"} for name, kind in TARGETS.items()]
    people = [row for row in house.consonance["contacts"] if row["__typename"] == "Person" and row["emails"]]
    house.records["xconnector"] = {"targets": targets, "inbox": [_moved(people[0]), _initials(people[1])] if len(people) > 1 else []}


def _moved(person: Row) -> Row:
    """The CRM has somebody's new address, under our own number."""
    address = {"line1": "12 Harbour Row", "line2": None, "city": "Whitby", "postcode": "YO21 3PU", "country": "GB", "kind": "post"}
    return _changed("C-1001", person["name"], [{"type": "supplier_id", "value": person["inhouseSupplierId"]}], [address])


def _initials(person: Row) -> Row:
    """The CRM has somebody with an initial and one of our e-mails: likely the same, and a person has to say so."""
    first, _, last = person["name"].partition(" ")
    return _changed("C-1002", f"{first[0]}. {last}", [{"type": "email", "value": person["emails"][0]["email"]}], [])


def _changed(party: str, name: str, identifiers: list[Row], addresses: list[Row]) -> Row:
    at = "2026-05-01T05:00:00Z"
    data = {
        "partyId": party, "system": "crm", "names": {"display": name, "inverted": None, "organisation": None}, "identifiers": identifiers,
        "addresses": addresses, "taxStatus": None, "paymentPreference": None, "vendorStatus": None,
        "fieldTimes": dict.fromkeys(("names", "identifiers", "addresses"), at),
    }  # fmt: skip
    head = {"specversion": "1.0", "id": f"crm-{party}", "source": "/crm", "type": "colophon.party.changed.v1", "subject": f"party:{party}"}
    return {**head, "time": at, "data": data}
