"""The video library's rules for a video: where and while all that is asked of its products, and of others, is open; and what given rules say."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import reduce
from itertools import pairwise
from operator import and_, or_
from typing import Any

from colophon.config.clearances import Clearance
from colophon.rights.atlas import Atlas
from colophon.rights.reasons import FIRST_DAY, LAST_DAY, Step, channel_key, ordinal
from colophon.rights.status import RightsStatus
from colophon.systems.bytenite.mapping import is_allowed
from colophon.systems.bytenite.records import Rule, Rules


def rules_of(
    rights: Sequence[RightsStatus], channels: Mapping[str, str], atlas: Atlas, today: date, clearances: Sequence[Clearance] = ()
) -> Rules:
    """The library's rules for a video: allowed where and while all rights are open and all clearances are given; without rights nothing."""
    windows: dict[tuple[int, int, int], list[str]] = defaultdict(list)
    for theirs, ours in sorted(channels.items()):
        cleared = [_cleared(clearance, theirs, atlas) for clearance in clearances] if rights else []
        steps = _common([*(status.steps.get(channel_key(ours), ()) for status in rights), *cleared])
        for step, after in pairwise([*steps, Step(LAST_DAY + 1, 0)]):
            if step.countries and after.first > today.toordinal():
                windows[step.first, after.first - 1, step.countries].append(theirs)
    named = dict.fromkeys([*(status.subject.removeprefix("isbn:") for status in rights), *(clearance.asset for clearance in clearances)])
    reason = f"rights of {', '.join(named)}"[:200]
    rules = [_rule(first, last, atlas.names(bits), tuple(shown), reason) for (first, last, bits), shown in windows.items()]
    return Rules(revision=1, rules=tuple(sorted(rules, key=lambda rule: rule.rule_id)))


def allowed(rules: Rules | None, at: datetime) -> set[tuple[str, str]]:
    """(channel, territory) that rules allow at a moment (aware UTC)."""
    pairs = {(channel, place) for rule in (rules.rules if rules else ()) for channel in rule.channels for place in rule.territories}
    return {pair for pair in pairs if is_allowed(rules, *pair, at)[0]}


def meaning(rules: Rules | None) -> set[tuple[Any, ...]]:
    """What rules say, whatever they are called."""
    told = rules.rules if rules else ()
    return {(rule.effect, frozenset(rule.territories), frozenset(rule.channels), rule.starts, rule.until) for rule in told}


def digest(rules: Rules | None) -> str:
    """What rules say, as 16 hex digits."""
    facts = sorted(
        (effect, sorted(places), sorted(channels), str(starts), str(until)) for effect, places, channels, starts, until in meaning(rules)
    )
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _cleared(clearance: Clearance, channel: str, atlas: Atlas) -> list[Step]:
    """Where something of others is cleared on a channel of the library."""
    given = [
        (ordinal(each.since, FIRST_DAY), ordinal(each.until, LAST_DAY), atlas.reach(each.territories).whole)
        for each in clearance.permissions
        if each.paid and channel in each.channels
    ]
    days = sorted({FIRST_DAY, *(first for first, _, _ in given), *(last + 1 for _, last, _ in given)})
    return [Step(day, reduce(or_, (places for first, last, places in given if first <= day <= last), 0)) for day in days]


def _common(all_steps: Sequence[Sequence[Step]]) -> list[Step]:
    """Steps of what is open in all; none where there is nothing to compare."""
    if not all_steps or not all(all_steps):
        return []
    days = sorted({step.first for steps in all_steps for step in steps})
    common: list[Step] = []
    for day in days:
        countries = reduce(and_, (next((step.countries for step in reversed(steps) if step.first <= day), 0) for steps in all_steps))
        if not common or common[-1].countries != countries:
            common.append(Step(day, countries))
    return common


def _rule(first: int, last: int, territories: tuple[str, ...], channels: tuple[str, ...], reason: str) -> Rule:
    said = json.dumps([first, last, territories, channels])
    return Rule(
        rule_id=f"r-{hashlib.sha256(said.encode()).hexdigest()[:12]}",
        effect="allow",
        territories=territories,
        channels=channels,
        starts=None if first == FIRST_DAY else datetime.combine(date.fromordinal(first), time(), UTC),
        until=None if last == LAST_DAY else datetime.combine(date.fromordinal(last), time(23, 59, 59), UTC),
        reason=reason,
    )
