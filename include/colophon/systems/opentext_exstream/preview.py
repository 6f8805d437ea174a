"""A letter before, or after, it goes: the data that its template is filled with, and Exstream's own page where the account can make one.

letter = preview_of(ledger, delivery_id, template)
letter.lines                     # what it says, without whom it is for
letter.composed(client).content  # a PDF, in a domain that is none of production
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from colophon.errors import NotFoundError, RefusedError
from colophon.http.jsontext import read_json
from colophon.ledger import Ledger
from colophon.ledger.letters import WantedLetters
from colophon.systems.opentext_exstream import batches
from colophon.systems.opentext_exstream.client import ExstreamClient
from colophon.systems.opentext_exstream.records import Document, Letter, Output, Recipient
from colophon.systems.opentext_exstream.settings import SYSTEM


@dataclass(frozen=True, slots=True)
class Preview:
    """One letter of the ledger; its words are personal."""

    delivery_id: str
    kind: str
    state: str
    template: str
    letter: Letter = field(repr=False)

    @property
    def lines(self) -> list[str]:
        """The data, laid out; name and address are no part of it."""
        return json.dumps(dict(self.letter.data), indent=2, ensure_ascii=False, sort_keys=True).splitlines()

    def composed(self, client: ExstreamClient) -> Output:
        """The letter as Exstream composes it.

        :raises RefusedError: the domain is one of production, where each composed letter is paid for, or it composes nothing.
        """
        if client.settings.extra.production:
            remedy = "Preview it over a connection to a test domain; its data is shown without Exstream."
            raise RefusedError(
                "each letter that a production domain composes is paid for", system=SYSTEM, subject=self.delivery_id, remedy=remedy
            )
        batch = batches.make(Document("preview", self.template, "", "preview"), [Recipient(self.delivery_id, self.letter)])
        data: Any = read_json(batch.content)
        outputs = client.generate(self.template, data)
        if not outputs:
            raise RefusedError(
                "Exstream composed nothing", system=SYSTEM, subject=self.delivery_id, remedy="See the template's message file."
            )
        return outputs[0]


def find_letter(ledger: Ledger, use_cases: Collection[str], kind: str, key: str) -> str:
    """The newest letter of a kind (or campaign) to a contact or reader; `key` may be a delivery's id too. Returns the delivery's id.

    :raises NotFoundError: nothing of that kind was planned for them.
    """
    if key.startswith("d-"):
        return key
    rows = ledger.desk.letters_page(WantedLetters(tuple(use_cases), destination=kind, person=key), limit=1)
    if not rows:
        known = sorted({flow.destination for flow in ledger.desk.flows() if flow.use_case in use_cases})
        remedy = (
            f"Kinds of which there are letters: {', '.join(known) or 'none yet'}. Run the DAG, or look at a seed letter of the campaign."
        )
        raise NotFoundError(f"no letter of kind {kind!r} was planned for {key!r}", system="ledger", remedy=remedy)
    return str(rows[0].id)


def preview_of(ledger: Ledger, delivery_id: str, template: str = "") -> Preview:
    """A letter by its delivery. :param template: its communication, where the delivery does not say.

    :raises NotFoundError: there is no such delivery, or it is no letter.
    """
    story = ledger.desk.story(delivery_id)
    content = ledger.content_of(delivery_id) if story else None
    if story is None or content is None:
        raise NotFoundError(f"there is no letter {delivery_id[:34]}", system="ledger", remedy="Take its id from the page of letters.")
    try:
        letter = Letter.model_validate_json(content)
    except ValidationError:
        remedy = "It travels in a letter: look at the one that it is carried by."
        raise NotFoundError(f"{delivery_id[:34]} is no letter", system="ledger", remedy=remedy) from None
    told = str(story.row.labels.get("template", "")).rpartition(" ")[0]
    return Preview(delivery_id, story.row.destination, story.row.state, told or template, letter)
