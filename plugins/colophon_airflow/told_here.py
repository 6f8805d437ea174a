"""What was told while the ledger could not keep it: known to this machine alone, by empty files among its passing ones."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from colophon.errors import ColophonError

QUIET_FOR = timedelta(hours=1)
"""A cause that was not seen for so long is told anew."""


def is_first(cause: str, now: datetime) -> bool:
    """Whether this machine did not tell of a cause of late. One that is seen again and again stays told. Where no file can be made: yes."""
    file = Path(tempfile.gettempdir()) / f"{_mark()}{sha256(cause.encode()).hexdigest()[:12]}"
    try:
        is_known = _is_fresh(file, now)
        file.touch(mode=0o600)
        os.utime(file, (now.timestamp(),) * 2)
    except OSError:
        return True
    return not is_known


def was_any(now: datetime) -> bool:
    """Whether anything was told here of late."""
    return any(_is_fresh(file, now) for file in _files())


def forget(now: datetime, unseen_for: timedelta) -> bool:
    """The ledger keeps it again; whether anything had been told here meanwhile.

    Not before nothing of it was seen for so long: a ledger without room takes what is small and refuses the rest.
    """
    files = list(_files())
    if any(_is_fresh(file, now, unseen_for) for file in files):
        return False
    for file in files:
        file.unlink(missing_ok=True)
    return bool(files)


def _files() -> Iterator[Path]:
    with suppress(OSError):
        yield from Path(tempfile.gettempdir()).glob(f"{_mark()}*")


def _is_fresh(file: Path, now: datetime, within: timedelta = QUIET_FOR) -> bool:
    try:
        return now.timestamp() - file.stat().st_mtime < within.total_seconds()
    except FileNotFoundError:
        return False


def _mark() -> str:
    """How its files begin: by user and ledger, for a machine may work for two houses."""
    from colophon_airflow.settings import ledger_url

    try:
        url = ledger_url()
    except ColophonError:
        url = ""
    return f"colophon-told-{os.getuid()}-{sha256(url.encode()).hexdigest()[:12]}-"
