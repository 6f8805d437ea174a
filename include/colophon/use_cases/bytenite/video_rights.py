"""BN-4, rights of videos: where and when each video of the library may run, and what must be taken down.

A video may run where and while every product that it names may be shown as video. The rules that say so are compared with the
library's; only what differs is sent: first what takes down, then rules, then what may be shown again. A video of unknown
products has no rule, and so runs nowhere.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from colophon.blocks.decision import History, Plan
from colophon.blocks.desired_state import CLOSES, OPENS, SHOWS_AGAIN, TURN, close_before_open
from colophon.config import Config
from colophon.domain.finding import Finding
from colophon.domain.rights_deal import RightsFormat
from colophon.ledger import Intent, LatestDelivery
from colophon.rights.atlas import Atlas
from colophon.rights.rules import broken
from colophon.rights.standing import Standing
from colophon.systems.bytenite.mapping import is_allowed, narrowed, to_wire
from colophon.systems.bytenite.records import Placement, Rules, Video
from colophon.systems.bytenite.shown import Shown
from colophon.use_cases.bytenite.video_rules import allowed, digest, meaning, rules_of

USE_CASE = "bytenite__video_rights"
DESTINATION = "video-library"
FORMAT: RightsFormat | None = RightsFormat.VIDEO
ENDED, VIOLATION = "rights ended", "against the rights"
NAMES = ("rules", f"unpublish/{VIOLATION}", f"unpublish/{ENDED}", "publish")
"""What can be sent about one video, each a subject of its own."""
_BY_RIGHTS = frozenset({"rule", ENDED})
"""Reasons of placements that only rights took down; they may be shown again when rights return, as may what rights BLOCKED."""
SAID = "said"
"""Label of rules that were sent: a digest of what they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the plan is asked: state of the engine for videos at `as_of` (aware UTC), and how channels are called.

    `only`: ISBNs that the run is about; None: all. `closes_only`: the standings are not of today; nothing is allowed that the
    library's rules do not allow already.
    """

    as_of: datetime
    standings: Mapping[str, Standing]
    channels: Mapping[str, str]
    atlas: Atlas
    history: History
    only: frozenset[str] | None = None
    closes_only: bool = False


def channels(config: Config) -> set[str]:
    """Channels of the rights records that are asked about."""
    return set(config.availability.library.channels.values())


def plan(shown: Iterable[Shown], question: Question) -> Plan:
    """Deliveries for videos whose rules or placements are not as rights say; what closes stands first."""
    made = Plan(judged={DESTINATION: []})
    by_work = _by_work(question.standings.values())
    ours = [one for one in shown if _is_ours(one.video, question)]
    history = question.history(DESTINATION, [_subject(one.video, "rules") for one in ours])
    ranked: list[Intent] = []
    for one in ours:
        products, wanted = _judged(one, by_work, question)
        made.judged[DESTINATION] += [_subject(one.video, name) for name in NAMES]
        last = history.get(_subject(one.video, "rules"))
        made.findings += _findings(one, products, wanted, last, question)
        ranked += _take_down(one, wanted, question)
        if meaning(one.rules) != meaning(wanted):
            ranked.append(_change(one, wanted, last.revision if last else 0, question))
        ranked += _show_again(one, wanted, products, question)
    made.intents = close_before_open(ranked)
    wanted_subjects = {intent.subject for intent in ranked}
    made.settled[DESTINATION] = [subject for subject in made.judged[DESTINATION] if subject not in wanted_subjects]
    return made


def still_open(shown: Iterable[Shown], question: Question) -> list[Finding]:
    """What runs, or may run by the library's rules, although rights do not allow it, after everything was sent."""
    by_work = _by_work(question.standings.values())
    found = []
    for one in shown:
        if not _is_ours(one.video, question):
            continue
        _, wanted = _judged(one, by_work, question)
        live = [f"{p.channel}/{p.territory}" for p in _forbidden(one, wanted, question)]
        too_much = allowed(one.rules, question.as_of) - allowed(wanted, question.as_of)
        words = sorted({*live, *(f"{channel}/{place} allowed" for channel, place in too_much)})
        if words:
            found.append(_finding("R7", one.video, "placements", ", ".join(words)[:200], "closed"))
    return found


def _judged(one: Shown, by_work: Mapping[str, Sequence[Standing]], question: Question) -> tuple[list[Standing], Rules]:
    """The products of a video (none where one of them is not known), and its rules as they shall be.

    Of some products of the video a run may not have read the rights: then it takes away what the others forbid, and leaves it to
    the daily run to give.
    """
    video, known = one.video, question.standings
    unread = [isbn for isbn in video.isbns or () if question.only is not None and isbn not in question.only and isbn not in known]
    isbns = sorted(set(video.isbns or ()) - set(unread))
    if isbns:
        products = [known[isbn] for isbn in isbns] if all(isbn in known for isbn in isbns) else []
    else:
        products = sorted(by_work.get(str(video.work_id), ()), key=lambda product: product.subject)
    wanted = rules_of(products, question.channels, question.atlas, question.as_of.date())
    is_partial = bool(unread) or question.closes_only
    return products, narrowed(one.rules or Rules(revision=1), wanted, 1) if is_partial else wanted


def _by_work(standings: Iterable[Standing]) -> dict[str, list[Standing]]:
    found: dict[str, list[Standing]] = defaultdict(list)
    for standing in standings:
        found[str(standing.work_id)].append(standing)
    return found


def _is_ours(video: Video, question: Question) -> bool:
    """Whether the run is about a video. One without ISBNs is the daily run's, for only that reads whole works."""
    return question.only is None or not question.only.isdisjoint(video.isbns or ())


def _forbidden(one: Shown, wanted: Rules, question: Question) -> list[Placement]:
    """LIVE placements that rights do not allow now."""
    live = [placement for placement in one.placements if placement.state == "LIVE"]
    return [p for p in live if not is_allowed(wanted, p.channel, p.territory, question.as_of)[0]]


def _by_hand(one: Shown, wanted: Rules, question: Question) -> list[Placement]:
    """LIVE although neither rights nor the library's own rules allow it: somebody put it there."""
    return [p for p in _forbidden(one, wanted, question) if not is_allowed(one.rules, p.channel, p.territory, question.as_of)[0]]


def _take_down(one: Shown, wanted: Rules, question: Question) -> list[Intent]:
    """What runs against the rights, apart by whether the library's own rules allowed it until now."""
    made = []
    forbidden = _forbidden(one, wanted, question)
    by_hand = _by_hand(one, wanted, question)
    for reason, placements in ((VIOLATION, by_hand), (ENDED, [p for p in forbidden if p not in by_hand])):
        if placements:
            content = {"videoId": one.video.video_id, "placementIds": sorted(p.placement_id for p in placements), "reason": reason}
            seen = max((f"{p.updated_at:%Y-%m-%dT%H:%M:%SZ}" for p in placements if p.updated_at), default="")
            made.append(_intent("unpublish", CLOSES, one, content, question, name=f"unpublish/{reason}", seen=seen))
    return made


def _change(one: Shown, wanted: Rules, sent: int, question: Question) -> Intent:
    """New rules. `base` lifts our revisions above those that somebody else gave the library."""
    kept = one.rules.revision if one.rules else 0
    base = max(0, kept - 2 * sent)
    content = {"videoId": one.video.video_id, "rules": [to_wire(rule) for rule in wanted.rules], **({"base": base} if base else {})}
    closes = bool(allowed(one.rules, question.as_of) - allowed(wanted, question.as_of))
    return _intent("rules", CLOSES if closes else OPENS, one, content, question, name="rules", seen=str(kept), said=digest(wanted))


def _show_again(one: Shown, wanted: Rules, products: Sequence[Standing], question: Question) -> list[Intent]:
    """Placements that only rights took down, allowed again, of titles that may be promoted."""
    video, today = one.video, datetime.combine(question.as_of.date(), time(), UTC)
    if question.closes_only or video.on_hold or video.status != "READY" or not all(product.is_running for product in products):
        return []
    back = [p for p in one.placements if p.state == "BLOCKED" or (p.state == "REMOVED" and p.reason in _BY_RIGHTS)]
    again = [p for p in back if is_allowed(wanted, p.channel, p.territory, question.as_of)[0]]
    if not again:
        return []
    placements = [{"channel": p.channel, "territory": p.territory, "at": f"{today:%Y-%m-%dT%H:%M:%SZ}"} for p in again]
    content = {"videoId": video.video_id, "placements": sorted(placements, key=lambda one: (one["channel"], one["territory"]))}
    seen = max((f"{p.updated_at:%Y-%m-%dT%H:%M:%SZ}" for p in again if p.updated_at), default="")
    return [_intent("publish", SHOWS_AGAIN, one, content, question, name="publish", seen=seen)]


def _findings(one: Shown, products: Sequence[Standing], wanted: Rules, last: LatestDelivery | None, question: Question) -> list[Finding]:
    """A video whose products nobody knows, placements against the rules, and rules that a person changed."""
    found = []
    if not products:
        named = ", ".join(one.video.isbns or ()) or "none"
        found.append(_finding("R2", one.video, "isbns", named[:80], "products that Consonance knows; until then the video runs nowhere"))
    if last is not None and last.state == "confirmed" and last.labels.get(SAID) != digest(one.rules):
        found.append(_finding("R6", one.video, "rules", "others than we gave", "the rules that rights give"))
    by_hand = _by_hand(one, wanted, question)
    if by_hand:
        places = ", ".join(sorted(f"{p.channel}/{p.territory}" for p in by_hand))
        found.append(_finding("R6", one.video, "placements", f"live against the rules: {places}"[:200], "taken down"))
    return found


def _intent(
    verb: str, turn: str, one: Shown, content: Mapping[str, Any], question: Question, *, name: str, seen: str, said: str = ""
) -> Intent:
    isbns = one.video.isbns or ()
    return Intent(
        use_case=USE_CASE,
        destination=DESTINATION,
        subject=_subject(one.video, name),
        delivery_class="A",
        content=json.dumps(content, separators=(",", ":"), sort_keys=True).encode(),
        media_type="application/json",
        as_of=question.as_of,
        # The same difference seen by the same run goes once; the next run sends again what was refused.
        occurrence=f"{question.as_of:%Y-%m-%dT%H:%M:%SZ}/{seen}",
        labels={"verb": verb, TURN: turn, **({"isbn": isbns[0]} if isbns else {}), **({SAID: said} if said else {})},
    )


def _finding(rule: str, video: Video, field: str, what: str, expected: str) -> Finding:
    return broken(rule, _named(video), field, what, expected).model_copy(update={"blocks": DESTINATION})


def _subject(video: Video, name: str) -> str:
    return f"video:{video.video_id}/{name}"


def _named(video: Video) -> str:
    return f"video:{video.external_id}"
