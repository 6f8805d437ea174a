"""XC-3, asset handoff: approved covers, jacket copy, interiors and marketing files, with link and SHA-256, to who works with them.

Each file of the asset store is a subject of its own, so that a target's state is one row for each version: released, replaced or
withdrawn. An older version is withdrawn only once the target has the newer one; one whose approval ended, at once.
"""

from collections.abc import Collection, Sequence
from datetime import date

from colophon.blocks.decision import DecisionContext, Plan, RightsQuestion
from colophon.blocks.use_case import RIGHTS, UseCase, channels
from colophon.config.model import Route
from colophon.domain.delivery import After, HistoryRow, Intent, LatestDelivery
from colophon.domain.facts import Facts
from colophon.domain.work import Work
from colophon.rights.reasons import LAST_DAY, Step
from colophon.rights.status import RightsStatus
from colophon.systems.fourallportal.assets import Asset
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.xconnector.planned import FILE, TYPE_LABEL, event
from colophon.use_cases.xconnector.asset_shelf import file_id, files_of, finding, subject_of

RELEASED, WITHDRAWN = "asset.released", "asset.withdrawn"
OFF = frozenset({"01", "11"})
"""ONIX List 64: cancelled, withdrawn from sale."""
ABSENT = "absent"
"""Memory: files that a target holds and the asset store did not list; one list may have been cut by a moved page, two are not."""


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """For each target and file: released where it is approved, the newest, and its title may go; withdrawn where it is not so any more."""
    shelf, plan = files_of(facts, context), Plan()
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
        missing = {subject for subject in held if file_id(subject) not in shelf.listed}
        absent |= missing
        kept = {subject for subject in held if file_id(subject) in shelf.doubtful} | (missing - seen_absent if shelf.listed else missing)
        plan.judged[recipient] = sorted((history.keys() | going.keys()) - kept)
        for subject in plan.judged[recipient]:
            if subject in going and not context.rights.closes_only:
                plan.intents.append(_released(recipient, subject, going[subject], context))
            elif subject not in going and subject in held:
                newer = shelf.newer.get(subject)
                if newer is None or subject_of(newer) in going or not may_have(newer):  # else a faulty version would leave it without any
                    plan.intents.append(
                        _withdrawn(recipient, subject, held[subject], newer if newer and subject_of(newer) in going else None, context)
                    )
        plan.settled[recipient] = list(plan.judged[recipient])
        is_empty = bool(missing) and not shelf.listed
        nothing = [finding("AS5", f"destination:{recipient}", "files", "none", "the files that it holds")] if is_empty else []
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
    data = {"isbn": labels["isbn"], "assetId": file_id(subject), "version": labels["version"]}
    after = After(recipient, subject_of(newer), "confirmed") if newer else None
    return event(CASE.id, recipient, subject, WITHDRAWN, data, context.as_of, labels=labels, after=after)


def _held(latest: LatestDelivery) -> LatestDelivery | None:
    """What the target may have of a file; None where it has nothing, refused it, or was told that it is withdrawn."""
    last = next((told for told in latest.held if told.state != "failed"), None)
    return last if last is not None and last.labels.get(TYPE_LABEL) == RELEASED else None


CASE = UseCase(
    id="xconnector__asset_handoff",
    reads=(PortalObject, PortalMapping),
    gains=(Work,),
    upstream=RIGHTS,
    rights=RightsQuestion(channels),
    recalls=lambda config: config.routes_of(RELEASED),
    decide=decide,
    reads_all=True,  # approvals, embargoes and rights change without anything of Consonance's changing
    backfill="latest",
    systems=("fourallportal", "xconnector"),
)
