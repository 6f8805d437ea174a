"""The place that staged files lie in: a folder or an object store, what it can be told, and what its errors mean."""

import errno
import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import fsspec

from colophon.errors import StagingFullError, StagingUnusableError, TransportError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_BUSY = {errno.EBUSY, errno.ETIMEDOUT}
"""How an object store's *slow down* and *too late* arrive."""


def protocols(fs: fsspec.AbstractFileSystem) -> set[str]:
    """By which schemes a place is called."""
    return {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)


def is_local(fs: fsspec.AbstractFileSystem) -> bool:
    """Whether it is a folder of this machine."""
    return "file" in protocols(fs)


def refuse_unknown(fs: fsspec.AbstractFileSystem, options: Mapping[str, Any]) -> None:
    """A folder would pass over what it is told, and S3 would fail at the first file.

    :raises StagingUnusableError: naming the options; a value is never told.
    """
    if not is_local(fs) and not {"s3", "s3a"} & protocols(fs):
        return
    known = set() if is_local(fs) else {*inspect.signature(type(fs).__init__).parameters, "profile"}
    if unknown := sorted(set(options) - known):
        remedy = "Take them out of the extra of staging_conn_id, or name them as fsspec does (for S3: endpoint_url, token, client_kwargs)."
        raise StagingUnusableError(f"the staging location knows no option {', '.join(unknown)}", remedy=remedy)


def sync_folder(folder: Path) -> None:
    """So that a new name in it survives a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def explain(path: str, problem: Exception, *, is_local: bool) -> NoReturn:
    """Turn a folder's or store's error into ours; a store's own words may hold an account's name, and its code alone is told."""
    kind, number = type(problem).__name__, getattr(problem, "errno", None)
    if number in _FULL:
        raise StagingFullError(f"no space left for {path}") from problem
    if is_local:
        raise StagingUnusableError(f"{path} cannot be used: {getattr(problem, 'strerror', None) or kind}") from problem
    answer: dict[str, dict[str, Any]] = getattr(problem.__cause__, "response", None) or {}  # of S3
    status, evidence = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0), str(answer.get("Error", {}).get("Code", kind))
    if isinstance(problem, PermissionError) or "Credentials" in kind:
        remedy = "Correct login and password of staging_conn_id, or what the store's own variables say; they must write, read and remove."
        sentence = f"{path} cannot be used: the store refuses these credentials, or has none"
        raise StagingUnusableError(sentence, evidence=evidence, remedy=remedy) from problem
    if isinstance(problem, FileNotFoundError):
        raise StagingUnusableError(f"{path} cannot be used: there is no such file or bucket", evidence=evidence) from problem
    is_lost = isinstance(problem, ConnectionError | TimeoutError) or any(word in kind for word in ("Connect", "Timeout"))
    if is_lost or number in _BUSY or status >= 500:
        raise TransportError(f"the store of {path} does not answer", system="staging", evidence=evidence) from problem
    raise StagingUnusableError(f"{path} cannot be used", evidence=evidence) from problem
