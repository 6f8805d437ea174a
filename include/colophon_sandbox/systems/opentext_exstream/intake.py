"""Driver data `colophon-driver-1` (contract section 4): what is taken, and what is refused at the door.

A member name with a space is not refused: it is mapped to nothing, silently, as the vendor's engine does it.
"""

from typing import Any

from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.opentext_exstream.design import QUEUES
from colophon_sandbox.world import Row

BATCH: dict[str, type] = {"ColophonBatchKey": str, "Edition": str, "Count": int}
REQUIRED: dict[str, type] = {"CustomerNumber": str, "ColophonDeliveryId": str, "DeliveryPreference": str, "Document": str, "Data": dict}
OPTIONAL: dict[str, type] = {"Theme": str, "Locale": str, "EmailAddress": str, "PhoneNumber": str, "Name": str, "Address": dict}


def check_driver_data(given: Any) -> Row:
    """The driver data; RefusedError (400) names the place that is wrong."""
    _members(given, {"batch": dict, "customers": list}, {}, "")
    _members(given["batch"], BATCH, {}, "/batch")
    customers = given["customers"]
    if given["batch"]["Count"] != len(customers) or not customers:
        raise RefusedError(400, "bad_count", "Count is not the number of customers", name="/batch/Count")
    for index, customer in enumerate(customers):
        place = f"/customers/{index}"
        _members(customer, REQUIRED, OPTIONAL, place)
        if customer["CustomerNumber"] != str(index + 1):
            raise RefusedError(400, "bad_number", "customers are numbered from 1", name=f"{place}/CustomerNumber")
        if customer["DeliveryPreference"] not in QUEUES:
            raise RefusedError(400, "bad_queue", "there is no such queue", name=f"{place}/DeliveryPreference")
        if customer["DeliveryPreference"] == "email" and "@" not in customer.get("EmailAddress", ""):
            raise RefusedError(400, "no_address", "an e-mail needs an address", name=f"{place}/EmailAddress")
    return dict(given)


def empty_names(value: Any) -> list[str]:
    """Members that compose an empty value, because their names have a space."""
    if isinstance(value, dict):
        below = [name for member in value.values() for name in empty_names(member)]
        return [*(name for name in value if " " in name), *below]
    return [name for item in value for name in empty_names(item)] if isinstance(value, list) else []


def _members(value: Any, required: dict[str, type], optional: dict[str, type], place: str) -> None:
    if not isinstance(value, dict):
        raise RefusedError(400, "bad_type", f"{place or '/'} is no object", name=place or "/")
    known = {**required, **optional}
    for name, member in value.items():
        if " " in name:
            continue
        if name not in known:
            raise RefusedError(400, "unknown_member", f"there is no member {name}", name=f"{place}/{name}")
        if not isinstance(member, known[name]) or isinstance(member, bool):
            raise RefusedError(400, "bad_type", f"{name} has the wrong type", name=f"{place}/{name}")
    if missing := [name for name in required if name not in value]:
        raise RefusedError(400, "missing_member", f"{missing[0]} is missing", name=f"{place}/{missing[0]}")
