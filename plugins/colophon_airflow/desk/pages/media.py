"""*Media*: a rendered video or sample, to be watched where it stands on its title's page."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, Response, StreamingResponse

from colophon.errors import NotFoundError
from colophon.systems.bytenite.job_records import File
from colophon.systems.bytenite.outputs import file_of
from colophon_airflow.desk.access import Person, trusted
from colophon_airflow.desk.source import LedgerDep
from colophon_airflow.settings import connection, storage_options

router = APIRouter(include_in_schema=False)
SHOWN = ("video/", "audio/", "image/", "text/vtt")
_PIECE = 1 << 20


@router.get("/media/{job_id}/{name}")
def media(ledger: LedgerDep, job_id: str, name: str, person: Annotated[Person, Depends(trusted)]) -> Response:  # noqa: ARG001 - who may act may see what is not published
    """A file that a job gave, from where it was copied to."""
    file = file_of(ledger, job_id, name)
    if file is None or not file.media_type.startswith(SHOWN):
        raise NotFoundError("there is no such file", system="bytenite", remedy="Open it from the page of its title.")
    if "://" not in file.name:
        return FileResponse(file.name, media_type=file.media_type)
    return StreamingResponse(_read(file), media_type=file.media_type, headers={"content-length": str(file.bytes)})


def _read(file: File) -> Iterator[bytes]:
    from fsspec.core import url_to_fs

    extra = connection("bytenite_default").extra_dejson
    fs, path = url_to_fs(file.name, **(storage_options(str(extra.get("output_conn_id") or ""), file.name) or {}))
    with fs.open(path, "rb") as stored:
        while piece := stored.read(_PIECE):
            yield piece
