"""Text from other systems at the ledger's door: one bad text keeps nothing else back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from colophon.domain.delivery import Intent, Judgement
from colophon.domain.finding import Finding, Severity
from colophon.domain.storable import is_storable

RULE = "G7"
LONGEST = {"subject": 200, "occurrence": 120, "isbn": 13}
"""How long the texts of an intent may be that have a column of their own."""
_SHOWN = 80
_Key = tuple[str, str]


def without_unstorable(judgements: Mapping[str, Judgement]) -> dict[str, Judgement]:
    """The judgements with a finding in place of each intent that cannot be kept as it is, or that goes with or after such a one."""
    intents = [intent for judgement in judgements.values() for intent in judgement.intents]
    faults = unstorable(intents)
    size = -1
    while faults and size != len(faults):
        size = len(faults)
        for intent in intents:
            _follow(intent, faults)
    return {name: _aside(judgement, faults) for name, judgement in judgements.items()} if faults else dict(judgements)


def unstorable(intents: Iterable[Intent]) -> dict[_Key, tuple[str, str]]:
    """Intents with text that cannot be kept, by destination and subject: the name of the text, and the text."""
    faults = {}
    for intent in intents:
        for name, text in (("subject", intent.subject), ("occurrence", intent.occurrence), *intent.labels.items()):
            if not is_storable(name + text) or len(text) > LONGEST.get(name, len(text)):
                faults[intent.destination, intent.subject] = (name, text)
    return faults


def _follow(intent: Intent, faults: dict[_Key, tuple[str, str]]) -> None:
    """A digest goes whole or not at all; what waits for another delivery does not go before it."""
    mine, carrier = (intent.destination, intent.subject), (intent.destination, intent.carrier)
    if intent.carrier and mine in faults:
        faults.setdefault(carrier, ("carrier", f"it carries {intent.subject}, which cannot be kept"))
    if intent.carrier and carrier in faults:
        faults.setdefault(mine, ("carrier", f"it goes with {intent.carrier}, which cannot be kept"))
    if intent.after and intent.after[:2] in faults:
        faults.setdefault(mine, ("after", f"it waits for {intent.after.subject}, which cannot be kept"))


def _aside(judgement: Judgement, faults: Mapping[_Key, tuple[str, str]]) -> Judgement:
    bad = {(intent.destination, intent.subject): intent for intent in judgement.intents if (intent.destination, intent.subject) in faults}
    findings = [_finding(judgement.name(subject), *faults[destination, subject]) for destination, subject in bad]
    good = [intent for intent in judgement.intents if (intent.destination, intent.subject) not in bad]
    return replace(judgement, intents=good, findings=[*judgement.findings, *findings])


def _finding(subject: str, name: str, text: str) -> Finding:
    return Finding(
        subject=subject,
        rule=RULE,
        severity=Severity.ERROR,
        field=name,
        found=text[:_SHOWN],
        expected=f"Unicode text without NUL{_limit(name)}",
        remedy="Correct it in the system that the record comes from; it goes when that is read again.",
        owner="operations",
    )


def _limit(name: str) -> str:
    """What else is asked of a text with a column of its own."""
    return f", at most {LONGEST[name]} characters" if name in LONGEST else ""
