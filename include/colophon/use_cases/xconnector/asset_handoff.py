"""XC-3, asset handoff: approved covers, jacket copy, interiors and marketing files, with link and SHA-256, to who works with them.

Each file of the asset store is a subject of its own, so that a target's state is one row for each version: released, replaced or
withdrawn. An older version is withdrawn only once the target has the newer one; one whose approval ended, at once.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import RIGHTS, RightsQuestion, UseCase, channels
from colophon.config.model import Route
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.domain.work import Work
from colophon.ledger import HistoryRow, Intent, LatestDelivery, Ledger
from colophon.ledger.records import After
from colophon.rights.reasons import LAST_DAY, Step
from colophon.rights.status import RightsStatus
from colophon.systems.fourallportal.assets import Asset, approval_statuses, read_asset
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.usable import approved_assets
from colophon.systems.xconnector.planned import FILE, TYPE_LABEL, event

RELEASED, WITHDRAWN = "asset.released", "asset.withdrawn"
OFF = frozenset({"01", "11"})
"""ONIX List 64: cancelled, withdrawn from sale."""
ABSENT = "absent"
"""Memory: files that a target holds and the asset store did not list; one list may have been cut by a moved page, two are not."""
RULES = {
    "AS1": ("An approved file has a SHA-256", "Have the portal keep checksums, in the field that mapping.yaml names."),
    "AS2": ("An approval status is one that mapping.yaml names", "Name it in mapping.yaml under approval, as approved or withdrawn."),
    "AS3": ("A file is of a type that its kind may have", "Bring the right file into the portal, or name its type in assets.yaml."),
    "AS4": ("A file of the portal can be read", "Correct the named field of the file in the portal."),
    "AS5": ("The portal lists its files", "See whether our user may read the portal's files; nothing was withdrawn."),
}


class _Shelf(NamedTuple):
    """The files of the asset store by subject: the newest approved ones (`wanted`), what took an older one's place (`newer`), and
    those of which nobody can say whether they may go (`doubtful`); `listed` are the ids of all.
    """

    wanted: Mapping[str, Asset]
    newer: Mapping[str, Asset]
    doubtful: frozenset[str]
    listed: frozenset[str]
    findings: Sequence[Finding]


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """For each target and file: released where it is approved, the newest, and its title may go; withdrawn where it is not so any more."""
    shelf, plan = _shelf(facts, context), Plan()
    works = {edition.isbn13: (work, edition) for work in facts.records(Work, ()) for edition in work.editions}
    rows, absent, seen_absent = list(facts.records(HistoryRow)), set[str](), set(context.memory.get(ABSENT, ()))
    for recipient, routes in context.config.routes_of(RELEASED).items():
        kinds = context.config.assets.of(recipient).kinds or context.config.assets.kinds

        def may_have(asset: Asset, routes: Sequence[Route] = routes, kinds: Collection[str] = kinds) -> bool:
            work, edition = works.get(asset.isbn, (None, None))
            is_for_it = asset.kind in kinds and any(route.takes(RELEASED, work.imprint if work else None) for route in routes)
            is_off = edition is not None and edition.publishing_status in OFF
            return is_for_it and not is_off and may_go(context.rights.products.get(asset.isbn), context.as_of.date())

        going = {subject: asset for subject, asset in shelf.wanted.items() if may_have(asset)}
        history = context.history(recipient, {row.subject for row in rows if row.destination == recipient} | going.keys())
        held = {subject: last for subject, latest in history.items() if (last := _held(latest))}
        missing = {subject for subject in held if _file_id(subject) not in shelf.listed}
        absent |= missing
        kept = {subject for subject in held if _file_id(subject) in shelf.doubtful} | (missing - seen_absent if shelf.listed else missing)
        plan.judged[recipient] = sorted((history.keys() | going.keys()) - kept)
        for subject in plan.judged[recipient]:
            if subject in going and not context.rights.closes_only:
                plan.intents.append(_released(recipient, subject, going[subject], context))
            elif subject not in going and subject in held:
                newer = shelf.newer.get(subject)
                if newer is None or _subject(newer) in going or not may_have(newer):  # else a faulty version would leave it without any
                    plan.intents.append(
                        _withdrawn(recipient, subject, held[subject], newer if newer and _subject(newer) in going else None, context)
                    )
        plan.settled[recipient] = list(plan.judged[recipient])
        is_empty = bool(missing) and not shelf.listed
        nothing = [_finding("AS5", f"destination:{recipient}", "files", "none", "the files that it holds")] if is_empty else []
        plan.findings += (finding.model_copy(update={"blocks": recipient}) for finding in (*shelf.findings, *nothing))
    plan.everything = frozenset(plan.judged)
    plan.memory = {ABSENT: sorted(absent)}
    return plan


def may_go(status: RightsStatus | None, today: date) -> bool:
    """Whether the rights engine leaves a title open anywhere, today or later: what is embargoed comes out, what is unknown does not."""
    return status is not None and any(_is_open(steps, today.toordinal()) for steps in status.steps.values())


def _is_open(steps: Sequence[Step], today: int) -> bool:
    ends = [*(step.first for step in steps[1:]), LAST_DAY + 1]
    return any(step.countries and end > today for step, end in zip(steps, ends, strict=True))


def _shelf(facts: Facts, context: DecisionContext) -> _Shelf:
    """The files as the asset store lists them now."""
    (mapping,) = facts.records(PortalMapping)
    objects, module = list(facts.records(PortalObject)), mapping.modules["file"]
    files = [obj for obj in objects if obj.module == module]
    approvals = approval_statuses((obj for obj in objects if obj.module != module), mapping) if mapping.approval.module else None
    shelf, findings = approved_assets(files, mapping, as_of=context.as_of, approvals=approvals), list[Finding]()
    doubtful = {_file_id(problem.subject): problem.sentence for problem in shelf.faults}
    findings += [_finding("AS4", f"file:{key}", "file", says, "fields that can be read") for key, says in sorted(doubtful.items())]
    readable = (read_asset(obj, mapping, approvals) for obj in files if obj.id not in doubtful) if shelf.unnamed_statuses else ()
    unnamed = {asset.id: asset.status for asset in readable if asset.status in shelf.unnamed_statuses}
    for status, count in sorted(Counter(unnamed.values()).items()):
        findings.append(_finding("AS2", f"approval:{status}", "approval", f"{status} ({count} files)", "a status that mapping.yaml names"))
    wanted, newer = dict[str, Asset](), dict[str, Asset]()
    for (_, kind), assets in shelf.approved.items():
        if (types := context.config.assets.kinds.get(kind)) is None:
            continue
        is_list = any(link.list and kind in {name, name.removesuffix("s")} for name, link in mapping.links.items())
        for asset in assets if is_list else assets[:1]:
            if not asset.sha256:
                findings.append(_finding("AS1", _subject(asset), "sha256", "none", "the SHA-256 of its bytes"))
            elif asset.media_type and asset.media_type not in types:
                findings.append(_finding("AS3", _subject(asset), "media_type", asset.media_type, " or ".join(types)))
            else:
                wanted[_subject(asset)] = asset
        newer |= {_subject(asset): assets[0] for asset in ([] if is_list else assets[1:])}
    return _Shelf(wanted, newer, frozenset({*doubtful, *unnamed}), frozenset(obj.id for obj in files), findings)


def _released(recipient: str, subject: str, asset: Asset, context: DecisionContext) -> Intent:
    """The newest approved version of a file; its bytes are fetched when it leaves."""
    version = asset.version or asset.sha256[:12]
    name = context.config.assets.of(recipient).name.format(isbn=asset.isbn, kind=asset.kind, version=version)
    payload = {FILE: asset.id, "kind": asset.kind, "sha256": asset.sha256, "mediaType": asset.media_type or None, "name": name}
    data = {"isbn": asset.isbn, "kind": asset.kind, "assetId": asset.id, "version": version, "payload": payload}
    labels = {"isbn": asset.isbn, "kind": asset.kind, "version": version, "sha256": asset.sha256}
    return event(CASE.id, recipient, subject, RELEASED, data, context.as_of, labels=labels)


def _withdrawn(recipient: str, subject: str, held: LatestDelivery, newer: Asset | None, context: DecisionContext) -> Intent:
    """That a target is not to use a file any more; where a newer one takes its place, once the target has that."""
    labels = {**{name: held.labels[name] for name in ("isbn", "kind", "version", "sha256")}, "replaced_by": newer.id if newer else ""}
    data = {"isbn": labels["isbn"], "assetId": _file_id(subject), "version": labels["version"]}
    after = After(recipient, _subject(newer), "confirmed") if newer else None
    return event(CASE.id, recipient, subject, WITHDRAWN, data, context.as_of, labels=labels, after=after)


def _held(latest: LatestDelivery) -> LatestDelivery | None:
    """What the target may have of a file; None where it has nothing, refused it, or was told that it is withdrawn."""
    last = next((told for told in latest.held if told.state != "failed"), None)
    return last if last is not None and last.labels.get(TYPE_LABEL) == RELEASED else None


def _subject(asset: Asset) -> str:
    return f"isbn:{asset.isbn}/asset:{asset.id}"


def _file_id(subject: str) -> str:
    return subject.rpartition(":")[2]


def _finding(rule: str, subject: str, name: str, found: str, expected: str) -> Finding:
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field=name, found=found, expected=expected, remedy=RULES[rule][1],
        owner="production_manager",
    )  # fmt: skip


def recalled(ledger: Ledger, context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """Every file that a target was ever told of."""
    for recipient in context.config.routes_of(RELEASED):
        yield from ledger.newest(CASE.id, recipient)


CASE = UseCase(
    id="xconnector__asset_handoff",
    reads=(PortalObject, PortalMapping),
    gains=(Work,),
    upstream=RIGHTS,
    rights=RightsQuestion(channels),
    recalled=recalled,
    decide=decide,
    reads_all=True,  # approvals, embargoes and rights change without anything of Consonance's changing
    backfill="latest",
    systems=("fourallportal", "xconnector"),
)
