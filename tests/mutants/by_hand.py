"""Bugs that a person could write, each with what it means; `python -m tests.mutants --by-hand` puts them in one after the other."""

from typing import NamedTuple

from tests.mutants.mechanical import Mutant


class Bug(NamedTuple):
    """In words, and what stands in the file once and is replaced; more such pairs where one place alone would not do."""

    words: str
    old: str
    new: str
    more: tuple[tuple[str, str], ...] = ()


LEDGER = "include/colophon/ledger/"
ROYALTIES, RUN = "include/colophon/royalties/", "include/colophon/royalty_run/"
BUGS: dict[str, tuple[Bug, ...]] = {
    "include/colophon/deliver.py": (
        Bug(
            "a wrong address counts as unknown",
            "TransportError | NotTakenError | FixConfigurationError)",
            "TransportError | NotTakenError)",
        ),
        Bug("no wait before looking for what was just lost", "    sleep(port.settle_s)\n    settled =", "    settled ="),
        Bug("no wait before looking for what a dead sender lost", "    sleep(port.settle_s)\n    found =", "    found ="),
        Bug("what is settled by looking is sent all the same", "lease.kept() if d.id not in settled]", "lease.kept()]"),
        Bug("what the answer does not name counts as accepted", '"unknown", code="answer.missing"', '"accepted", code="answer.missing"'),
        Bug("several messages to people in one call", 'limit = 1 if port.delivery_class == "D" else port.batch', "limit = port.batch"),
    ),
    LEDGER + "after_restore.py": (
        Bug("what waited in a backup goes without a look", '"result": LOST', '"result": "not_sent"'),
        Bug("only a place's first day is in doubt, however late its first run", "until = max(as_of, ", "until = min(as_of, "),
    ),
    LEDGER + "restoring.py": (
        Bug("class D that waited in a backup goes again", '_D.delivery_class == "D", *_may', '_D.delivery_class == "X", *_may'),
        Bug("numbers stay where the backup has them", "number + sent.get(name, margin)", "number"),
        Bug(
            "a ledger that was made fit contradicts its mark for ever",
            '            remember(connection, MARK, {"ledger": environment.new_id(), "number": 0}, now)\n            told',
            "            told",
        ),
    ),
    LEDGER + "finishing.py": (
        Bug(
            "a verdict without remote id wipes a known one",
            'func.coalesce(given["new_remote_id"], _D.remote_id)',
            'given["new_remote_id"]',
        ),
        Bug(
            "the lease is kept after finish",
            "            lease_until=None,\n            updated_at=now,\n        )\n    )",
            "            updated_at=now,\n        )\n    )",
        ),
        Bug("a lost answer is no doubt", "LOST if state == WAITING and verdict.may_have_gone else verdict.result", "verdict.result"),
    ),
    LEDGER + "claims.py": (
        Bug("renew what another owns", '_D.owner == bindparam("mine"), _D.state == IN_FLIGHT)', "_D.state == IN_FLIGHT)"),
        Bug("an older revision of unknown outcome keeps nothing waiting", "(WAITING, IN_FLIGHT, UNKNOWN)),", "(WAITING, IN_FLIGHT)),"),
    ),
    LEDGER + "doubt.py": (
        Bug("a refusal ends the doubt about an earlier lost try", '{UNENDED, "not_sent", "refused"}', '{UNENDED, "not_sent"}'),
        Bug("a wait ends the doubt about an earlier lost try", '{UNENDED, "not_sent", "refused"}', '{UNENDED, "refused"}'),
    ),
    LEDGER + "database.py": (Bug("commits are not durable", "synchronous=FULL", "synchronous=OFF"),),
    LEDGER + "store.py": (Bug("a race is lost at once", "RACES = 5", "RACES = 1"),),
    LEDGER + "feeds.py": (
        Bug("a newer member overtakes an older one", "            ~on_its_way,\n", ""),
        Bug("a number is given twice", "message_number=recipients.c.message_number + 1", "message_number=recipients.c.message_number"),
    ),
    LEDGER + "findings.py": (
        Bug("what a person closed opens again", ' and (known["closed_by"] is None or known["found"] != finding.found)', ""),
        Bug("what a person closed stays closed when it is worse", ' or known["found"] != finding.found)', ")"),
    ),
    LEDGER + "outcomes.py": (
        Bug("events not in order of time", "sorted(fresh, key=lambda e: e.at)", "fresh"),
        Bug("redrive sends an old revision over a newer one", "            ~has_newer(deliveries),\n", ""),
        Bug(
            "the members of a feed are under way on their own",
            "            deliveries.c.bundled.is_(False),\n            deliveries.c.state.in_(ON_THE_WAY),",
            "            deliveries.c.state.in_(ON_THE_WAY),",
        ),
    ),
    LEDGER + "planning.py": (
        Bug(
            "what is in flight is superseded",
            "if row.state == WAITING and row.ordering",
            "if row.ordering",
            more=(("_D.state.in_((WAITING, WITHDRAWN))", '_D.state.in_((WAITING, WITHDRAWN, "in_flight"))'),),
        ),
    ),
    LEDGER + "revisions.py": (Bug("a member without its carrier goes alone", 'verdict = "stale"  # what', "pass  # what"),),
    "include/colophon/domain/delivery.py": (
        Bug("a delivery's id without its destination", "{use_case}\\x1f{destination}\\x1f{subject}", "{use_case}\\x1f{subject}"),
    ),
    "include/colophon/domain/delivery_states.py": (Bug("what was superseded may be followed", '"opted_out", SUPERSEDED}', '"opted_out"}'),),
    LEDGER + "withdrawing.py": (
        Bug("a message that may have left gives way", "set(feeds) - lost_since(connection, feeds).keys()", "set(feeds)"),
        Bug("what goes in every revision gives way to its like", ', newer.c.ordering == "latest"', ""),
        Bug("what may have left is withdrawn as if it had not", "row.state == WAITING and row.id not in doubtful", "row.state == WAITING"),
    ),
    "include/colophon/quality/judge.py": (
        Bug("omissions are not told", "for omitted in record.omissions:", "for omitted in record.omissions[:0]:"),
    ),
    "include/colophon/royalties/account.py": (
        Bug("the limit ignores what was paid of an advance", "one.advance + one.advance_paid - one.balance", "one.advance - one.balance"),
        Bug("the limit ignores the joint debt", "[account.joint, *account.payees.values()]", "[*account.payees.values()]"),
        Bug("a charge comes off nobody", "shares[charge.payee_id] -= charge.amount", "shares[charge.payee_id] -= 0"),
    ),
    ROYALTIES + "reserve.py": (
        Bug(
            "the last part of a reserve is rounded by itself",
            "parts.append(amount - sum(parts))",
            "parts.append(rounded(amount * schedule[-1].share, PPM))",
        ),
        Bug("a reserve of what is owed to us", "    if earned <= 0:\n", "    if earned == 0:\n"),
        Bug("a reserve is released a statement late", "self.due_statement <= statement", "self.due_statement < statement"),
    ),
    ROYALTIES + "payout.py": (
        Bug("the minimum itself is carried", "return amount >= minimum if", "return amount > minimum if"),
        Bug("a certificate is good for no last day", "terms.treaty.valid_to < pay_day", "terms.treaty.valid_to <= pay_day"),
        Bug("one payment's VAT is that of each statement", "vat_total((amount,), terms.vat", "vat_total((dues[0].amount,), terms.vat"),
    ),
    ROYALTIES + "returned.py": (
        Bug("returns forget what earlier periods earned", "    after = dict(earned)\n", "    after: dict[Type, int] = {}\n"),
    ),
    ROYALTIES + "standing.py": (
        Bug("an advance is earned by what is not there", "min(max(available, 0), remaining)", "min(abs(available), remaining)"),
    ),
    ROYALTIES + "tiered_counter.py": (
        Bug(
            "the threshold copy has the higher rate",
            "return bisect_left(",
            "return bisect_right(",
            more=(("from bisect import bisect_left", "from bisect import bisect_left, bisect_right"),),
        ),
    ),
    ROYALTIES + "rounding.py": (
        Bug("half a penny goes down", "(2 * abs(numerator) + denominator) //", "(2 * abs(numerator) + denominator - 1) //"),
    ),
    ROYALTIES + "whole_numbers.py": (Bug("what is left of a split goes to the last", "whole), place))", "whole), -place))"),),
    RUN + "compute.py": (
        Bug("a reserve goes by the account's number", "    ahead = number - account.statement\n", "    ahead = 0\n"),
        Bug("what was carried counts as the last payment", "due_of(statement) if is_due else before", "due_of(statement)"),
        Bug("sales from before our books are paid", "if old := made.told.lines(HELD):", "if old := 0:"),
    ),
    RUN + "dues.py": (
        Bug("each agent takes of the whole account", "None if len(groups) == 1 else part", "None"),
        Bug("a contract that lost takes its agent's part along", "max(earned.get(contract, 0), 0)", "abs(earned.get(contract, 0))"),
    ),
    RUN + "holds.py": (
        Bug(
            "a first payment of just the limit is held",
            "        if limit is not None and due > limit:",
            "        if limit is not None and due >= limit:",
        ),
        Bug("a debt of who left is nobody's", "standing.advance > 0 or standing.balance < 0", "standing.advance > 0"),
    ),
    RUN + "instalments.py": (
        Bug("a renamed instalment is a new debt", "or _is_renamed(one.entry, gone)", ""),
        Bug("a corrected instalment counts beside the old one", "any(_is_corrected(one.entry, old) for old in gone)", "gone and False"),
        Bug("an instalment that a told balance has counts again", "paid < period.starts_on and _is_told", "False and _is_told"),
    ),
    RUN + "inputs.py": (
        Bug("who has a share by a clause alone is not looked at", " | payees_in(inputs.clauses or (), joined)", ""),
        Bug(
            "a guaranteed royalty that is none stops the run",
            "    except BadRecordError as problem:\n        guaranteed",
            "    except KeyError as problem:\n        guaranteed",
            more=(("problem.evidence", "problem"),),
        ),
    ),
    RUN + "openings.py": (
        Bug("what joined accounts were paid is the first one's", "last_due=one.last_due + other.last_due", "last_due=one.last_due"),
        Bug("both contracts that part have the balance", "whole.balance if is_first else 0", "whole.balance"),
        Bug("reserves are released early when accounts join", "one.due_statement + ahead)", "one.due_statement)"),
        Bug("a debt parts as if it were none", "        if part is None:\n            trouble = SHARED_DEBT\n", ""),
    ),
    RUN + "payments.py": (
        Bug("a payment from before our books comes off", "        if day < began:\n", "        if day < date.min:\n"),
        Bug("a payment without its reference is another one", "yield replace(one, identity=same.identity)", "yield one"),
        Bug(
            "a corrected payment comes off beside the old one",
            "state=HELD, of=CORRECTED) if like else one",
            "state=HELD) if False else one",
        ),
        Bug("an instalment entered late is a debt once more", "list(self._late_instalments())", "[]"),
        Bug("an agent's part of an instalment is no part", " or (one.payee_id, target.payee_id) in self._agents", ""),
    ),
    RUN + "receipts.py": (
        Bug(
            "equal receipts of a rights channel are one",
            "equals.setdefault(sale.line_id, len(equals))",
            "equals.setdefault(sale.line_id, 0)",
        ),
        Bug("receipts from before us are paid", "if not past.opening and _is_before_us(one, period)", "if False"),
    ),
    RUN + "settling.py": (
        Bug("parts of a penny are rounded one by one", "rest - whole * REST", "0"),
        Bug(
            "the minimum is the least of the contracts'",
            "    return max((minor(terms.minimum_payment",
            "    return min((minor(terms.minimum_payment",
        ),
    ),
    RUN + "shard_lines.py": (
        Bug("equal sales are one", "coalesce(equals.ordinal, 0)", "0"),
        Bug("what waited for another period is paid in this one", "    WHEN own.approved AND kept.h IS NULL THEN '{LATER}'\n", ""),
        Bug("a sale that was paid is paid again", "    WHEN taken.h IS NOT NULL THEN '{LEFT}'\n", ""),
    ),
}


def by_hand(file: str, source: str) -> list[Mutant]:
    """The bugs of a file.

    :raises SystemExit: what one of them replaces is gone, or is there more than once: write it anew.
    """
    return [_mutant(file, source, bug) for bug in BUGS.get(file, ())]


def _mutant(file: str, source: str, bug: Bug) -> Mutant:
    edits = []
    for old, new in ((bug.old, bug.new), *bug.more):
        if source.count(old) != 1:
            raise SystemExit(f"{file}: the bug {bug.words!r} replaces a text that is there {source.count(old)} times: {old!r}")
        edits.append((source.index(old), old, new))
    edits.sort()
    start, end = edits[0][0], edits[-1][0] + len(edits[-1][1])
    text = source[start:end]
    for at, old, new in reversed(edits):
        text = text[: at - start] + new + text[at - start + len(old) :]
    return Mutant(file, source.count("\n", 0, start) + 1, bug.words, start, end, text, 0, 0)
