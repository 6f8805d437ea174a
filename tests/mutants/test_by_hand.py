"""The bugs that somebody wrote down can be put in: what they replace is there."""

import ast
from pathlib import Path

import pytest
from tests.mutants.beside import beside, files_of
from tests.mutants.by_hand import BUGS, by_hand
from tests.mutants.mechanical import mutants_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("file", BUGS)
def test_each_is_another_program(file: str) -> None:
    """It is Python, and not what is there."""
    source = (ROOT / file).read_text(encoding="utf-8")
    for mutant in by_hand(file, source):
        assert ast.dump(ast.parse(mutant.applied(source))) != ast.dump(ast.parse(source)), mutant.words


def test_one_whose_place_is_gone_is_refused() -> None:
    """It says which, so that somebody writes it anew."""
    file = next(iter(BUGS))
    with pytest.raises(SystemExit, match="'a wrong address counts as unknown' replaces a text that is there 0 times"):
        by_hand(file, "")


def test_every_file_has_tests_beside_it() -> None:
    """That are there."""
    for file in files_of(ROOT):
        assert [path for path in beside(file) if not (ROOT / path).exists()] == []
    with pytest.raises(SystemExit, match="does not say"):
        beside("include/colophon/nowhere.py")


def test_rules_write_one_place_otherwise() -> None:
    """Conditions, comparisons and boundaries, statements, numbers, elements; each once, and nothing that is no Python."""
    source = 'def f(a, b):\n    """Say é."""\n    if a < 1 and b:\n        g(a)\n    return (a, b)\n'
    written = {mutant.applied(source).partition('"""\n')[2] for mutant in mutants_of("f.py", source)}
    rest = "        g(a)\n    return (a, b)\n"
    assert f"    if (not (a < 1 and b)):\n{rest}" in written
    assert f"    if (a < 1 or b):\n{rest}" in written
    assert f"    if (a <= 1) and b:\n{rest}" in written
    assert f"    if a < 2 and b:\n{rest}" in written
    assert f"    if b:\n{rest}" in written
    assert "    if a < 1 and b:\n        pass\n    return (a, b)\n" in written
    assert "    if a < 1 and b:\n        g(a)\n    return None\n" in written
    assert "    if a < 1 and b:\n        g(a)\n    return ((b,))\n" in written
    assert len(written) == len(mutants_of("f.py", source)) == 11
