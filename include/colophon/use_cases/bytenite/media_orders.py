"""What is rendered for titles: each wish is a job by its specification, once; what is no longer wanted is stopped and withdrawn.

Launch videos and companion media decide what they wish for; all else is here. A job is named by template, approved file (by its hash) and what of
the title goes into it, so that a change of any of these is another job, and where the file lies is none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.jobs import JOBS, order, specification, stop
from colophon.config.media import IS_OF, MediaTemplate
from colophon.domain.delivery import HistoryRow, Intent, LatestDelivery
from colophon.domain.delivery_states import FINAL_BAD
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Product
from colophon.domain.todo import Milestone
from colophon.rights.status import RUNNING
from colophon.systems.bytenite.job_records import STOP, Endpoint, JobSpec
from colophon.systems.bytenite.outputs import LASTS, SHAPE
from colophon.systems.fourallportal.assets import Asset
from colophon.use_cases.bytenite.clearance import is_nowhere_ours

RULES = {
    "MV1": (
        "What is rendered has an approved file, and all that its template asks for",
        "Approve the file in the portal, or complete the title in Consonance; the next run orders it.",
    ),
    "MV2": (
        "What is rendered succeeds within `attempts`",
        "Read the end of its log; mend the file or the template, and give the template a new version, which is tried anew.",
    ),
}
PORTAL = "fourallportal:"
"""How the path of a source begins that lies in the portal; its object's id follows."""
AUTHORS, LONGEST = frozenset({"A01", "A02", "B01"}), 100
"""ONIX List 17: authors, and editors of what has none. Titles of videos are no longer than this anywhere."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Wish(NamedTuple):
    """A template in one shape for one product. `asset`: the approved file. `lacks`: what it waits for. `ended`: why it is not, or no longer, wanted."""

    subject: str
    name: str
    shape: str
    template: MediaTemplate
    product: Product
    asset: Asset | None = None
    lacks: tuple[str, ...] = ()
    ended: str = ""


def ordered(wishes: Iterable[Wish], rows: Iterable[HistoryRow], context: DecisionContext, *, use_case: str) -> Plan:
    """Jobs for what may be made now, exceptions for what waits or failed, and the end of what somebody has and nobody wants any more.

    :param rows: the newest job of each subject that ever had one; what is no wish any more is left as it is, and what of it waits is withdrawn.
    """
    plan, wishes = Plan(judged={JOBS: []}, settled={JOBS: []}, out_of_scope={JOBS: {}}), list(wishes)
    known = {row.subject: row for row in rows}
    over = sorted(known.keys() - {wish.subject for wish in wishes})
    plan.judged[JOBS] += over
    plan.settled[JOBS] += over
    history = context.history(JOBS, [wish.subject for wish in wishes])
    for wish in wishes:
        last = history.get(wish.subject)
        plan.judged[JOBS].append(wish.subject)
        if wish.ended and last is not None and (STOP in last.labels or last.held):
            plan.intents.append(_stop(wish, last, context, use_case))
        elif wish.ended:
            plan.out_of_scope[JOBS][wish.subject] = wish.ended
        elif waits := lacks(wish):
            plan.findings.append(_finding("MV1", wish, wish.template.asset, "; ".join(waits)))
        else:
            plan.intents.append(intent := _order(wish, last, context, use_case))
            row = known.get(wish.subject)
            if row is not None and row.state in FINAL_BAD and row.content_hash == intent.content_hash:
                plan.findings.append(_finding("MV2", wish, "job", f"given up after {intent.labels['attempt']}: {row.detail[-150:]}"))
    return plan


def ended(product: Product, kind: str, context: DecisionContext) -> str:
    """Why a title is to have no video of a kind; empty: it may have one."""
    if product.publishing_status not in RUNNING:
        return f"the title is neither forthcoming nor active (status {product.publishing_status})"
    lacking = is_nowhere_ours(kind, product.isbn13 or "", product.publication_on, context)
    return f"the right to {lacking} is nowhere ours" if lacking else ""


def spec_of(wish: Wish) -> JobSpec:
    """The job that a wish asks for."""
    asset = wish.asset
    if asset is None:
        raise ValueError("a wish without its file is no job")
    source = Endpoint(descriptor="file", path=f"{PORTAL}{asset.id}", sha256=asset.sha256, name=_file_name(asset))
    app = {
        "template": f"{wish.name}@{wish.template.version}",
        "shape": wish.shape,
        "seconds": wish.template.seconds,
        **{name: value for name in wish.template.inputs if (value := _input(wish.product, name))},
    }
    return specification(wish.template.kind, source, {"app": app}, name=f"{wish.name} {wish.shape} {wish.product.isbn13}")


def missing(wish_stage: str, done: Mapping[Milestone, str], context: DecisionContext) -> tuple[str, ...] | None:
    """What a stage of the launch still waits for; None: it has not begun."""
    stage = context.config.launches.stages[wish_stage]
    if stage.begins not in done:
        return None
    return tuple(f"{need} is missing" for need in stage.needs if need not in done)


def lacks(wish: Wish) -> tuple[str, ...]:
    """What a wish waits for; empty: it may be made."""
    return wish.lacks or tuple(_missing(wish))


def cut_on_word(text: str, longest: int) -> str:
    """A text of at most so many characters, cut between two words and marked as cut."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    kept = text[:longest].rpartition(" ")[0] or text[: longest - 1]
    return f"{kept.rstrip(' ,;:-')}…"


def _missing(wish: Wish) -> Iterator[str]:
    asset, wanted = wish.asset, IS_OF.get(wish.template.asset, "")
    what = wish.template.asset.replace("_", " ")
    if asset is None:
        yield f"no approved {what} in the portal"
    elif not _SHA256.fullmatch(asset.sha256):
        yield f"the {what} has no SHA-256 in the portal"
    elif not asset.media_type.startswith(wanted):
        yield f"the {what} is {asset.media_type or 'of no known type'}, and not {wanted}..."
    yield from (f"no {name.replace('_', ' ')}" for name in wish.template.inputs if not _input(wish.product, name))


def _input(product: Product, name: str) -> str:
    """What a title gives a template; empty: nothing."""
    authors = [each.name for each in sorted(product.contributors, key=lambda each: each.sequence) if each.role in AUTHORS]
    values = {
        "title": cut_on_word(product.title, LONGEST),
        "subtitle": product.subtitle,
        "author": cut_on_word(", ".join(authors), LONGEST),
        "imprint": product.imprint,
        "isbn": product.isbn13,
        "publication_date": product.publication_on.isoformat() if product.publication_on else "",
        "format": product.form_code,
        "minutes": str(product.duration_minutes or ""),
    }
    return values[name] or ""


def _order(wish: Wish, last: LatestDelivery | None, context: DecisionContext, use_case: str) -> Intent:
    """The job; one that failed is the next attempt, as often as `attempts` says."""
    spec = spec_of(wish)
    number = int(last.labels.get("attempt", "1")) if last is not None and last.labels.get("key") == spec.key else 1
    if last is not None and last.labels.get("key") == spec.key and last.state in FINAL_BAD:
        number = min(number + 1, context.config.media.attempts)
    intent = order(wish.subject, spec.model_copy(update={"attempt": number}), context, use_case=use_case)
    labels = {
        "key": spec.key,
        "attempt": str(number),
        "minutes": str(wish.template.minutes),
        LASTS: wish.template.lasts,
        SHAPE: wish.shape,
        **_labels(wish),
    }
    return replace(intent, labels={**intent.labels, **labels})


def _stop(wish: Wish, last: LatestDelivery, context: DecisionContext, use_case: str) -> Intent:
    intent = stop(wish.subject, last.labels.get(STOP) or wish.ended, context, use_case=use_case)
    return replace(intent, labels={**intent.labels, "kind": wish.template.kind, **_labels(wish)})


def _labels(wish: Wish) -> dict[str, str]:
    isbn = wish.product.isbn13 or ""
    return {
        "isbn": isbn,
        "title": f"{wish.product.title[:150]}: {wish.name.replace('_', ' ')} {wish.shape}",
        "work": str(wish.product.work_id),
    }


def _finding(rule: str, wish: Wish, field: str, found: str) -> Finding:
    says, remedy = RULES[rule]
    return Finding(
        subject=wish.subject, rule=rule, severity=Severity.ERROR, field=field, found=found[:200], expected=says, remedy=remedy,
        owner="marketing", imprint=wish.product.imprint or "", blocks=JOBS,
    )  # fmt: skip


def _file_name(asset: Asset) -> str:
    """The portal's name, as far as it may be one anywhere."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", asset.name)[-80:] or asset.id
