"""Writes the letters of a run to readers, each in the words of the reader's country."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from colophon.blocks.letter import address_of
from colophon.config.campaigns import Campaign, SeedAddress
from colophon.config.letters import destination
from colophon.domain.delivery import ISBNS
from colophon.domain.recipient import town_lines
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
        """The same letter to an address of the publisher's own; once for each version of template and text. Its way out is nobody's."""
        letter = self.write(picked._replace(reader_id="seed"))
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
