"""EX-1, reader campaigns: launches, renewals, order confirmations and letters to readers, each once, by the channel that they chose.

Who is meant, and why somebody gets none, DuckDB says (`reader_selection`); here each letter is written, and what waits and is not wanted any
more is taken back. A launch is told to a person once for each title, whichever campaign it was in.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.letters import NO_ADDRESS, RULES, Letters, address_of, communication
from colophon.blocks.use_case import RIGHTS, RightsQuestion
from colophon.config import Config
from colophon.config.campaigns import Campaign, SeedAddress
from colophon.config.letters import LetterTemplate, destination, destinations
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.domain.product import Product
from colophon.domain.recipient import town_lines
from colophon.ledger import Intent, Ledger
from colophon.ledger.titles import ISBNS
from colophon.systems.consonance.writes.operations import WriteOp
from colophon.systems.opentext_exstream.operations import SUBMIT
from colophon.systems.opentext_exstream.outcomes import answer_to
from colophon.systems.opentext_exstream.records import Letter
from colophon.use_cases.exstream.reader_selection import Picked
from colophon.use_cases.exstream.reader_titles import NONE, Shelf

SEED = "-seed"
"""How the destination of a campaign's own addresses ends."""


class ReaderLetter(NamedTuple):
    """A letter to a reader, written. Personal."""

    place: str
    subject: str
    letter: Letter
    labels: Mapping[str, str]


class Unwanted(NamedTuple):
    """What waits and is not wanted any more."""

    place: str
    subject: str


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """One part of the run's letters, and what is taken back."""
    plan, letters = Plan(), facts.records(ReaderLetter, ()) if ReaderLetter in facts else ()
    for each in letters:
        plan.judged.setdefault(each.place, []).append(each.subject)
        content = json.dumps(each.letter.model_dump(mode="json", by_alias=True, exclude_none=True), sort_keys=True, ensure_ascii=False)
        plan.intents.append(
            Intent(
                use_case=CASE.id,
                destination=each.place,
                subject=each.subject,
                delivery_class=str(SUBMIT.writes),
                content=content.encode(),
                media_type="application/json",
                as_of=context.as_of,
                labels=each.labels,
            )
        )
    for gone in facts.records(Unwanted, ()) if Unwanted in facts else ():
        plan.judged.setdefault(gone.place, []).append(gone.subject)
    return plan


class Pen:
    """Writes the letters of a run. `files`: the list of readers that they are from, for the proof of what was known."""

    def __init__(self, shelf: Shelf, file: str) -> None:
        self.shelf, self.file = shelf, file
        self.campaigns = {campaign.id: campaign for campaign in shelf.campaigns}

    def write(self, picked: Picked) -> ReaderLetter:
        """One letter, in the words of the reader's country."""
        campaign = self.campaigns[picked.campaign]
        language = picked.language or NONE
        template, legal = self.shelf.words(campaign, picked.imprint, picked.country, language)
        assert template is not None  # noqa: S101 - selecting has kept back what has no words
        assert legal is not None  # noqa: S101 - as above
        about, isbns = self._about(campaign, picked)
        data = {"Kind": campaign.kind, "Campaign": campaign.name, **about, "LegalText": legal.text, "LegalVersion": legal.version}
        if campaign.is_advertising:
            data |= self._ways_out(picked)
        letter = Letter(
            delivery_preference=picked.channel,
            locale=picked.language,
            email_address=picked.email if picked.channel == "email" else None,
            name=picked.name,
            address=self._envelope(picked) if picked.channel == "print" else None,
            data=data,
        )
        labels = {
            "title": str(about.get("Title") or campaign.name)[:200],
            "campaign": campaign.id,
            "kind": campaign.kind,
            "channel": picked.channel,
            "country": picked.country,
            "person": picked.person,
            "template": f"{template.template} {template.version}",
            "legal": legal.version,
            "row": f"{self.file}, row {picked.source_row}",
            **({"ground": _ground(picked)} if campaign.is_advertising and picked.channel == "email" else {}),
            **({"work": picked.what.removeprefix("work:")} if campaign.is_advertising else {}),
            **({ISBNS: " ".join(isbns)[:900]} if isbns else {}),
        }
        return ReaderLetter(destination(campaign.id, template), picked.subject, letter, labels)

    def to_seed(self, picked: Picked, seed: SeedAddress, number: int) -> ReaderLetter:
        """The same letter to an address of the publisher's own; once for each version of template and text."""
        letter = self.write(picked)
        data = letter.letter.data
        own = letter.letter.model_copy(
            update={"delivery_preference": "email", "email_address": seed.email, "name": seed.name, "address": None, "data": data}
        )
        subject = f"seed/{picked.campaign}/{picked.what}/{letter.labels['template']} {data['LegalVersion']}/{number}"
        return ReaderLetter(
            letter.place + SEED, subject, own, {**letter.labels, "channel": "email", "row": "an address of the publisher's own"}
        )

    def _about(self, campaign: Campaign, picked: Picked) -> tuple[dict[str, Any], list[str]]:
        if campaign.kind == "order":
            lines = json.loads(picked.detail or "[]")
            return {"OrderNumber": picked.what, "Lines": lines}, [line["Isbn"] for line in lines]
        if campaign.kind == "renewal":
            return {"Club": picked.what, "EndsOn": f"{picked.ends_on}"}, []
        products = self.shelf.sold[campaign.id, picked.what, picked.country]
        first, isbns = products[0], [product.isbn13 or "" for product in products]
        formats = [
            {"Isbn": each.isbn13, "Form": each.form_code or "", "Price": self.shelf.price_in(each, picked.country),
             "Date": f"{each.publication_on or ''}"} for each in products
        ]  # fmt: skip
        authors = ", ".join(each.name for each in sorted(first.contributors, key=lambda each: each.sequence) if each.role == "A01")
        return {"Title": first.title, "Author": authors, "Formats": formats, **_offer(picked)}, isbns

    def _ways_out(self, picked: Picked) -> dict[str, str]:
        """How to object: asked for by law in each advertising letter."""
        publisher, url = self.shelf.context.config.publisher, self.shelf.context.config.reader_campaigns.unsubscribe_url
        ways = {"Imprint": ", ".join((publisher.name, *publisher.address))}
        if url:
            ways["UnsubscribeUrl"] = url.replace("{reader}", picked.reader_id)
        if url and picked.channel == "email":
            ways["ListUnsubscribePost"] = "List-Unsubscribe=One-Click"
        return ways

    def _envelope(self, picked: Picked) -> dict[str, str] | None:
        """Street and town as the country writes them; abroad with the country."""
        abroad = picked.country if picked.country != self.shelf.context.config.publisher.country else None
        return address_of(
            filter(None, (picked.line1, picked.line2, *town_lines(picked.city, picked.postcode, picked.country), abroad)), picked.country
        )


def _offer(picked: Picked) -> dict[str, Any]:
    if picked.offer is None:
        return {}
    offer_id, isbn, price, currency, name = picked.offer.split("|", 4)
    return {"Offer": {"Id": offer_id, "Isbn": isbn, "Price": price, "Currency": currency, "Name": name}}


def _ground(picked: Picked) -> str:
    """On what ground the advertising went by e-mail, as it stood at the moment of writing."""
    if picked.consent == "yes" and picked.consent_on and picked.consent_source:
        return f"consent of {picked.consent_on}, {picked.consent_source}, wording {picked.consent_wording or 'not told'}"[:200]
    return f"no objection ({picked.mail_rule} in {picked.country})"


def not_reached(unreached: Iterable[tuple[str, str]], config: Config, found: str = "no address that works") -> list[Finding]:
    """An exception for each reader to whom what is no advertising cannot be brought."""
    says, remedy = RULES[NO_ADDRESS]
    remedy = remedy.replace("Consonance", "the list of readers")
    return [
        Finding(subject=f"reader:{reader}/{campaign}", rule=NO_ADDRESS, severity=Severity.ERROR, field="address", found=found, expected=says,
                remedy=remedy, owner=config.owners.of(NO_ADDRESS, CASE.id))
        for campaign, reader in unreached
    ]  # fmt: skip


def seeded(config: Config) -> dict[str, LetterTemplate]:
    """The destinations of the publisher's own addresses."""
    return {f"{place}{SEED}": template for place, template in destinations(config.campaigns).items()}


def templates(config: Config) -> Mapping[str, LetterTemplate]:
    """The templates of all campaigns, and of the same letters to the publisher's own addresses."""
    return {**destinations(config.campaigns), **seeded(config)}


def places_of(config: Config, campaigns: Collection[str]) -> dict[str, LetterTemplate]:
    """The destinations of some campaigns."""
    return dict(destinations({name: config.campaigns[name] for name in campaigns if name in config.campaigns}))


def write_backs(*, ledger: Ledger, **_more: object) -> Iterator[WriteOp]:
    """What readers wrote back, on the title that the letter was about."""
    for row in ledger.answered_letters(CASE.id):
        if "work" in row.labels:
            words = ": ".join(filter(None, (row.code, answer_to(ledger, row.delivery_id))))
            about, template = {"workId": int(row.labels["work"])}, row.labels["template"].rpartition(" ")[0]
            yield communication(row, reference=f"ex1:{row.delivery_id}", template=template, about=about, words=words)


CASE = Letters(
    id="exstream__reader_campaigns",
    reads=(Product,),
    upstream=RIGHTS,
    rights=RightsQuestion(lambda config: {campaign.sale_channel for campaign in config.campaigns.values()}),
    decide=decide,
    backfill="silent",
    reads_all=True,
    writes=("recordCommunication",),
    systems=("opentext_exstream",),
    templates=templates,
)
