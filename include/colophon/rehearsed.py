"""What a run would do, or a changed profile, title by title: kept for people to read before anything goes.

rows = rehearsed(judgements, latest, content)      # lines of a plan, bounded
keep(ledger.memory, use_case, run, part, rows)     # beside the ledger; forgotten after some days
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from colophon.domain.delivery import Judgement, LatestDelivery
from colophon.domain.delivery_states import CLOSED
from colophon.domain.finding import Finding, Severity
from colophon.ledger.key_value import KeyValue
from colophon.onix.said import LONGEST, Change, changes

MOST_ROWS, MOST_PARTS, MOST_CHANGES = 200, 20, 25
"""Rows of a part (a batch of products), parts of a plan, and changed fields of a row that are kept."""
KEPT_FOR = timedelta(days=14)
HEAD, ROWS = "plan-head:", "plan-rows:"
GOES, CLOSES, KEPT_BACK, OUTSIDE = "would go", "would be closed", "kept back", "out of scope"
Row = dict[str, Any]
Latest = Callable[[str, Sequence[str]], Mapping[str, LatestDelivery]]


def rehearsed(judgements: Mapping[str, Judgement], latest: Latest, content: Callable[[str], bytes | None]) -> list[Row]:
    """What would go, field by field against what each recipient has, and what is kept back and why; what is unchanged is left out.

    :param latest: newest deliveries of some subjects to a recipient. :param content: what was sent, by its hash.
    """
    rows: list[Row] = []
    for name, judgement in judgements.items():
        known = latest(name, [intent.subject for intent in judgement.intents])
        for intent in judgement.intents:
            last = known.get(intent.subject)
            if last is None or last.content_hash != intent.content_hash or intent.occurrence != last.occurrence:
                before = content(last.content_hash) if last else None
                differs = changes(before, intent.content) if before is not None else []
                title = intent.labels.get("title", "")
                outcome = CLOSES if CLOSED in intent.labels else GOES
                rows.append(row_of(name, intent.subject, outcome, title=title, is_first=last is None, changes=differs))
        rows += _kept_back(name, judgement)
    return sorted(rows, key=_rank)


def row_of(
    recipient: str,
    subject: str,
    outcome: str,
    *,
    title: str = "",
    is_first: bool = False,
    why: Sequence[str] = (),
    changes: Sequence[Change] = (),
) -> Row:
    """A line of a plan: what would become of a title at a recipient, why, and what would change."""
    return {
        "recipient": recipient,
        "subject": subject,
        "outcome": outcome,
        "title": title,
        "is_first": is_first,
        "why": [reason[:LONGEST] for reason in why],
        "changes": [[change.field, change.before[:LONGEST], change.after[:LONGEST]] for change in changes[:MOST_CHANGES]],
        "more": max(len(changes) - MOST_CHANGES, 0),
    }


def why_of(finding: Finding) -> str:
    """What keeps a title back, and what its owner can do: a value is one, and a sentence stands for itself."""
    found = finding.found.rstrip(".")
    fault = f"{finding.field}: {found}" if " " in found else f"{finding.field} is {found}"
    return f"{finding.rule}: {fault}. {finding.remedy} ({finding.owner})"


def keep(memory: KeyValue, use_case: str, run: str, part: int, rows: Sequence[Row], at: datetime) -> None:
    """Keep a part of a plan; later parts than so many are counted and not shown."""
    kept = _some(rows, MOST_ROWS) if part < MOST_PARTS else []
    memory.put(f"{ROWS}{use_case}:{key_of(run)}:{part:05d}", {"rows": kept, "left": len(rows) - len(kept)}, at)


def keep_head(memory: KeyValue, use_case: str, run: str, facts: Mapping[str, Any], at: datetime) -> None:
    """Keep what a plan is of, and forget plans that are old."""
    key = key_of(run)
    memory.put(f"{HEAD}{use_case}:{key}", {"key": key, "run": run, "use_case": use_case, "at": at.isoformat(), **facts}, at)
    for prefix in (HEAD, ROWS):
        memory.forget(prefix, at - KEPT_FOR)


def heads(memory: KeyValue) -> list[Mapping[str, Any]]:
    """Plans that are kept, newest first."""
    return sorted(memory.get_each(HEAD), key=lambda head: str(head["at"]), reverse=True)


def rows_of(memory: KeyValue, head: Mapping[str, Any]) -> list[Row]:
    """The lines of a plan."""
    return sorted((row for part in memory.get_each(f"{ROWS}{head['use_case']}:{head['key']}:") for row in part["rows"]), key=_rank)


def not_kept(memory: KeyValue, head: Mapping[str, Any]) -> int:
    """How many lines of a plan were too many to be kept."""
    return sum(part.get("left", 0) for part in memory.get_each(f"{ROWS}{head['use_case']}:{head['key']}:"))


def key_of(run: str) -> str:
    """How an address calls a run's plan."""
    return hashlib.sha256(run.encode()).hexdigest()[:16]


def _rank(row: Row) -> int:
    """What changes stands before what is kept back, and both before what is the same and what is not for a recipient."""
    return 0 if row["changes"] else 1 if row["outcome"] == KEPT_BACK else 2 if row["is_first"] else 4 if row["outcome"] == OUTSIDE else 3


def _some(rows: Sequence[Row], most: int) -> list[Row]:
    """As many lines as are kept, of each recipient about as many; in their order."""
    turn, places = Counter[str](), list[tuple[int, int]]()
    for at, row in enumerate(rows):
        places.append((turn[row["recipient"]], at))
        turn[row["recipient"]] += 1
    return [rows[at] for at in sorted(at for _, at in sorted(places)[:most])]


def _kept_back(name: str, judgement: Judgement) -> Iterable[Row]:
    wanted, found = {intent.subject for intent in judgement.intents}, dict[str, Row]()
    for finding in judgement.findings:
        if finding.severity is Severity.ERROR and finding.subject not in wanted:
            row = found.setdefault(finding.subject, row_of(name, finding.subject, KEPT_BACK))
            row["why"].append(why_of(finding)[:LONGEST])
    outside = (row_of(name, subject, OUTSIDE, why=[why]) for subject, why in judgement.out_of_scope.items())
    return [*found.values(), *outside]
