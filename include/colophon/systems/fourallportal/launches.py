"""What is written at the portal of launches: the state of files, and how ready products are (contract section 5)."""

from collections.abc import Mapping
from datetime import date

from colophon.errors import BadConfigError, BadRecordError
from colophon.systems.fourallportal.assets import CONFIRMED
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.mapping_parts import LaunchRules
from colophon.systems.fourallportal.orders import FileOrder, ReadinessOrder
from colophon.systems.fourallportal.records import Entry, Wanted
from colophon.systems.fourallportal.values import fv


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
