"""Operators of the reader campaigns: who gets which letter, and a person who is asked before many go."""

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from colophon_airflow.operators.approval import AskOperator
from colophon_airflow.operators.decision_run import DecisionRun
from colophon_airflow.operators.task_log import summary
from colophon_airflow.settings import config_folder
from colophon_airflow.systems.opentext_exstream.operators import LettersOperator

if TYPE_CHECKING:
    from airflow.sdk import Context
    from duckdb import DuckDBPyConnection

    from colophon.domain.facts import Facts
    from colophon.domain.finding import Finding
    from colophon.use_cases.exstream.reader_selection import Counts
    from colophon.use_cases.exstream.reader_titles import Shelf

BIG = "campaigns"
"""Under which key `decide` tells what waits for a person."""
UNTIL_TOMORROW = timedelta(hours=20)
"""So long a person has at most: the next day's run asks anew, and its order confirmations must not wait."""


class ReaderLettersOperator(LettersOperator):
    """Reads the lists of readers, selects, and enters the letters of campaigns that nobody has to approve, or that somebody has.

    What was counted for approval is counted anew before it is entered: consent, objections and offers hold at that moment.
    """

    template_fields: Sequence[str] = (*LettersOperator.template_fields, "approved_by")

    def __init__(self, *, approved_by: str = "", **kwargs: Any) -> None:
        """:param approved_by: id of the task that counted what somebody approved; empty: it is this task that counts."""
        only_if_approved = {"trigger_rule": TriggerRule.ALL_SUCCESS} if approved_by else {}
        super().__init__(**{**only_if_approved, **kwargs})
        self.approved_by = approved_by
        self._places: Collection[str] = ()

    @contextmanager
    def read(self, run: DecisionRun) -> "Iterator[Iterator[Facts]]":
        """The letters in parts.

        :raises RefusedError: a campaign has more letters than were approved, or other ones.
        """
        self._places = ()
        if self._approved(run.context) == {}:
            yield iter(())
            return
        with super().read(run) as parts, tempfile.TemporaryDirectory(prefix="readers-") as folder:
            yield self._parts(run, next(iter(parts)), Path(folder))

    def result(self, run: DecisionRun) -> list[dict[str, str]]:
        """The destinations of the campaigns that were decided about."""
        return [row for row in super().result(run) if row["destination"] in self._places]

    def conclude(self, run: DecisionRun) -> None:
        """What could not be read was said by the task that counted."""
        if not self.approved_by:
            super().conclude(run)

    def _parts(self, run: DecisionRun, facts: "Facts", folder: Path) -> "Iterator[Facts]":
        from colophon.domain.facts import Facts
        from colophon.domain.product import Product
        from colophon.use_cases.exstream import reader_campaigns as campaigns
        from colophon.use_cases.exstream import reader_selection as selection
        from colophon.use_cases.exstream.reader_letters import Pen, ReaderLetter
        from colophon.use_cases.exstream.reader_lists import engine_in
        from colophon.use_cases.exstream.reader_titles import Shelf

        wanted = self._approved(run.context)
        if run.is_silent or not run.asked.config.campaigns:
            yield facts
            return
        with engine_in(folder) as engine:
            shelf = Shelf.of(facts.records(Product), run.asked)
            findings, shelf, file = self._select(run, engine, shelf, folder)
            run.facts_findings += findings
            yield facts
            counted = selection.counts(engine)
            made_of = {campaign.id: shelf.made_of(campaign, engine) for campaign in shelf.campaigns}
            self._check(wanted, counted, made_of)
            rules = run.asked.config.reader_campaigns
            on = {campaign.id: campaign for campaign in shelf.campaigns}
            big = (
                {name for name, of in counted.items() if of.letters > rules.approve_above and on[name].kind != "order"}
                if wanted is None
                else set()
            )
            chosen = [name for name in on if name not in big and (wanted is None or name in wanted)]
            self._tell(run, shelf, counted, big, made_of)
            pen = Pen(shelf, file)
            seeds = [pen.to_seed(picked, seed, number) for name in sorted(big) for picked in next(selection.letters(engine, [name]))[:1]
                     for number, seed in enumerate(rules.seeds, 1)]  # fmt: skip
            self._places = {*campaigns.places_of(run.asked.config, chosen), *(each.place for each in seeds)}
            for part in (seeds, *([pen.write(picked) for picked in rows] for rows in selection.letters(engine, chosen))):
                yield Facts.known({Product: (), ReaderLetter: part}, source="lists of readers", as_of=run.as_of)
            over = self._over(run) if wanted is None else set()
            gone = [campaigns.Unwanted(*row) for row in selection.unwanted(engine, {*self._places, *over})]
            yield Facts.known({Product: (), campaigns.Unwanted: gone}, source="ledger", as_of=run.as_of)

    def _select(self, run: DecisionRun, engine: "DuckDBPyConnection", shelf: "Shelf", folder: Path) -> "tuple[list[Finding], Shelf, str]":
        """Read, judge, select: exceptions, the campaigns that can be decided about, and the file of readers."""
        from colophon.systems.consonance.reports.audience import load_audiences, lookup
        from colophon.use_cases.exstream import reader_selection as selection
        from colophon.use_cases.exstream.reader_campaigns import not_reached
        from colophon.use_cases.exstream.reader_sources import keep_sizes, read_lists, take_events, untold
        from colophon.use_cases.exstream.reader_titles import Shelf, missed
        from colophon_airflow.systems.consonance.hook import ConsonanceHook

        config, today = run.asked.config, run.as_of.date()
        look = lookup(config.publisher.code_lists, today)
        if not run.is_dry:
            take_events(run.ledger, look, run.as_of)
        with ConsonanceHook(self.consonance_conn_id, jitter=run.is_scheduled).sources() as (_, place):
            files = place.reports.files if place else None
            lists = read_lists(engine, files, run.ledger, load_audiences(config_folder()), look, folder)
        if not run.is_dry:
            keep_sizes(run.ledger, lists, run.as_of)
        lacking = {campaign.id: lists.lacking(campaign) for campaign in shelf.campaigns}
        shelf = Shelf(shelf.products, tuple(campaign for campaign in shelf.campaigns if not lacking[campaign.id]), run.asked)
        absent = {name for names in lacking.values() for name in names} - lists.faulty
        selection.judge_readers(engine, config.reader_campaigns, today)
        shelf.fill(engine, folder)
        for campaign in shelf.campaigns:
            selection.add_candidates(engine, campaign, today)
        wordless = shelf.fill_words(engine, folder)
        selection.select(engine, config.reader_campaigns, today)
        late = missed(selection.missed_windows(engine, today), config) if any(each.kind == "renewal" for each in shelf.campaigns) else []
        run.read += lists.read
        unreached = not_reached(selection.unreached(engine), config)
        for campaign in (each for each in shelf.campaigns if not each.is_advertising):
            unreached += not_reached(selection.strangers(engine, campaign, today), config, "is in no list of readers")
        return [*lists.findings, *untold(absent), *wordless, *late, *unreached], shelf, lists.files.get("readers", "the CRM")

    def _approved(self, context: "Context") -> dict[str, dict[str, Any]] | None:
        """What somebody has approved, by campaign; None: that is not for this task to ask."""
        if not self.approved_by:
            return None
        return {row["id"]: row for row in context["ti"].xcom_pull(task_ids=self.approved_by, key=BIG) or []}

    def _check(self, wanted: dict[str, dict[str, Any]] | None, counted: "dict[str, Counts]", made_of: dict[str, str]) -> None:
        from colophon.errors import RefusedError

        for name, approved in (wanted or {}).items():
            now = counted[name].letters if name in counted else 0
            if now > approved["letters"] or (now and made_of[name] != approved["made_of"]):
                grew = f"has {now} letters now, and {approved['letters']} were approved"
                raise RefusedError(
                    f"{name} {grew if now > approved['letters'] else 'says something else now, or to others, than was approved'}",
                    system="colophon", subject=name, remedy="Nothing of it was sent. Clear `decide`: it counts anew, and somebody is asked again.",
                )  # fmt: skip

    def _over(self, run: DecisionRun) -> set[str]:
        """Destinations of campaigns that are over or were taken away; not of those that wait for a list."""
        from colophon.config.letters import destinations

        config = run.asked.config
        alive = {name: each for name, each in config.campaigns.items() if each.is_on(run.as_of.date())}
        return set(run.ledger.counts(run.case.id)) - set(destinations(alive)) - {f"{place}-seed" for place in destinations(alive)}

    def _tell(self, run: DecisionRun, shelf: "Shelf", counted: "dict[str, Counts]", big: set[str], made_of: dict[str, str]) -> None:
        """The counts, for the log and for whoever is asked; no person is in them."""
        rows: list[dict[str, Any]] = [
            {"id": campaign.id, "name": campaign.name, "made_of": made_of[campaign.id], "segment": campaign.segment.sentence, "about": about, "titles": titles, "meant": of.meant, "letters": of.letters,
             "channels": dict(of.channels), "countries": dict(of.countries), "kept_back": dict(of.reasons)}
            for campaign in shelf.campaigns if (of := counted.get(campaign.id)) for about, titles in [shelf.named(campaign)]
        ]  # fmt: skip
        for row in rows:
            kept = ", ".join(f"{number} {reason}" for reason, number in row["kept_back"].items())
            summary(
                f"{row['name']}: {row['segment']}",
                {"meant": row["meant"], "letters": row["letters"], **row["channels"], "kept back": kept or "nobody"},
            )
        context = run.context
        if not self.approved_by:
            asked = [row for row in rows if row["id"] in big]
            context["ti"].xcom_push(key=BIG, value=[{**row, "seeds": len(run.asked.config.reader_campaigns.seeds)} for row in asked])
            context["ti"].xcom_push(key="counts", value=rows)


class CampaignAskOperator(AskOperator):
    """Asks before a campaign with many letters goes; until the next day's run at most. Where none is, nobody is asked."""

    def __init__(self, *, counted_by: str, **kwargs: Any) -> None:
        """:param counted_by: id of the task that counted."""
        # An answer within a second of the question can be lost in Airflow's own bookkeeping: then it is asked again soon.
        usual = {"subject": "Letters to many readers", "body": SHOWN, "retry_delay": timedelta(seconds=10)}
        super().__init__(**{"trigger_rule": TriggerRule.NONE_FAILED, **usual, **kwargs})
        self.counted_by = counted_by
        if self.response_timeout:
            self.response_timeout = min(self.response_timeout, UNTIL_TOMORROW)

    def asks(self, context: "Context") -> bool:
        """Whether any campaign has so many letters, in a run that is no dry one."""
        return bool(context["ti"].xcom_pull(task_ids=self.counted_by, key=BIG)) and not context["params"].get("dry_run")


SHOWN = """
{% for row in ti.xcom_pull(task_ids='decide', key='campaigns') or [] %}
### {{ row.name }}
{% if row.about %}About: {% for title in row.about %}`{{ title }}`{{ ', ' if not loop.last }}{% endfor %}{% if row.titles > row.about | length %} and {{ row.titles - row.about | length }} more titles{% endif %}. {% endif %}For: **{{ row.segment }}**. **{{ '{:,}'.format(row.letters) }} letters**; {{ '{:,}'.format(row.meant) }} {{ 'were possible, one for each reader and title' if row.titles > 1 else 'readers are meant' }}. Your own addresses ({{ row.seeds }}) have it already.

| Letters | |
|---|--:|
{% for name, count in row.channels.items() %}| by {{ 'e-mail' if name == 'email' else name }} | {{ '{:,}'.format(count) }} |
{% endfor %}{% for name, count in row.countries.items() %}| to {{ name }} | {{ '{:,}'.format(count) }} |
{% endfor %}
| Kept back | |
|---|--:|
{% for name, count in row.kept_back.items() %}| {{ name }} | {{ '{:,}'.format(count) }} |
{% endfor %}
{% endfor %}
Before they go they are counted anew: whoever objects meanwhile gets none. Without an answer nothing goes, and tomorrow's run asks again.
"""
