"""A ledger that holds a little of everything, with a hostile title."""

from datetime import UTC, date, datetime

from colophon.domain.delivery import Intent, Verdict
from colophon.domain.finding import Finding, Severity
from colophon.ledger import Ledger
from colophon.ledger.write_backs import WriteBack
from colophon.rehearsed import GOES, KEPT_BACK, keep, keep_head

DAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> \u202eÉclair & “Žižek” 東京 {{ 7*7 }} " + "W" * 300
UC, ISBN = "xconnector__metadata_syndication", "9780000000002"
STATEMENTS, BATCH = "exstream__royalty_statements", "2026H1:uk trade"
RUN = "manual__2026-11-20"
ENDS_ON = date(2031, 3, 17)
WORK = 77
"""A work whose launch is late."""


def intent(subject=f"isbn:{ISBN}", content=b"<a>1</a>", destination="kobo", **more) -> Intent:
    """A delivery about the hostile title."""
    facts = {"use_case": UC, "delivery_class": "A", "media_type": "application/xml", "as_of": DAY, **more}
    facts.setdefault("labels", {"isbn": ISBN, "title": HOSTILE, "contributors": "Zoë <b>Ångström</b>"})
    return Intent(subject=subject, content=content, destination=destination, **facts)


def fill(ledger: Ledger) -> None:
    """Confirmed, failed and unknown deliveries, two exceptions, a write-back, figures; statements, letters, videos, alerts."""
    _batch(ledger)
    _plan(ledger)
    _about_rights(ledger)
    _launch(ledger)
    for number, result in enumerate(("confirmed", "refused", "unknown", "accepted")):
        answered(ledger, result, number)
    ledger.plan([intent(destination="to-confirmed", content=b"<a><b>new</b></a>")])
    findings = [
        Finding(subject=f"isbn:{ISBN}", rule=rule, severity=severity, field="title", found=HOSTILE, expected="a title", remedy="Mend it", owner=owner)
        for rule, severity, owner in (("M1", Severity.ERROR, "metadata"), ("Q2", Severity.WARNING, "=cmd|' /C calc'!A0"))
    ]  # fmt: skip
    ledger.exceptions.record(UC, "kobo", [f"isbn:{ISBN}"], findings, as_of=DAY)
    ledger.tray.add(
        WriteBack("createWorkNote", "ref-1", f"isbn:{ISBN}", UC, {"workId": 1, "text": "=1+1"}),
        "writes_off",
    )
    ledger.memory.record_quality(
        [
            {"week": f"2026-W{week}", "imprint": HOSTILE, "figure": "available_complete", "met": week, "of": 60}
            for week in (45, 46, 47)
        ],
        as_of=DAY,
    )  # fmt: skip


def answered(ledger: Ledger, result: str, number: int) -> None:
    """The hostile title went to `to-RESULT`, with a content by the number, and had this result."""
    ledger.plan([intent(destination=f"to-{result}", content=f"<a><b>{number}</b></a>".encode())])
    taken = ledger.claim(UC, f"to-{result}", owner="me", lease_s=60, limit=9)
    ledger.finish([Verdict(d.id, result, f"m{number}", code=f"c.{result}", detail=HOSTILE) for d in taken], owner="me")


def _launch(ledger: Ledger) -> None:
    """A launch with a hostile name: late, and of which little is known."""
    from colophon.config.load import load_config
    from colophon.domain.product import Product
    from colophon.domain.todo import Milestone, Todo, TodoStatus
    from colophon.launch.evidence import Evidence
    from colophon.launch.path import works_of
    from colophon.launch.title import readiness
    from colophon.launch.view import LINE, SOURCES, TITLE, history_of, line_of, name_of, title_of

    config, day = load_config(), DAY.date()
    book = {
        "id": 1,
        "kind": "PhysicalBookProduct",
        "work_id": WORK,
        "title": HOSTILE,
        "imprint": HOSTILE,
        "form_code": "BC",
        "publishing_status": "02",
    }
    late = Todo(
        id=1,
        work_id=WORK,
        description="Proof approved",
        due_on=date(2026, 11, 2),
        status=TodoStatus.OPEN,
        milestone=Milestone.PROOF_APPROVED,
    )
    [work] = works_of([Product(**book, isbn13=ISBN, publication_on=date(2026, 12, 24))], [late]).values()
    evidence = Evidence(takes=config.pipeline_monitor.stage_days, todos="Consonance")
    title = readiness(work, evidence, config.readiness, config.pipeline_monitor, config.calendars.of(None), day)
    history = history_of(title, None, DAY, 9)
    sources = {"at": DAY.isoformat(), "sources": {"Consonance": DAY.isoformat(), "4ALLPORTAL": None}, "pace": {}}
    rows = {name_of(LINE, WORK): line_of(title, history), name_of(TITLE, WORK): title_of(title, history), SOURCES: sources}
    ledger.memory.put_each(rows, DAY)


def _plan(ledger: Ledger) -> None:
    """A dry run's plan: a title that changes, and one that is kept back."""
    more = {"title": HOSTILE, "is_first": False, "more": 3, "why": []}
    rows = [
        {
            **more,
            "recipient": "kobo",
            "subject": f"isbn:{ISBN}",
            "outcome": GOES,
            "changes": [["Product/TitleDetail/TitleText", HOSTILE, "New"]],
        },
        {**more, "recipient": "kobo", "subject": "isbn:9780000000019", "outcome": KEPT_BACK, "changes": [], "why": [f"M1: {HOSTILE}"]},
    ]
    counts = {"kobo": {"new": 1, "refused": 1}, "erp-json": {"not_armed": 2}}
    keep(ledger.memory, UC, RUN, 0, rows, DAY)
    keep_head(ledger.memory, UC, RUN, {"dry": True, "read": 2, "destinations": counts, "unarmed": ["erp-json"]}, DAY)


def fill_tray(ledger: Ledger, *references: str) -> None:
    """Write-backs that wait, one for each reference."""
    for reference in references:
        row = WriteBack("createWorkNote", reference, f"note:{reference}", UC, {"workId": 1, "text": reference})
        ledger.tray.add(row, "writes_off")


def _batch(ledger: Ledger) -> None:
    """Four statements of three payees: one payee's two are sent, one came back, one failed."""
    payees = (("501", "a-1"), ("501", "a-2"), ("502", "a-3"), ("503", "a-4"))
    ledger.plan(
        [
            Intent(STATEMENTS, BATCH, f"statement:2026H1:{account}:{payee}", "C", f'{{"n": "{account}"}}'.encode(), "application/json", DAY,
                   labels={"period": "2026H1", "account": account, "payee": payee})
            for payee, account in payees
        ]
    )  # fmt: skip
    taken = ledger.claim(STATEMENTS, BATCH, owner="me", lease_s=60, limit=9)
    results = {"a-1": "sent", "a-2": "sent", "a-3": "refused", "a-4": "refused"}
    ledger.finish([Verdict(d.id, results[d.labels["account"]], f"m-{d.labels['account']}") for d in taken], owner="me")


def _about_rights(ledger: Ledger) -> None:
    """An alert, a letter to a contact, and the rules of a video."""
    told = {"threshold": f"contract:7/{ENDS_ON}/90", "title": HOSTILE}
    letter = {"title": HOSTILE, "deal": "9", "contact": "77", "isbns": f"9780000000019 {ISBN}"}
    for use_case, destination, subject, labels in (
        ("push__rights_expiry_scan", "people", f"77/contract:7/{ENDS_ON}/90", told),
        ("exstream__rights_notices", "renewal", "renewal/rights_deal:9/2031-03-17", letter),
        ("bytenite__video_rights", "video-library", "video:v-1/rules", {"isbn": ISBN}),
    ):
        ledger.plan([Intent(use_case, destination, subject, "A", b'{"n": 1}', "application/json", DAY, labels=labels)])
