"""A title, its rights, and what is decided about it and said to whom."""

import json
import re
from datetime import UTC, date, datetime

from clean_record import BOOK, CONFIG
from rights_records import ATLAS, contract, deal, grant

from colophon.blocks.decision import DecisionContext
from colophon.domain.delivery import LatestDelivery
from colophon.domain.facts import Facts, Known
from colophon.domain.finding import Severity
from colophon.domain.product import Product
from colophon.rights import Holding, judge
from colophon.rights.hold import days_to_hold
from colophon.rights.snapshot import RightsSnapshot
from colophon.rights.statuses import status_of
from colophon.use_cases.xconnector.metadata_syndication import CASE

AS_OF = datetime(2026, 5, 1, 1, tzinfo=UTC)
DELTA = {"mode": "delta", "recipients": ["retailer-plain", "erp-json"], "isbns": [], "dry_run": False}


class Granted(dict):
    """Rights of a house that holds everything, everywhere, for each product that is asked about but those that are named."""

    def get(self, isbn, default=None):
        return super().get(isbn, standing(isbn=isbn))


def plan(products, unreadable, asked):
    """What is decided about a batch."""
    return CASE.decide(Facts({Product: Known(records=tuple(products), source="test", as_of=AS_OF, unreadable=tuple(unreadable))}), asked)


def standing(isbn=BOOK.isbn13, *, at=AS_OF, product=BOOK, embargo=None, **records):
    """What the rights engine says of a product; `records` as of a holding."""
    book = product.model_copy(update={"isbn13": isbn})
    given = {"contracts": (contract(),), "grants": (grant(),), "deals": (), **records}
    found = Holding(product=book, embargo_until=embargo, **given)
    return status_of(book, judge(found, ATLAS), ["online", "retail", "library"], days_to_hold(at, CONFIG.limits.rights_hold_hours))


def ask(params=DELTA, history=None, rights=None, at=AS_OF, content=None):
    """A question at a moment; `history` and `rights` by subject (all are granted to others), `content` by its hash."""
    known = {subject.removeprefix("isbn:"): standing for subject, standing in (rights or {}).items()}
    return DecisionContext(
        as_of=at, config=CONFIG, params=params, history=lambda _d, _s: history or {}, rights=RightsSnapshot(Granted(known)),
        content=(content or {}).get,
    )  # fmt: skip


def sent(intent):
    """The intent as what its recipient has."""
    return {BOOK.subject: LatestDelivery(1, intent.content_hash, "confirmed", AS_OF, intent.labels)}


def places(intent):
    """(included, excluded) of a JSON record; one that withdraws its title is for nowhere."""
    said = json.loads(intent.content)
    if intent.labels["event_type"] == "title.withdrawn":
        assert said.keys() == {"isbn", "reason"}
        return [], ["WORLD"]
    found = said["territories"]
    return found["included"], found["excluded"]


def availability_in(intent):
    """List 65 codes of an ONIX record."""
    return re.findall("<(?:ProductAvailability|j396)>([^<]*)<", intent.content.decode())


def blocked(made, destination="retailer-plain"):
    """Rule ids that keep something from a destination."""
    return {f.rule for f in made.findings if f.blocks == destination and f.severity is Severity.ERROR}


ENDED = (contract(terminated_on=date(2026, 3, 31)),)
LICENSED = {BOOK.subject: standing(deals=(deal(),))}
"""France and Belgium are licensed to others."""
FAULTY = BOOK.model_copy(update={"title": "Not to be seen", "contributors": (BOOK.contributors[0].model_copy(update={"role": "Q77"}),)})
BAD_FACTS = [FAULTY, FAULTY.model_copy(update={"publishing_status": None}), FAULTY.model_copy(update={"publishing_status": "00"})]


def has(*intents, state="confirmed", has_left=True):
    """What a recipient got, oldest first, where nobody knows whether it has the last one; and the contents."""
    last = None
    for number, intent in enumerate(intents, start=1):
        word, left = (state, has_left) if number == len(intents) else ("confirmed", True)
        last = LatestDelivery(number, intent.content_hash, word, AS_OF, intent.labels, left, last if word != "confirmed" else None)
    return {"history": {BOOK.subject: last}, "content": {intent.content_hash: intent.content for intent in intents}}
