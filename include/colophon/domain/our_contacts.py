"""Our contacts as other systems know them too: field by field, and for comparison. Personal: never in a log, an XCom or an error."""

from collections.abc import Iterable, Iterator

from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.party import Party
from colophon.domain.party_numbers import plain_id

ADDRESS = {"line1": "ADDRESS_LINE1", "line2": "ADDRESS_LINE2", "city": "CITY", "postcode": "POSTCODE", "country": "COUNTRY"}
"""Parts of an address as events call them, and the field of a contact that each is."""


class OurContacts:
    """Contacts, each with what was written of it as fields; that goes before what the contact says itself."""

    def __init__(self, contacts: Iterable[Contact], fields: Iterable[ContactFields]) -> None:
        of = {each.contact_id: each for each in fields}
        self._contacts = {contact.id: (contact, of.get(contact.id)) for contact in contacts}

    def values(self, contact: int) -> dict[str, str | None]:
        """The fields of one contact as Consonance has them, by their names there; empty where there is no such contact."""
        found = self._contacts.get(contact)
        return _values(*found) if found else {}

    def parties(self) -> Iterator[Party]:
        """All of them, for comparison."""
        return (_party(*found) for found in self._contacts.values())


def _values(contact: Contact, fields: ContactFields | None) -> dict[str, str | None]:
    address = contact.addresses[0] if contact.addresses else None
    return {
        "NAME": contact.name,
        "ISNI": plain_id("isni", contact.isni) if contact.isni else None,
        "EMAIL": (fields and fields.email) or (contact.emails[0] if contact.emails else None),
        "ADDRESS_LINE1": (fields and fields.line1) or (address.line1 if address else None),
        "ADDRESS_LINE2": fields.line2 if fields else None,
        "CITY": fields.town if fields else None,
        "POSTCODE": (fields and fields.postcode) or (address.postcode if address else None),
        "COUNTRY": (fields and fields.country) or (address.country if address else None),
    }


def _party(contact: Contact, fields: ContactFields | None) -> Party:
    values = _values(contact, fields)
    ids = {"isni": contact.isni, "customer_id": contact.customer_id, "supplier_id": contact.supplier_id}
    emails = {*contact.emails, *([values["EMAIL"]] if values["EMAIL"] else [])}
    return Party(
        key=str(contact.id),
        display=contact.name or "",
        is_organisation=contact.is_organisation,
        ids=frozenset((kind, plain_id(kind, value)) for kind, value in ids.items() if value),
        emails=frozenset(email.strip().casefold() for email in emails),
        line1=values["ADDRESS_LINE1"] or "",
        postcode=values["POSTCODE"] or "",
    )
