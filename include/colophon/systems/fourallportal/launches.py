"""Where a title's launch state stands at the portal: on the product, or on a campaign object of its own (contract section 5)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from colophon.errors import BadConfigError, BadRecordError
from colophon.systems.fourallportal.assets import CONFIRMED
from colophon.systems.fourallportal.mapping import LaunchRules, PortalMapping
from colophon.systems.fourallportal.orders import FileOrder, LaunchOrder, ReadinessOrder
from colophon.systems.fourallportal.records import Entry, Wanted
from colophon.systems.fourallportal.values import fv

ObjectId = Callable[[str, str], str]
"""Id of an object by our name of its module and its business key."""


class Launch(NamedTuple):
    """The portal's module, and how its object shall be."""

    module: str
    wanted: Wanted


def launch_of(order: LaunchOrder, mapping: PortalMapping, object_id: ObjectId) -> Launch:
    """What an order writes: the state in the portal's word, and the dates of milestones as `name=date` where the order has them.

    :raises BadConfigError: the mapping says nothing on launches, or nothing on the key of campaigns that the order wants.
    :raises BadRecordError: the mapping has no word for the state.
    """
    rules = _rules(mapping)
    if order.state not in rules.values:
        raise BadRecordError(f"mapping.yaml has no word for {order.state}", system="fourallportal", subject=order.isbn)
    fields = {rules.state: fv(rules.values[order.state])}
    if order.milestones is not None:
        fields[rules.milestones] = fv(days_of(order.milestones) or None)
    product = object_id("product", order.isbn)
    if not order.campaign:
        return Launch(mapping.modules["product"], Wanted(product, fields))
    if not rules.key or "campaign" not in mapping.modules:
        raise BadConfigError("mapping.yaml names no key for campaign", system="fourallportal", subject="launch")
    fields[rules.key] = fv(order.campaign)
    if rules.product_link:
        fields[rules.product_link] = fv(product)
    return Launch(mapping.modules["campaign"], Wanted(object_id("campaign", order.campaign), fields))


def file_state(order: FileOrder, mapping: PortalMapping) -> Wanted:
    """What an order writes on a file: whether it is confirmed, and its state in the portal's word.

    :raises BadConfigError: the mapping names no field for it. :raises BadRecordError: it has no word for the state.
    """
    fields = dict[str, tuple[Entry, ...]]()
    if order.confirmed is not None:
        fields[_named(mapping.asset.confirmed, "confirmed")] = fv(CONFIRMED if order.confirmed else None)
    if order.state is not None:
        values = _rules(mapping).values
        if order.state not in values:
            raise BadRecordError(f"mapping.yaml has no word for {order.state}", system="fourallportal", subject=order.file)
        fields[_named(mapping.asset.state, "state")] = fv(values[order.state])
    return Wanted(order.file, fields)


def _named(field: str | None, name: str) -> str:
    if field is None:
        raise BadConfigError(f"asset of mapping.yaml names no field for {name}", system="fourallportal", subject="asset")
    return field


def readiness_of(order: ReadinessOrder, mapping: PortalMapping) -> Wanted:
    """What an order writes on its product. What the mapping has no field for is left out.

    :raises BadConfigError: the mapping says nothing on launches.
    """
    rules = _rules(mapping)
    told = {rules.readiness: fv(order.readiness or None), rules.blocker: fv(order.blocker or None)}
    fields = {rules.milestones: fv(sorted([*days_of(order.milestones), *order.others]) or None)}
    return Wanted(order.object, {**fields, **{name: value for name, value in told.items() if name}})


def days_of(milestones: Mapping[str, date]) -> list[str]:
    """Milestones as the portal has them: `name=day`, in the order of names."""
    return [f"{name}={day.isoformat()}" for name, day in sorted(milestones.items())]


def _rules(mapping: PortalMapping) -> LaunchRules:
    if mapping.launch is None:
        raise BadConfigError("mapping.yaml says nothing on launches", system="fourallportal", subject="launch")
    return mapping.launch
