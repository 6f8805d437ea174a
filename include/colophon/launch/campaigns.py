"""How far a format's campaign may go: the stage that has begun, and what holds it."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from colophon.config.launches import Launches
from colophon.domain.launch import Launch
from colophon.domain.todo import Milestone
from colophon.domain.work import Edition, Work
from colophon.launch.done import is_delayed, is_held

CANCELLED = "cancelled"
"""Stage of a format that does not come out any more."""


class Campaign(NamedTuple):
    """The stage that has begun (empty: none yet), what is missing, and whether the format's assets and its metadata are final."""

    stage: str
    missing: tuple[str, ...] = ()
    are_assets_final: bool = False
    is_metadata_final: bool = False


def campaign(
    work: Work,
    edition: Edition,
    done: Mapping[Milestone, str],
    launch: Launch | None,
    faults: Collection[str],
    withdrawn: Collection[str],
    launches: Launches,
) -> Campaign:
    """What has begun, and what holds it; delayed is a title until its publication is scheduled anew. A cancelled format is held by nothing.

    :param done: what is done of the work (`done.begun`). :param faults: rules that keep the format's metadata back.
    :param withdrawn: kinds of its files that were handed over and are withdrawn.
    """
    are_assets_final = set(launches.assets) <= done.keys() and not any(kind in withdrawn for kind in launches.files)
    if edition.is_cancelled:
        return Campaign(CANCELLED, (), are_assets_final, not faults)
    stages = [name for name, stage in launches.stages.items() if stage.begins in done]
    missing = [f"{need} is missing" for name in stages for need in launches.stages[name].needs if need not in done]
    copies = [row for run in work.production_runs for row in run.quantities if row.product_id in (None, edition.product_id)]
    if any(launches.stages[name].stock for name in stages) and copies and not any(row.received for row in copies):
        missing.append("no copies were received")
    missing += [f"the {kind.replace('_', ' ')} was withdrawn" for kind in launches.files if kind in withdrawn]
    if is_delayed(done):
        missing.append("the title is delayed")
    if is_held(launch):
        missing.append("the launch is on hold")
    if faults:
        missing.append(f"metadata is not final ({', '.join(faults)})")
    return Campaign(stages[-1] if stages else "", tuple(dict.fromkeys(missing)), are_assets_final, not faults)
