"""Why a title is not for a recipient, which is no exception: kept when it is judged, for whoever asks later."""

from collections.abc import Iterable
from datetime import datetime

from colophon.domain.delivery import Judgement
from colophon.ledger import Ledger

_TITLE = "isbn:"


def remember(ledger: Ledger, use_case: str, recipient: str, judgement: Judgement, as_of: datetime) -> None:
    """Keep why titles are not for a recipient; what is said no more of a judged one is forgotten."""
    judged = {_name(use_case, recipient, subject) for subject in judgement.subjects if subject.startswith(_TITLE)}
    reasons = {_name(use_case, recipient, subject): {"why": why} for subject, why in judgement.out_of_scope.items()}
    ledger.memory.put_each({name: why for name, why in reasons.items() if name in judged}, as_of, instead_of=judged)


def remembered(ledger: Ledger, use_case: str, recipients: Iterable[str], subject: str) -> dict[str, str]:
    """Why a title is not for recipients, as they were last judged for; others are absent."""
    known = ((name, ledger.memory.get(_name(use_case, name, subject))) for name in recipients)
    return {name: str(kept[0]["why"]) for name, kept in known if kept is not None}


def _name(use_case: str, recipient: str, subject: str) -> str:
    return f"outside:{use_case}:{recipient}:{subject}"
