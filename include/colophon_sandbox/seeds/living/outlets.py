"""Where things go: a template for every kind of letter, and the systems behind the middleware."""

from datetime import date

from colophon_sandbox.seeds.living import House

LETTERS = (
    "ReaderCampaign",
    "OrderConfirmation",
    "SubscriptionRenewal",
    "RightsConfirmation",
    "PermissionLetter",
    "RenewalNotice",
    "ApprovalNotice",
    "DelayLetter",
    "ContributorRequest",
    "ComplianceAcknowledgement",
    "LaunchAnnouncement",
    "RetailerNotice",
    "AdvanceReaderLetter",
    "FollowUpLetter",
    "ServiceDelay",
    "ServiceOutOfStock",
    "ServiceSubstitution",
    "ServiceRevisedDate",
)
TARGETS = {"crm": "crm", "print": "production", "warehouse": "logistics", "marketing": "marketing"}


def add(house: House, _today: date) -> None:
    """Beside those that are built in."""
    house.records["exstream"] = {"communications": [{"name": name} for name in LETTERS]}
    house.records["xconnector"] = {"targets": [{"id": name, "kind": kind, "does": "acknowledge"} for name, kind in TARGETS.items()]}
