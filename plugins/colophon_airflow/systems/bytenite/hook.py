"""ByteNite: Airflow connection -> client."""

import shutil
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from colophon.errors import FeatureMissingError
from colophon.http.checks import Check, clock_check
from colophon_airflow.settings import storage_options
from colophon_airflow.systems.hook import SystemHook, checked

if TYPE_CHECKING:
    from colophon.http.client import HttpClient
    from colophon.systems.bytenite.client import ByteNiteClient
    from colophon.systems.bytenite.settings import ByteNiteSettings

MOST_SKEW_S = 300
"""Webhooks are refused when both clocks differ by more."""


REMEDIES = {
    "templates": "Correct `templates` of the connection, or have the templates made in the account.",
    "library": "Set `library` to `file` or `none`, or correct host and `library_prefix`.",
}


class ByteniteHook(SystemHook):
    """Media jobs, and a video library."""

    default_conn_name = "bytenite_default"
    conn_type = "bytenite"
    hook_name = "ByteNite"

    @cached_property
    def client(self) -> "ByteNiteClient":
        """The client; close it, or use it as a context manager."""
        from colophon.systems.bytenite.client import ByteNiteClient
        from colophon.systems.bytenite.local_files import opened

        settings = self._settings()
        place = storage_options(settings.extra.output_conn_id, settings.extra.output_location)
        return ByteNiteClient(settings, storage_options=place, open_source=partial(opened, fetch={"fourallportal": _of_portal}))

    @property
    def polling_client(self) -> "ByteNiteClient":
        """A client that copies no outputs."""
        from colophon.systems.bytenite.client import ByteNiteClient

        return ByteNiteClient(self._settings())

    def _settings(self) -> "ByteNiteSettings":
        from colophon.systems.bytenite.settings import ByteNiteSettings

        found = self.airflow_connection
        with self.paced():
            return ByteNiteSettings.from_connection(found.host or "", found.password or "", self.extra)

    @property
    def http(self) -> "HttpClient":
        """See the base class."""
        return self.client.http

    def _checks(self) -> list[str]:
        """Reachable, authorised, clocks alike, templates there, library there."""
        return checked(list(self._looked_at()), remedies=REMEDIES)

    def _looked_at(self) -> Iterator[Check]:
        user, skew_s = self.client.test()
        extra = self.client.settings.extra
        yield Check("reachable", True, f"{self.client.settings.http.base_url} answers ({extra.version_prefix}, {extra.service})")
        yield Check("authorised", True, f"logged in as account {user}")
        yield clock_check(skew_s, MOST_SKEW_S)
        yield self._templates()
        yield self._library()
        place = self.client.settings.extra.output_location
        yield Check(
            "outputs", True, f"outputs are copied to {place}" if place else "output_location is empty: outputs stay where jobs put them"
        )

    def _templates(self) -> Check:
        from colophon.systems.bytenite.ffmpeg import HOW_TO_GET_IT
        from colophon.systems.bytenite.jobs import ByteNiteJobs

        wanted, jobs = self.client.settings.extra.templates, self.client.jobs
        if self.client.settings.extra.media_backend == "local" and not wanted:
            found = shutil.which("ffmpeg")
            return Check(
                "templates", found is not None, f"media jobs are rendered here by {found}" if found else f"no ffmpeg: {HOW_TO_GET_IT}"
            )
        if not wanted:
            return Check("templates", True, "templates is empty: no media job can be made")
        if not isinstance(jobs, ByteNiteJobs):
            return Check("templates", True, f"media jobs go to {self.client.settings.extra.media_backend}")
        known = jobs.templates()
        missing = sorted({name for name in wanted.values() if name not in known and name.partition("@")[0] not in known})
        if missing:
            return Check("templates", False, f"the account has no template {', '.join(missing)}")
        return Check("templates", True, f"all templates are there: {len(wanted)}")

    def _library(self) -> Check:
        try:
            info = self.client.library.info()
        except FeatureMissingError as problem:
            return Check("library", self.client.settings.extra.library == "none", problem.sentence)
        return Check("library", True, f"library {info.contract} with channels {', '.join(info.channels)}")


def _of_portal(object_id: str, to: BinaryIO) -> None:
    """The original of a file of the portal."""
    from colophon.systems.fourallportal.client import ORIGINAL
    from colophon_airflow.systems.fourallportal.hook import FourallportalHook

    with TemporaryDirectory() as folder, FourallportalHook().client as portal:
        path = Path(folder) / "file"
        portal.download(object_id, ORIGINAL, path)
        with path.open("rb") as file:
            shutil.copyfileobj(file, to)
