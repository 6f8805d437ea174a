"""What a changed communication plan would do: whom it would write to sooner or later, whom at once, and whose letter it would take back."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import yaml
from pydantic import ValidationError

from colophon.blocks.decision import DecisionContext
from colophon.config.launch_plans import LaunchPlan
from colophon.domain.delivery import HistoryRow
from colophon.domain.delivery_states import BOUNCED, WAITING
from colophon.domain.facts import Facts
from colophon.errors import BadConfigError
from colophon.use_cases.exstream.launch_schedule import Due, House, audience, house_of, is_useful, schedule


class Change(NamedTuple):
    """What a plan would change of one step of one title, for so many people; `was` and `now` are days, empty where there is none."""

    title: str
    step: str
    what: str
    people: int
    was: str
    now: str

    @property
    def sentence(self) -> str:
        """In one line."""
        days = " -> ".join(filter(None, (self.was, self.now)))
        return f"{self.title}, {self.step}: {self.what}, {self.people} people" + (f" ({days})" if days else "")


def tried(text: str, context: DecisionContext) -> LaunchPlan:
    """A plan as somebody has typed it into the form.

    :raises BadConfigError: it cannot be read, naming the key, or names a template that there is not.
    """
    try:
        plan = LaunchPlan.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as problem:
        fault = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problem.errors()) if isinstance(problem, ValidationError) else "it is no YAML"  # fmt: skip
        raise BadConfigError(
            f"the plan on the form: {fault}", remedy="Correct it as a file of launch_plans/, and start the dry run again."
        ) from None
    known = context.config.launch_communications.templates
    if unknown := sorted({step.template for step in plan.steps} - known.keys()):
        raise BadConfigError(f"the plan on the form: there is no template {unknown[0]!r}; there are {', '.join(sorted(known))}")
    return plan


def tries(facts: Facts, context: DecisionContext) -> list[str]:
    """What the plan on the form would change; nothing where there is none.

    :raises BadConfigError: the plan cannot be read, or the run is no dry one.
    """
    text = str(context.params.get("plan") or "")
    if text and not context.params.get("dry_run"):
        raise BadConfigError(
            "a plan is tried in a dry run alone", remedy="Tick *dry run* too; put the plan into launch_plans/ when it is right."
        )
    found = changes(tried(text, context), facts, context) if text else []
    return [each.sentence for each in found] or (["nothing changes"] if text else [])


def changes(plan: LaunchPlan, facts: Facts, context: DecisionContext) -> list[Change]:
    """What differs if `plan` takes the place of the plan of its id, or is added. What has gone stays gone."""
    house, today = house_of(facts, context), context.as_of.date()
    gone = {row.subject for row in facts.records(HistoryRow) if row.state not in {WAITING, BOUNCED}}
    before = _letters(house, (each for each in context.config.launch_plans.values() if each.id == plan.id))
    after = _letters(house, [plan])
    found: Counter[tuple[str, str, str, str, str]] = Counter()
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if key in gone or (old is not None and new is not None and old.due_on == new.due_on):
            continue
        one = new or old
        was, now = (f"{each.due_on}" if each else "" for each in (old, new))
        if new is None:
            what = "is taken back"
        elif new.due_on <= today:
            what = "goes at once" if is_useful(new.step, (today - new.due_on).days, new.day, today) else "is too late, and lapses"
        else:
            what = "moves" if old else "is added"
        if one is not None:
            found[one.title.name, one.step.id, what, was, now] += 1
    return [Change(title, step, what, people, was, now) for (title, step, what, was, now), people in sorted(found.items())]


def _letters(house: House, plans: Iterable[LaunchPlan]) -> dict[str, Due]:
    """Each letter of some plans that its day has not left behind for good, by the name that the ledger has for it."""
    return {
        f"contact:{contact_id}/work:{due.title.work_id}/{due.step.id}{due.scope and ':'}{due.scope}": due
        for due in schedule(house, plans)
        for contact_id in audience(due, house)
    }
