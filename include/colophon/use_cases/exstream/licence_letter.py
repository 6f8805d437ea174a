"""A letter about a licence: what it is about, and to whom it goes."""

from collections.abc import Iterable

from colophon.blocks.letter import DueLetter
from colophon.domain.delivery import ISBNS
from colophon.domain.rights_deal import RightsDeal
from colophon.use_cases.exstream.letter_titles import MOST_ISBNS


def licence_letter(kind: str, deal: RightsDeal, title: str, isbns: Iterable[str], occasion: str = "") -> DueLetter:
    """It goes to the deal's contact, else to the licensee."""
    contact_id, about = deal.contact_id or deal.licensee_id, " ".join([*isbns][:MOST_ISBNS])
    labels = {"title": title[:200], "deal": str(deal.id), "work": str(deal.work_id), "contact": str(contact_id), ISBNS: about}
    labels["contract"] = str(deal.contract_id or "")
    data = {
        "Kind": kind,
        "Title": title,
        "DealId": deal.id,
        "RightsType": deal.rights_type,
        "Exclusive": deal.is_exclusive,
        "Isbns": deal.isbns,
        "Territories": deal.territories,
        "ExcludedTerritories": deal.excluded_territories,
        "Languages": deal.languages,
        "Formats": deal.formats,
        "Channels": deal.channels,
        "StartsOn": deal.starts_on and deal.starts_on.isoformat(),
        "ExpiresOn": deal.expires_on and deal.expires_on.isoformat(),
        "SellOffUntil": deal.sell_off_until and deal.sell_off_until.isoformat(),
    }
    return DueLetter(
        kind=kind,
        subject=f"{kind}/{deal.subject}{occasion}",
        contact_id=contact_id,
        data={name: list(value) if isinstance(value, tuple) else value for name, value in data.items() if value is not None},
        labels={name: value for name, value in labels.items() if value},
    )
