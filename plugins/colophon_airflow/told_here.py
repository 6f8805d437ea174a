"""What was told while the ledger could not keep it: known to this machine alone, by files among its passing ones, until the ledger can."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colophon.errors import ColophonError

if TYPE_CHECKING:
    from colophon.ledger import Ledger

QUIET_FOR = timedelta(hours=1)
"""What was not seen for so long is told anew."""
_TOO_OLD = timedelta(days=1)


def is_first(code: str, record: Mapping[str, Any], now: datetime) -> bool:
    """Whether this machine told nothing of late whose error has this code. The record of the cause is remembered in any case.

    What is seen again and again stays told. Where no file can be made: yes.

    :param record: as `standing.keep` takes it.
    """
    try:
        with _locked() as folder:  # of mapped tasks that fail together one is the first
            return _remember(folder, code, record, now)
    except OSError:
        return True


def was_told(causes: str, run: str, now: datetime) -> bool:
    """Whether any cause that begins so was seen here in a run of late."""
    with suppress(OSError), _locked() as folder:
        records = [each["record"] for each in _records(folder) if _is_fresh(each, now)]
        return any(record["run"] == run and record["cause"].startswith(causes) for record in records)
    return False


def hand_over(ledger: "Ledger", now: datetime) -> None:
    """The ledger may be able to keep it again: it is given what was told here. Raises as the ledger does where it still cannot.

    A file stays until it is old, for a ledger without room takes what is small and refuses the rest.
    """
    from colophon_airflow import standing

    with suppress(OSError), _locked() as folder:
        for file in sorted(folder.glob("*.json")):
            if not (kept := _read(file)) or now - datetime.fromisoformat(kept["seen"]) >= _TOO_OLD:
                file.unlink(missing_ok=True)
            elif not kept["is_handed_over"]:
                standing.keep(ledger, kept["record"], now)
                _write(file, {**kept, "is_handed_over": True})


def _remember(folder: Path, code: str, record: Mapping[str, Any], now: datetime) -> bool:
    known = [each for each in _records(folder) if each["code"] == code]
    is_quiet = any(_is_fresh(each, now) for each in known)
    head = next((each["record"]["cause"] for each in known if not each["record"]["under"]), record["cause"])
    under = head if is_quiet and head != record["cause"] else ""
    began = next((each["record"]["since"] for each in known if each["record"]["cause"] == record["cause"] and is_quiet), record["since"])
    kept = {"code": code, "seen": now.isoformat(), "is_handed_over": False, "record": {**record, "under": under, "since": began}}
    name = sha256(f"{code} {record['cause']}".encode()).hexdigest()[:24]
    _write(folder / f"{name}.json", kept)
    return not is_quiet


def _records(folder: Path) -> Iterator[Mapping[str, Any]]:
    yield from filter(None, map(_read, folder.glob("*.json")))


def _read(file: Path) -> dict[str, Any]:
    """Nothing, where its writer died half way."""
    try:
        return dict(json.loads(file.read_text()))
    except ValueError:
        return {}


def _write(file: Path, kept: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(kept))


def _is_fresh(kept: Mapping[str, Any], now: datetime) -> bool:
    return now - datetime.fromisoformat(kept["seen"]) < QUIET_FOR


@contextmanager
def _locked() -> Iterator[Path]:
    """The folder, for one process at a time: nobody reads, and throws away, what another has half written."""
    folder = _folder()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _folder() -> Path:
    """By user and ledger, for a machine may work for two houses. Raises an OSError where somebody else made it."""
    from colophon_airflow.settings import ledger_url

    try:
        url = ledger_url()
    except ColophonError:
        url = ""
    folder = Path(tempfile.gettempdir()) / f"colophon-told-{os.getuid()}-{sha256(url.encode()).hexdigest()[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(folder)
    return folder
