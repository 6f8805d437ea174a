"""OP-3, the write-back tray: what waits for a person to load it goes into sheets, and whoever forgets one is reminded."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from colophon.blocks.use_case import Needs
from colophon.config import Config
from colophon.domain.finding import Finding, Severity
from colophon.ledger.write_backs import BY_MUTATION, TrayRow
from colophon.systems.consonance.writes.sheets import LeftOut
from colophon.unsettled import Rule

WAITS, STAYS, UNSEEN = "TRAY-WAITS", "TRAY-STAYS", "TRAY-UNSEEN"
RULES = {
    WAITS: Rule(
        "A write-back is loaded in time",
        "waits",
        "Load the sheet (desk, *Tray*), once, then *Mark loaded*; what may be in Consonance already: look, then let it wait again or cancel it.",
    ),
    STAYS: Rule(
        "An import sheet can carry a write-back", "stays", "Enter it by hand in Consonance, then cancel its row (`colophon tray cancel`)."
    ),
    UNSEEN: Rule(
        "What was loaded is in Consonance",
        "was loaded and is not there",
        "See whether the import was approved; if it is lost, enter it by hand and cancel nothing: it is looked for again each day.",
    ),
}


def waiting(rows: Iterable[TrayRow], left_out: Sequence[LeftOut], now: datetime, config: Config) -> list[Finding]:
    """What waits for too long, by sheet (`rows` pending or exported), and what no sheet can carry."""
    stays = {each.row_id for each in left_out}
    groups: dict[str, list[TrayRow]] = {}
    for row in rows:
        if row.id not in stays and now - row.created_at > config.write_back_tray.patience:
            in_sheet = row.sheet is not None and row.sheet != BY_MUTATION
            groups.setdefault(f"sheet:{row.sheet}" if in_sheet else f"write-back:{row.operation}", []).append(row)
    late = [
        _finding(WAITS, subject, group[0].operation, f"{len(group)} since {min(row.created_at for row in group):%Y-%m-%d}", config)
        for subject, group in sorted(groups.items())
    ]
    return late + [_finding(STAYS, each.subject, each.operation, each.fault, config) for each in left_out]


def unseen(rows: Iterable[TrayRow], absent: Collection[str], now: datetime, config: Config) -> list[Finding]:
    """Loaded rows that Consonance can be asked for and does not have (`absent`, by id), though there was time for it."""
    patience = config.write_back_tray.patience
    late = [row for row in rows if row.id in absent and row.loaded_at and now - row.loaded_at > patience]
    return [_finding(UNSEEN, row.subject, row.operation, f"loaded by a person on {row.loaded_at:%Y-%m-%d}", config) for row in late]


def _finding(rule: str, subject: str, field: str, found: str, config: Config) -> Finding:
    return Finding(
        subject=subject,
        rule=rule,
        severity=Severity.ERROR,
        field=field,
        found=found,
        expected=RULES[rule].says,
        remedy=RULES[rule].remedy,
        owner=config.owners.of(rule),
    )


CASE = Needs(id="ops__write_back_tray")
