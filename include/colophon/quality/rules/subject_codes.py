"""D: subject codes by the publisher's list of them; without a list nothing is said."""

from collections.abc import Iterator

from colophon.quality.rule import Case, Fault, W, rule


@rule(
    "D21",
    W,
    "A subject code is one that its scheme has",
    "Choose a code of the scheme's newest issue; shops ignore others, or file the book anywhere.",
)
def known_code(case: Case) -> Iterator[Fault]:
    """A code of the right shape that no issue of the scheme ever had."""
    yield from _faults(case, "unknown", "a code that the list of scheme {} has")


@rule("D21a", W, "A subject code is in use", "Choose the code that follows it in the scheme's newest issue.")
def retired_code(case: Case) -> Iterator[Fault]:
    """A code that the scheme has given up."""
    yield from _faults(case, "retired", "a code that scheme {} has today")


def _faults(case: Case, wrong: str, expected: str) -> Iterator[Fault]:
    for subject in case.record.subjects:
        if case.subject_codes.fault(subject.scheme, subject.code, case.on) == wrong:
            yield Fault("SubjectCode", subject.code, expected.format(subject.scheme))
