"""Packages of the portal with their documents: whoever looks at any moment sees whole ones, or none."""

from collections import Counter
from contextlib import suppress
from types import MappingProxyType

from tests.trips.systems import FourallportalTrip
from tests.trips.trip import End

from colophon.errors import ColophonError
from colophon.systems.fourallportal.port import PortalPort
from colophon.systems.fourallportal.values import entries, object_id

FILES = {"cover": "0f11e000-0000-4000-8000-000000000001", "interior_pdf": "0f11e000-0000-4000-8000-000000000002"}
DOCUMENTS = ("metadata", "sales_text")


class PackageTrip(FourallportalTrip):
    """Two documents are uploaded, the package names them and two files, then it is released; one in twenty is of a format without packages."""

    calls = 14.0
    settings = MappingProxyType({"indexing_seconds": 0})

    def make_port(self):
        port = PortalPort(self.client)
        port.batch = 1
        return port

    def content(self, number):
        isbn, edition = self._isbn(number), "stone" if number % 20 == 11 else "print"
        documents = {kind: {"name": f"{isbn}-{kind}.txt", "text": f"{kind} of {isbn}"} for kind in DOCUMENTS}
        return {"kind": "package", "key": isbn, "isbn": isbn, "editions": [edition], "files": FILES, "documents": documents}

    def end(self, number):
        return End("failed", 0) if number % 20 == 11 else End("confirmed", 2)

    def effect_key(self, number, row):
        return f"collection:{object_id('collection', self._isbn(number))}"

    def effects(self):
        return Counter({key: count for key, count in self.box.counted("4ap.written").items() if key.startswith("collection:")})

    def on_the_other_side(self):
        """Somebody looks; a look that is spoilt sees nothing."""
        with suppress(ColophonError):
            seen = list(self._released())
            names = {obj.id: entries(obj, "name")[0].value for page in self.client.iter_objects("file", ["name"]) for obj in page}
            for isbn, files in seen:
                documents = sorted(str(names.get(file)) for file in files if file not in FILES.values())
                assert documents == [f"{isbn}-{kind}.txt" for kind in DOCUMENTS], f"{isbn} is released with {documents}"
                assert set(FILES.values()) <= set(files), f"{isbn} is released without its approved files"

    def _released(self):
        for page in self.client.iter_objects("collection", ["package_key", "package_state", "files"]):
            for obj in page:
                if [entry.value for entry in entries(obj, "package_state")] == ["released"]:
                    yield entries(obj, "package_key")[0].value, entries(obj, "files")[0].value or ()
