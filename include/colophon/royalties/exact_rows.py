"""Lines to rows in plain whole numbers: every policy, one line at a time. `fast_rows` does the common ones at speed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from colophon.royalties.line import Line, Trouble
from colophon.royalties.placing import Placed, counter_key, place
from colophon.royalties.policy import Policy
from colophon.royalties.row import CounterKey, Excluded, Opening, Rows, Suspended, count_of, line_order
from colophon.royalties.rules import Rule
from colophon.royalties.walk import Book, Walk

RulesByContract = Mapping[int, Sequence[Rule]]


def rows_of(lines: Iterable[Line], rules: RulesByContract, opening: Opening, policy: Policy, book: Book | None = None) -> Rows:
    """Rows of one period. The same for any cut or order of the lines: they are ordered here by day, then id (E6).

    :param rules: the rules of each contract, by contract id; those of other contracts never apply. :param book: takes all parts of lines.
    """
    taken = list(lines)
    seen = Counter((line.contract_id, line.id) for line in taken)
    groups: dict[CounterKey, list[Placed]] = defaultdict(list)
    suspended: list[Suspended] = []
    excluded: list[Excluded] = []
    for line in taken:
        placed = Trouble.LINE_TWICE if seen[line.contract_id, line.id] > 1 else place(line, rules.get(line.contract_id, ()), policy)
        if isinstance(placed, Placed):
            groups[counter_key(placed.rule, line, policy)].append(placed)
        elif isinstance(placed, Trouble):
            suspended.append(Suspended(line=line, trouble=placed))
        else:
            excluded.append(Excluded(line=line, reason=placed))
    return gathered(groups, opening, policy, tuple(suspended), tuple(excluded), book)


def gathered(
    groups: Mapping[CounterKey, Sequence[Placed]],
    opening: Opening,
    policy: Policy,
    suspended: tuple[Suspended, ...] = (),
    excluded: tuple[Excluded, ...] = (),
    book: Book | None = None,
) -> Rows:
    """All groups walked, their rows added up."""
    book = book or Book()
    walks = [Walk(key, opening, groups[key], policy, book).run() for key in sorted(groups)]
    return Rows(
        rows=book.rows(),
        counts=tuple(count_of(walk.key, walk.counter) for walk in walks),
        suspended=tuple(sorted(suspended, key=lambda one: line_order(one.line))),
        excluded=tuple(sorted(excluded, key=lambda one: line_order(one.line))),
        closing=_closing(opening, walks),
        lines_in_rows=sum(len(placed) for placed in groups.values()),
    )


def _closing(opening: Opening, walks: Sequence[Walk]) -> Opening:
    return Opening(
        counters={**opening.counters, **{walk.key: walk.counter.value for walk in walks}},
        prior={**opening.prior, **{walk.key: walk.prior for walk in walks if walk.prior}},
        unreturned={**opening.unreturned, **{walk.key: walk.counter.unreturned for walk in walks}},
    )
