"""Puts bugs into a copy of the project, one at a time, and tells which of them the tests beside the file do not notice.

python -m tests.mutants [--sample N] [--seed S] [--by-hand] [FILE ...]
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.mutants.beside import beside, files_of
from tests.mutants.by_hand import by_hand
from tests.mutants.mechanical import Mutant, mutants_of
from tests.mutants.running import Copy, Test

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    """Print survivors as they show, then the share that was caught by file; 1 where one survived."""
    asked = _asked(arguments)
    files = asked.files or files_of(ROOT)
    sources = {file: (ROOT / file).read_text(encoding="utf-8") for file in files}
    mutants: list[Mutant] = []
    if not asked.by_hand:
        mechanical = [mutant for file in files for mutant in mutants_of(file, sources[file])]
        mutants += random.Random(asked.seed).sample(mechanical, min(asked.sample or len(mechanical), len(mechanical)))
    mutants += [mutant for file in files for mutant in by_hand(file, sources[file])]
    caught, tried = Counter[str](), Counter[str]()
    try:
        for mutant, is_caught in results(mutants, sources):
            tried[mutant.file] += 1
            caught[mutant.file] += is_caught
    except KeyboardInterrupt:
        print(f"stopped after {tried.total()} of {len(mutants)}")
    for file, count in sorted(tried.items()):
        print(f"{file:<48}{caught[file]:>6} of {count:<6}{caught[file] / count:>6.0%}")
    print(f"{'all':<48}{caught.total():>6} of {tried.total():<6}{caught.total() / max(tried.total(), 1):>6.0%}")
    return 0 if caught.total() == len(mutants) else 1


def results(mutants: Sequence[Mutant], sources: Mapping[str, str]) -> Iterator[tuple[Mutant, bool]]:
    """Whether each was caught; survivors are printed."""
    with tempfile.TemporaryDirectory(prefix="colophon-mutants-") as folder:
        copy = Copy(ROOT, Path(folder))
        for paths in dict.fromkeys(beside(mutant.file) for mutant in mutants):
            there = [mutant for mutant in mutants if beside(mutant.file) == paths]
            tests = copy.tests(paths, sorted({mutant.file for mutant in there}))
            for mutant in there:
                source = sources[mutant.file]
                touching = touching_tests(tests, mutant)
                # A statement that is built once is run by one test, or before any, and asked by all that touch the file.
                others = [test for test in tests if (mutant.file in test.lines or not touching) and test not in touching]
                is_caught = any(asked and copy.catches(mutant.file, mutant.applied(source), asked) for asked in (touching, others))
                if not is_caught:
                    print(survivor(mutant, source, len(touching)), flush=True)
                yield mutant, is_caught


def touching_tests(tests: Sequence[Test], mutant: Mutant) -> list[Test]:
    """Tests that run the place, quickest first; of what runs at import, all that touch the file."""
    lines = frozenset(range(mutant.first, mutant.last + 1)) if mutant.first else None
    return [test for test in tests if (ran := test.lines.get(mutant.file)) and (lines is None or ran & lines)]


def survivor(mutant: Mutant, source: str, tests: int) -> str:
    """In words, and as the lines before and after."""
    begin, end = source.rfind("\n", 0, mutant.start) + 1, source.find("\n", mutant.end)
    before, after = source[begin:end], source[begin : mutant.start] + mutant.text + source[mutant.end : end]
    shown = [f"  - {line.strip()}" for line in before.splitlines()] + [f"  + {line.strip()}" for line in after.splitlines()]
    return "\n".join([f"{mutant.file}:{mutant.line}: {mutant.words} (not noticed by {tests} tests)", *shown])


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="files of the project; none: all that tests/mutants/beside.py names")
    parser.add_argument("--sample", type=int, metavar="N", help="so many mechanical bugs, and not all that there are")
    parser.add_argument("--seed", type=int, default=1, help="another number samples other ones")
    parser.add_argument("--by-hand", action="store_true", help="only the bugs that somebody wrote down")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
