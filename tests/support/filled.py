"""A ledger that holds a little of everything, with a hostile title."""

from datetime import UTC, datetime

from colophon.domain.finding import Finding, Severity
from colophon.ledger import Intent, Ledger, Verdict
from colophon.ledger.write_backs import WriteBack

DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> \u202eÉclair & “Žižek” 東京 {{ 7*7 }}"
UC, ISBN = "xconnector__metadata_syndication", "9780000000002"


def intent(subject=f"isbn:{ISBN}", content=b"<a>1</a>", destination="kobo", **more) -> Intent:
    """A delivery about the hostile title."""
    facts = {"use_case": UC, "delivery_class": "A", "media_type": "application/xml", "as_of": DAY, **more}
    facts.setdefault("labels", {"isbn": ISBN, "title": HOSTILE, "contributors": "Zoë <b>Ångström</b>"})
    return Intent(subject=subject, content=content, destination=destination, **facts)


def fill(ledger: Ledger) -> None:
    """Confirmed, failed and unknown deliveries, two exceptions, a write-back, figures."""
    for number, result in enumerate(("confirmed", "refused", "unknown", "accepted")):
        ledger.plan([intent(destination=f"to-{result}", content=f"<a><b>{number}</b></a>".encode())])
        taken = ledger.claim(UC, f"to-{result}", owner="me", lease_s=60, limit=9)
        ledger.finish([Verdict(d.id, result, f"m{number}", code=f"c.{result}", detail=HOSTILE) for d in taken], owner="me")
    ledger.plan([intent(destination="to-confirmed", content=b"<a><b>new</b></a>")])
    findings = [
        Finding(subject=f"isbn:{ISBN}", rule=rule, severity=severity, field="title", found=HOSTILE, expected="a title", remedy="Mend it", owner=owner)
        for rule, severity, owner in (("M1", Severity.ERROR, "metadata"), ("Q2", Severity.WARNING, "=cmd|' /C calc'!A0"))
    ]  # fmt: skip
    ledger.record_findings(UC, "kobo", [f"isbn:{ISBN}"], findings, as_of=DAY)
    ledger.tray_add(
        WriteBack("createWorkNote", "ref-1", f"isbn:{ISBN}", UC, {"workId": 1, "text": "=1+1"}),
        "writes_off",
    )
    ledger.record_quality(
        [
            {"week": f"2026-W{week}", "imprint": HOSTILE, "figure": "available_complete", "met": week, "of": 60}
            for week in (45, 46, 47)
        ],
        as_of=DAY,
    )  # fmt: skip
