"""Ours beside theirs: each figure that an example prints, and what the engine says of it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from colophon.errors import BadRecordError, InvalidError
from colophon.royalties.examples.example import Answers, Example, examples_of
from colophon.royalties.examples.spelling import NUMBER
from colophon.royalties.examples.work import answers_of

NAMES = {
    "royalty": ("royalty", "royalties", "per_copy", "per_copy_half_up", "segment_royalty"),
    "rows": ("rows", "row_royalties"),
    "earnings": ("earned", "total_earnings"),
    "lifetime_units": ("life_to_date_units", "ltd_units"),
    "rights_income": ("sublicence_due", "sublicense_due", "author_share"),
    "movement": ("closing", "period_movement"),
    "payable": ("payment_due", "royalties_payable", "due"),
    "unearned": ("advance_remaining", "unearned_advance"),
    "expense": ("sum", "royalty_expense"),
    "reserve_released": ("reserve_recovered",),
    "total_rate": ("total_paid_across_all_payees_pct", "total_pct"),
    "paid": ("paid_out",),
    "effective_rate": ("effective_rate_pct", "rate_pct"),
    "earn_out_copies": ("copies_to_earn_out", "units_to_earn_out"),
    "paid_at_payee_level": ("payee_level", "author_level"),
    "paid_at_statement_level": ("statement_level",),
    "net_remitted": ("net", "author_net", "net_to_author"),
    "tax": ("tax_withheld", "withholding"),
}
"""The words that others use for our answers. `ANY_OF` has those that depend on what the example is about."""
ANY_OF = {
    "total": ("earnings", "royalty", "total_rate"),
    "earnings": ("rows", "earnings"),
    "royalty": ("royalty", "earnings"),
    "net": ("net", "net_release", "net_remitted"),
    "reserve_withheld": ("reserve_amount", "reserve_withheld"),
    "withheld": ("reserve_amount", "reserve_withheld", "tax"),
    "reserve_released": ("release_amount", "reserve_released"),
    "released": ("release_amount", "reserve_released"),
}
_MEANINGS = {**{word: (name, word) for name, words in NAMES.items() for word in (name, *words)}, **ANY_OF}
_LEADING = re.compile(NUMBER)
_AT_DISCOUNT = re.compile(r"at_(\d+(?:_\d+)?)")
WRONG = ("published_wrong", "published_truncated", "policy_difference")
"""Status of an example whose printed figures are not expected of us."""


class Outcome(StrEnum):
    """What became of one printed figure."""

    AGREES = "agrees"
    EXPECTED = "differs as expected"
    DIFFERS = "differs"
    UNKNOWN = "not computed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One printed figure: theirs, ours, and what its publisher or we had recomputed (None: nothing)."""

    example: str
    name: str
    theirs: str
    ours: str | None
    outcome: Outcome


Other = Callable[[Mapping[str, Any], str], Sequence[Answers] | None]
"""Answers to the inputs of an example that is told in another way, by its id, for each of its periods; None where it is told in this one."""


def check(cases: Sequence[Mapping[str, Any]], other: Other = lambda *_: None) -> list[Figure]:
    """All printed figures of all examples, each as an object with `id`, `inputs`, `published`, and maybe `recomputed` and `status`.

    :raises InvalidError: an entry is no example.
    """
    return [figure for case in cases for figure in _checked(case, other)]


def _checked(case: Mapping[str, Any], other: Other) -> Iterator[Figure]:
    name = case.get("id")
    inputs, published = case.get("inputs"), case.get("published")
    if not isinstance(name, str) or not isinstance(inputs, Mapping) or not isinstance(published, Mapping):
        raise InvalidError("an example has no id, inputs or published", remedy="Give each example these three members.")
    recomputed = case.get("recomputed") if isinstance(case.get("recomputed"), Mapping) else {}
    try:
        told = other(inputs, name)
        examples = examples_of(inputs, name) if told is None else []
        answers = [answers_of(one) for one in examples] if told is None else told
    except BadRecordError as problem:
        yield Figure(example=name, name="", theirs="", ours=f"{problem.sentence} {problem.evidence}", outcome=Outcome.UNKNOWN)
        return
    for word, theirs in published.items():
        at = _AT_DISCOUNT.fullmatch(word)
        if at is not None and isinstance(theirs, Mapping):
            deeper = [_at(one, at.group(1)) for one in examples]
            for part, figure in theirs.items():
                yield _figure(case, f"{word}.{part}", figure, _found(part, deeper, figure), None)
        else:
            ours = _found(word, answers, theirs)
            left = [reason for one in answers for reason in one.get("because", ())]
            if ours is None and left:
                yield Figure(example=name, name=word, theirs=_text(theirs), ours=_text(left), outcome=Outcome.UNKNOWN)
            else:
                yield _figure(case, word, theirs, ours, (recomputed or {}).get(word))
    for word, right in (recomputed or {}).items():
        if word not in published and (ours := _found(word, answers, right)) is not None and _plain(right) is not None:
            yield _figure({"id": name}, word, right, ours, None)


def _at(example: Example, discount: str) -> Answers:
    return answers_of(example.model_copy(update={"discount": Decimal(discount.replace("_", "."))}))


def _found(word: str, answers: Sequence[Answers], theirs: Any) -> object | None:
    """Our figure for a word: a list where there are several examples, or where theirs is one."""
    is_each = len(answers) > 1 and isinstance(theirs, list) and len(theirs) == len(answers)
    each = [_one(word, one, own) for one, own in zip(answers, theirs if is_each else [theirs] * len(answers), strict=True)]
    if any(one is None for one in each):
        return None
    return each[0] if len(each) == 1 else each


def _one(word: str, answers: Answers, theirs: object) -> object | None:
    found = [answers[name] for name in _MEANINGS.get(word, (word,)) if name in answers]
    fitting = [one for one in found if isinstance(one, list) == isinstance(theirs, list)]
    own = next(iter(fitting or found), None)
    if word == "segments" and isinstance(own, list) and isinstance(theirs, list) and not any(isinstance(one, list) for one in theirs):
        return [units for units, _ in own]
    return own


def _figure(case: Mapping[str, Any], word: str, theirs: object, ours: object | None, right: object | None) -> Figure:
    outcome = Outcome.UNKNOWN
    if ours is not None:
        if _same(ours, theirs):
            outcome = Outcome.AGREES
        elif (right is not None and _same(ours, right)) or (right is None and case.get("status") in WRONG):
            outcome = Outcome.EXPECTED
        else:
            outcome = Outcome.DIFFERS
    return Figure(example=case["id"], name=word, theirs=_text(theirs), ours=None if ours is None else _text(ours), outcome=outcome)


def _same(ours: object, theirs: object) -> bool:
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(_same(one, other) for one, other in zip(ours, theirs, strict=True))
    if isinstance(ours, str):
        return ours == theirs
    number = _plain(theirs)
    return number is not None and isinstance(ours, Decimal | int) and ours == number


def _plain(value: object) -> Decimal | list[object] | None:
    """A number, also where words follow it."""
    if isinstance(value, list):
        return value
    found = _LEADING.match(str(value)) if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool) else None
    return Decimal(found.group(1).replace(",", "")) if found else None


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(" at ".join(map(_text, one)) if isinstance(one, list) else _text(one) for one in value)
    return f"{value:,}" if isinstance(value, int | Decimal) and not isinstance(value, bool) else str(value)
