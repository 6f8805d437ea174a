"""Whether a value fits a setting: it has the type of the setting's default, or is one of its choices."""

from collections.abc import Mapping, Sequence
from typing import Any

Choices = Mapping[str, Sequence[Any]]


def check(system: str, name: str, value: Any, defaults: Mapping[str, Any], choices: Choices) -> None:
    """Raises ValueError naming a setting that the system does not have, or whose value does not fit.

    A default of null is null, a text or an object; a number is whole and not negative.
    """
    if name not in defaults:
        raise ValueError(f"{system} has no setting {name}")
    if name in choices:
        # In JSON 1 and true differ, in Python they are equal.
        if not any(value == choice and type(value) is type(choice) for choice in choices[name]):
            raise ValueError(f"{system}.{name} must be one of {', '.join(map(repr, choices[name]))}")
        return
    told = _unfit(value, defaults[name])
    if told:
        raise ValueError(f"{system}.{name} must be {told}")


def _unfit(value: Any, default: Any) -> str:
    """What the value must be, where it is not that."""
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "true or false"
    if isinstance(default, int):
        is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return "" if is_number else "a whole number, 0 or more"
    if isinstance(default, list):
        return "" if isinstance(value, list) and all(isinstance(item, str) for item in value) else "a list of texts"
    if isinstance(default, dict):
        return "" if isinstance(value, dict) else "an object"
    if default is None:
        return "" if value is None or isinstance(value, str | dict) else "null, a text or an object"
    return "" if isinstance(value, str) else "a text"
