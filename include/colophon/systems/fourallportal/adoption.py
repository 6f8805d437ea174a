"""Whose id an object has: ours, or the one that a person gave it before we came (contract section 4)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from colophon.errors import BadConfigError, BadRecordError, ConflictError
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import Adopted, PortalObject
from colophon.systems.fourallportal.values import object_id, read_isbn


class IdStore(Protocol):
    """Where adopted ids are kept, by module; the ledger's part for such things fits."""

    def get(self, connection: str) -> tuple[Mapping[str, Any], datetime] | None:
        """What is kept under a name, and since when."""

    def put(self, connection: str, value: Mapping[str, Any], checked_at: datetime) -> None:
        """Keep something under a name."""


class MemoryIds:
    """Keeps them as long as the client lives."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Mapping[str, Any], datetime]] = {}

    def get(self, connection: str) -> tuple[Mapping[str, Any], datetime] | None:
        """See `IdStore`."""
        return self._kept.get(connection)

    def put(self, connection: str, value: Mapping[str, Any], checked_at: datetime) -> None:
        """See `IdStore`."""
        self._kept[connection] = (value, checked_at)


class Portal(Protocol):
    """What adoption asks of the client."""

    mapping: PortalMapping
    settings: Any
    clock: Callable[[], datetime]

    def iter_objects(self, module: str, fields: Sequence[str]) -> Iterator[list[PortalObject]]:
        """All objects of a module."""


class IdMap:
    """Ids by business key. Only those that differ from ours are kept."""

    def __init__(self, portal: Any, store: IdStore) -> None:
        self._portal: Portal = portal
        self._store = store
        self._known: dict[str, dict[str, Any]] = {}

    def adopt(self, module: str) -> Adopted:
        """See `FourallportalClient.adopt`. An object whose key cannot be read belongs to nobody, and is left alone."""
        before, theirs = self._of(module), self._portal.mapping.modules[module]
        by_key: dict[str, list[str]] = defaultdict(list)
        for page in self._portal.iter_objects(theirs, [self._key_field(module)]):
            for obj in page:
                if key := self._key(obj, module):
                    by_key[key].append(obj.id)
        clashes = {key: tuple(sorted(found)) for key, found in by_key.items() if len(found) > 1}
        foreign = {key: found[0] for key, found in by_key.items() if len(found) == 1 and found[0] != object_id(theirs, key)}
        new = {key: found for key, found in foreign.items() if before["ids"].get(key) != found}
        self._known[module] = {"ids": foreign, "clashes": {key: list(found) for key, found in clashes.items()}}
        self._store.put(self._name(module), self._known[module], self._portal.clock())
        return Adopted(len(by_key) - len(new) - len(clashes), new, clashes)

    def object_id(self, module: str, key: str) -> str:
        """See `FourallportalClient.object_id`."""
        known = self._of(module)
        if key in known["clashes"]:
            sentence = f"{len(known['clashes'][key])} objects of the portal have this key; merge them there"
            raise ConflictError(sentence, system="fourallportal", subject=f"{module}:{key}")
        return str(known["ids"].get(key) or object_id(self._portal.mapping.modules[module], key))

    def _of(self, module: str) -> dict[str, Any]:
        if module not in self._known:
            kept = self._store.get(self._name(module))
            self._known[module] = dict(kept[0]) if kept else {"ids": {}, "clashes": {}}
        return self._known[module]

    def _key(self, obj: PortalObject, module: str) -> str:
        try:
            return read_isbn(obj, self._key_field(module))
        except BadRecordError:
            return ""

    def _key_field(self, module: str) -> str:
        mapping = self._portal.mapping
        if module == "product":
            return mapping.product.key
        if module == "package" and mapping.package:
            return mapping.package.key
        raise BadConfigError(f"mapping.yaml names no key for {module}", system="fourallportal", subject=module)

    def _name(self, module: str) -> str:
        return f"{self._portal.settings.connection}/ids/{module}"
