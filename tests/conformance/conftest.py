"""Comparisons in the suite's own modules are explained like those in test files."""

import pytest

for _name in ("box", "declaration", "repeats", "answers", "secrets", "tasks"):
    pytest.register_assert_rewrite(f"suite_{_name}")
pytest.register_assert_rewrite("suite")
