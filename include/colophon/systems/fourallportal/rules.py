"""What products of the portal are held to, in fields, words and links; and the exceptions about them."""

from colophon.config.model import Owners
from colophon.domain.finding import Finding, Severity

DESTINATION = "4allportal"
"""How the ledger calls the portal."""
RULES = {
    "PORTAL-DRIFT": ("What Consonance owns is as Consonance says", "It was put right; change it in Consonance, not in the portal."),
    "PORTAL-BOTH": ("One side changes a field at a time", "Consonance's value went; if the portal's was meant, enter it in Consonance."),
    "PORTAL-TWICE": ("A product is in the portal once", "Merge the objects in the portal; until then neither is written."),
    "PORTAL-GONE": ("What is in Consonance stays in the portal", "Restore it in the portal; if it was deleted on purpose, close this exception."),
    "PORTAL-ENTRY": ("An entry of a field has a value", "Enter the value in the portal, or delete the entry; the product waits until then."),
    "PORTAL-CATEGORY": ("Every main subject has a category in the portal", "Add the code to portal_categories.yaml, or correct the subject."),
    "PORTAL-LOCALE": ("Every language has a locale in the portal", "Add it to portal_locales.yaml, or correct the product's language."),
    "PORTAL-NEWER": ("Words of the portal follow the newest editorial ones", "Write them anew in the portal, from the editorial text as it is now."),
    "PORTAL-LENGTH": ("Words of the portal fit into a record", "Shorten them in the portal; they are never cut."),
    "PORTAL-SEGMENT": ("Every audience segment is one that ONIX knows", "Add it to portal_texts.yaml, or choose another one in the portal."),
    "PORTAL-PLACE": ("Words are for a locale and a channel that we know", "Add it to portal_locales.yaml or portal_channels.yaml."),
    "PORTAL-LINK": ("Each format has its own files", "Link the file that is proposed, or have one made and approved."),
    "PORTAL-LINK-ISBN": ("A linked file is of the product that links it", "Correct the ISBN of the file, or link the right one."),
    "PORTAL-LINK-GONE": ("A linked file is there", "Link the file that is proposed, or have it uploaded again."),
}  # fmt: skip
"""Rule -> what it says, and what to do."""


def fault(rule: str, subject: str, field: str, found: object, expected: str, owners: Owners, *, remedy: str = "") -> Finding:
    """The exception that a product of the portal breaks a rule."""
    return Finding(
        subject=subject,
        rule=rule,
        severity=Severity.ERROR,
        field=field,
        found=str(found)[:200],
        expected=expected,
        remedy=remedy or RULES[rule][1],
        owner=owners.of(rule),
        blocks=DESTINATION,
    )
