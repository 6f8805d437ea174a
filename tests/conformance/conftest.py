"""Comparisons in the suite's own modules are explained like those in test files, and failures are dealt out to alike verbs."""

import os
from collections import defaultdict
from typing import Any

import pytest

for _name in ("box", "declaration", "repeats", "answers", "secrets", "tasks"):
    pytest.register_assert_rewrite(f"suite_{_name}")
pytest.register_assert_rewrite("suite")

_SHARES = 3
_VERBS = ("verb", "reading", "write")
_FORMS = frozenset({"name", "kind", "status", "when", "fault", "form", "where"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A failure's forms go round among the verbs of a kind in a file (reads, pages, each class, bulk), so that every kind meets each
    form, but not with every verb. A verb that is alone in its kind meets all; with COLOPHON_NIGHTLY=1 every verb does.
    """
    if os.environ.get("COLOPHON_NIGHTLY") == "1":
        return
    alike: dict[Any, list[Any]] = defaultdict(list)
    dealt = [(item, verb, form) for item in items for verb, form in [_met(item)] if verb is not None]
    for item, verb, _ in dealt:
        group, one = alike[_kind(item, verb)], (item.cls, verb.name)
        if one not in group:
            group.append(one)
    left_out = set()
    for item, verb, form in dealt:
        group = alike[_kind(item, verb)]
        shares = min(len(group), _SHARES)
        if (group.index((item.cls, verb.name)) + form) % shares:
            left_out.add(item)
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))


def _met(item: pytest.Item) -> tuple[Any, int]:
    """The verb and the number of the form that a test is about; no verb where it is not about both."""
    spec = getattr(item, "callspec", None)
    forms = _FORMS & set(spec.params) if spec else set()
    name = next((name for name in _VERBS if spec and name in spec.params), None)
    return (spec.params[name], sum(spec.indices[form] for form in forms)) if name and forms else (None, 0)


def _kind(item: pytest.Item, verb: Any) -> Any:
    return item.path, verb.writes, bool(verb.small_pages), bool(verb.items)
