"""One account of Consonance by GraphQL: what it can do, and questions that fit it."""

from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from colophon.errors import ColophonError, FeatureMissingError, ForbiddenError, InvalidError, SchemaDriftError
from colophon.http.checks import Check, ahead_s, clock_check
from colophon.http.client import HttpClient
from colophon.http.operation import DeliveryClass
from colophon.systems.consonance.graphql import capabilities, queries
from colophon.systems.consonance.graphql import transport as graphql
from colophon.systems.consonance.graphql.capabilities import FEATURES, Capabilities, CapabilityCache
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.settings import ConsonanceSettings

SKEW_S = 60


class Account:
    """Asks GraphQL queries, each cut to what the account's schema shows."""

    def __init__(
        self,
        settings: ConsonanceSettings,
        http: HttpClient,
        *,
        cache: CapabilityCache | None,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self.settings = settings
        self.sleep = sleep
        self._http = http
        self._cache = cache
        self._clock = clock
        self._known: Capabilities | None = None

    def capabilities(self, *, refresh: bool = False) -> Capabilities:
        """What this account can do: as last found out, or anew with `refresh` and when that is `schema_cache_hours` old.

        :raises SchemaDriftError: the account lacks documented members that we ask for.
        :raises FeatureMissingError: the connection demands the profile `extended` and the account has only a part.
        """
        if refresh or self._known is None:
            self._known = self._permitted((None if refresh else self._kept()) or self._introspected())
        return self._known

    def ask(self, document: Document, search: Mapping[str, object]) -> Any:
        """The root member of the answer. Raises as `ask_unless`."""
        return self.ask_unless((), document, search)[1]

    def ask_unless(self, known: Container[str], document: Document, search: Mapping[str, object]) -> tuple[str, Any]:
        """The answer's digest and its root member, None where the digest is `known`.

        Raises as `graphql.ask`; after schema drift the capabilities are found out anew.
        """
        text = queries.fit(document.text, self.capabilities().missing_fields)
        try:
            return graphql.ask(self._http, self.settings.graphql_path, document, text, {"search": search}, known)
        except SchemaDriftError:
            # The next run must know; whatever else goes wrong now, the drift is the news.
            with suppress(ColophonError):
                self.capabilities(refresh=True)
            raise

    def tell(
        self, document: Document, variables: Mapping[str, object], writes: DeliveryClass, check: Callable[[dict[str, Any]], object]
    ) -> dict[str, Any]:
        """Send a mutation. Raises as `graphql.tell`; after schema drift the capabilities are found out anew."""
        try:
            return graphql.tell(self._http, self.settings.graphql_path, document, variables, writes, check)
        except SchemaDriftError:
            with suppress(ColophonError):  # as in `ask`
                self.capabilities(refresh=True)
            raise

    def demand(self, member: str, otherwise: str) -> None:
        """Stop unless the account has an assumed member; `otherwise` says what to do without it.

        :raises FeatureMissingError: it has not.
        """
        if member in self.capabilities().missing_fields:
            raise FeatureMissingError(f"the account does not offer {member}; {otherwise}", system="consonance", subject=member)

    def test(self) -> list[Check]:
        """What the connection test found; `is_good` is false for what needs a look and does not stop us.

        :raises ColophonError: what stops us: unreachable, wrong address, refused key, schema drift, missing feature.
        """
        hello = graphql.exchange(self._http, self.settings.graphql_path, queries.HELLO, queries.HELLO.text, {})
        found = self.capabilities(refresh=True)
        absent = ", ".join(feature for feature in FEATURES if feature not in found.features)
        return [
            Check("reachable", True, f"{self.settings.http.base_url} answers GraphQL"),
            Check("authorised", True, "the key is accepted"),
            clock_check(ahead_s(hello.headers, self._clock()), SKEW_S),
            _schema_check(found),
            Check("profile", True, f"profile {found.profile}" + (f"; not offered: {absent}" if absent else "")),
            *(Check(f"feature {name}", False, f"{name} lacks {', '.join(gaps)}") for name, gaps in found.incomplete.items()),
            Check("fields", not found.missing_fields, f"fields not offered: {', '.join(found.missing_fields) or 'none'}"),
        ]

    def _introspected(self) -> Capabilities:
        """Ask the account for its schema. A refusal is not kept: it may be a passing fault, and it costs texts and covers."""
        now, document = self._clock(), queries.INTROSPECTION
        try:
            reply = graphql.exchange(self._http, self.settings.graphql_path, document, document.text, {})
        except (ForbiddenError, InvalidError):
            return capabilities.documented_only(now)
        if reply.errors:
            return capabilities.documented_only(now)
        found = capabilities.judge(capabilities.schema_from(reply.data.get(document.root)), now)
        if self._cache is not None:
            self._cache.put(self.settings.connection, found.model_dump(mode="json", exclude={"checked_at"}), now)
        return found

    def _kept(self) -> Capabilities | None:
        kept = self._cache.get(self.settings.connection) if self._cache is not None else None
        if kept is None or self._clock() - kept[1] >= timedelta(hours=self.settings.schema_cache_hours):
            return None
        try:
            return Capabilities.model_validate({**kept[0], "checked_at": kept[1]})
        except ValidationError:  # kept by another version
            return None

    def _permitted(self, found: Capabilities) -> Capabilities:
        """What the connection's `profile` makes of it."""
        absent = [feature for feature in FEATURES if feature not in found.features]
        if self.settings.profile == "extended" and absent:
            raise FeatureMissingError(f"the account lacks {', '.join(absent)}", system="consonance", subject=absent[0])
        return found.model_copy(update={"features": ()}) if self.settings.profile == "documented" else found


def _schema_check(found: Capabilities) -> Check:
    if found.was_introspected:
        return Check("schema", True, f"schema {found.digest[:12]}")
    return Check("schema", False, "introspection refused: only what the vendor documents is asked for")
