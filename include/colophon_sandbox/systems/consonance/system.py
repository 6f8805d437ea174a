"""Consonance as one system: routes, credentials, error shapes (contract sections 1, 2, 5, 10, 11)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationType, execute_sync, validate
from werkzeug.wrappers import Request, Response

from colophon_sandbox import references
from colophon_sandbox.settings import Choices
from colophon_sandbox.system import Call, RefusedError, Route, System, as_json, integer, text
from colophon_sandbox.systems.consonance import extension, mutations, queries, report_files
from colophon_sandbox.systems.consonance.records import Records, Row, both, product_search
from colophon_sandbox.systems.consonance.rest import product_list
from colophon_sandbox.systems.consonance.schema import OPEN_ENUMS, client, make_schema, work_fits
from colophon_sandbox.systems.consonance.visible import touch
from colophon_sandbox.world import World, stamp

KEY = "sandbox0key0not0real000000000000"
JSON = "application/json; charset=utf-8"


class Consonance(System):
    """GraphQL at `/graphql`, the old product list at `/api/v4/products.json`."""

    name = "consonance"
    settings: ClassVar[dict[str, Any]] = {
        "profile": "extended",
        "features_off": [],
        "page_cap": 100,
        "introspection": "on",
        "per_page": 25,
        "removed_fields": [],
        "report_format": "csv",
        "report_done_suffix": "",
    }
    choices: ClassVar[Choices] = {
        "profile": ("extended", "documented"),
        "introspection": ("on", "off"),
        "report_format": report_files.FORMATS,
    }
    routes = (
        Route("POST", "/graphql", "graphql", body=("application/json",)),
        Route(
            "GET",
            "/api/v4/products.json",
            "rest_products",
            query={
                "page": integer(1, 100_000),
                "q[isbn_eq]": text,
                "q[work_title_cont]": text,
                "q[pub_date_eq]": text,
                "q[id_eq]": integer(1, 10**9),
                "q[shops_id_eq]": integer(1, 10**9),
            },
        ),
        # The calendar's link is its key; among the reports it is a file like the others.
        *(Route(method, f"/__files__/{report_files.CALENDAR}", "calendar", query={"key": text}, open=True) for method in ("HEAD", "GET")),
        *(Route(method, "/__files__/<name>", "report_file") for method in ("HEAD", "GET")),
    )

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.records = Records(world.store)
        self._schemas: dict[tuple[Any, ...], GraphQLSchema] = {}
        self._codes: list[set[str]] = []

    def authenticate(self, request: Request) -> None:
        """Bearer for GraphQL and files, Token for REST."""
        wanted = f"Token token={KEY}" if "/api/" in request.path else f"Bearer {KEY}"
        if request.headers.get("Authorization") != wanted:
            raise RefusedError(401, "unauthorised", "401: You need to authenticate to access the API")

    def refusal(self, refused: RefusedError) -> Response:
        """`{"message": "401: ..."}`."""
        message = refused.message if refused.status == 401 else f"{refused.status}: {refused.message}"
        return as_json({"message": message}, refused.status)

    def load(self, records: Mapping[str, list[dict[str, Any]]]) -> dict[str, int]:
        """Take a catalogue."""
        made = self.records.add(records)
        self._read_codes()
        return made

    def change(self, records: Mapping[str, list[dict[str, Any]]]) -> dict[str, int]:
        """Edit records as a person would: the revision rises, and the work's products count as changed."""
        changed = {name: [self.records.edited(name, row, stamp(self.world.now)) for row in rows] for name, rows in records.items()}
        references.check({self.name: changed}, "change", self.records.known())
        made = self.load(changed)
        works = {row["id"] if name == "works" else row.get("workId") for name, rows in changed.items() for row in rows}
        for work_id in set(self.records.table("works")) & works:
            touch(self.world, self.records, work_id)
        self.records.index()
        return made

    def graphql(self, call: Call) -> Response:
        """One GraphQL request."""
        given = call.json()
        if not isinstance(given, dict) or not isinstance(given.get("query"), str):
            raise RefusedError(400, "malformed", "Bad request")
        if unknown := sorted(set(given) - {"query", "variables", "operationName"}):
            raise RefusedError(400, "unknown_member", "Bad request", name=unknown[0])
        schema, shape = self._schema()
        try:
            document = queries.parsed(given["query"])
        except GraphQLError as problem:
            return as_json({"errors": [queries.shown(problem, None)]})
        if "__schema" in given["query"] and (self.setting("introspection") != "on" or self._fault("refuse_introspection")):
            return as_json({"errors": [{"message": "Introspection is not allowed", "extensions": {"code": "forbidden"}}]})
        problems = queries.once(("problems", shape, given["query"]), lambda: validate(schema, document)) or queries.unused(
            document, given.get("variables")
        )
        if problems:
            return as_json({"errors": [queries.shown(problem, schema) for problem in problems]})
        if queries.is_about_the_schema(document) and not given.get("variables") and not self._fault("data_with_errors"):
            body = queries.once(
                ("schema", shape, given["query"], given.get("operationName")), lambda: self._execute(schema, document, given).data
            )
            return Response(body, content_type=JSON)
        return self._execute(schema, document, given)

    def rest_products(self, call: Call) -> Response:
        """One page of the old product list."""
        return as_json(product_list(self.records, call.query, self.setting("per_page"), call.request.base_url))

    def calendar(self, call: Call) -> Response:
        """The to-dos as an iCalendar feed, for whoever has the link or the key."""
        if "key" not in call.query:
            self.authenticate(call.request)
        elif call.query["key"] != KEY:
            raise RefusedError(401, "unauthorised", "401: You need to authenticate to access the API")
        return self._file(report_files.CALENDAR)

    def report_file(self, call: Call) -> Response:
        """One report file, or the mark that it is whole."""
        return self._file(call.path["name"])

    def _file(self, name: str) -> Response:
        """A report of this morning; with faults one of some days ago, or one that is being written."""
        suffix = self.setting("report_done_suffix")
        is_mark = bool(suffix) and name.endswith(suffix)
        is_half = self._fault("half_report", "GET")
        body = report_files.content(self.records, name.removesuffix(suffix) if is_mark else name, self.setting("report_format"))
        if body is None or (is_mark and is_half):
            raise RefusedError(404, "not_found", "there is no such file")
        made = report_files.made_at(self.world.now, days_ago=int(self._fault("stale_report", "GET") or 0))
        if is_half:
            body, made = body[: len(body) // 2], self.world.now
        return report_files.as_answer(b"" if is_mark else body, name, made)

    def _execute(self, schema: GraphQLSchema, document: DocumentNode, given: dict[str, Any]) -> Response:
        result = execute_sync(
            schema, document, root_value=self._root(), variable_values=given.get("variables"), operation_name=given.get("operationName")
        )
        answer: dict[str, Any] = {}
        if result.errors:
            answer["errors"] = [queries.shown(problem, schema) for problem in result.errors]
        if result.data is not None:
            answer["data"] = result.data
        if self._fault("data_with_errors"):
            answer["errors"] = [{"message": "Something went wrong", "extensions": {"code": "internal"}}]
        if any(getattr(part, "operation", None) is OperationType.MUTATION for part in document.definitions):
            self._read_codes()
        return as_json(answer)

    def _read_codes(self) -> None:
        """A schema takes long to build, and only these lists in it come from the data."""
        codes = [read(self.records) for read in OPEN_ENUMS.values()]
        if codes != self._codes:
            self._codes = codes
            self._schemas.clear()

    def _root(self) -> dict[str, Any]:
        cap = self.setting("page_cap")

        def products(_info: Any, productSearch: Any = None, workSearch: Any = None, priceSearch: Any = None) -> list[Any]:  # noqa: ARG001 - the contract's arguments
            search = productSearch or {}
            fits = product_search(self.records, search)
            if workSearch:
                of_work, works = work_fits(self.records, workSearch), self.records.table("works")
                fits = both(fits, lambda row: of_work(works[row["workId"]]))
            if "isbn13In" in search or "isbn13Eq" in search:
                wanted = search.get("isbn13In") or [search["isbn13Eq"]]
                after = search.get("after") or 0
                found = sorted((r for r in self.records.by_isbn(set(wanted)) if fits(r) and r["id"] > after), key=lambda r: r["id"])
                return found[: cap or None]
            return self._spoilt(self.records.page("products", search.get("after"), fits, cap), search)

        def works(_info: Any, workSearch: Any = None, productSearch: Any = None) -> list[Any]:
            fits = work_fits(self.records, workSearch or {})
            if productSearch:
                of_product = product_search(self.records, productSearch)
                fits = both(fits, lambda row: any(map(of_product, self.records.products_of(row["id"]))))
            return self.records.page("works", (workSearch or {}).get("after"), fits, cap)

        def contacts(_info: Any, contactSearch: Any = None) -> list[Any]:
            search = contactSearch or {}
            part = (search.get("personNameCont") or "").lower()

            def fits(row: Row) -> bool:
                return search.get("idEq") in (None, row["id"]) and part in (row.get("personName") or row.get("name") or "").lower()

            return self.records.page("contacts", search.get("after"), fits, cap)

        def contracts(_info: Any, contractSearch: Any = None) -> list[Any]:
            search = contractSearch or {}
            return self.records.page("contracts", search.get("after"), lambda r: search.get("idEq") in (None, r["id"]), cap)

        def first(many: Any) -> Any:
            return lambda info, **search: next(iter(many(info, **search)), None)

        return {
            "products": products,
            "product": first(products),
            "works": works,
            "work": first(works),
            "contacts": contacts,
            "contracts": contracts,
            "contract": first(contracts),
            "client": lambda _info: client(self.records),
            **mutations.root(self.world, self.records),
            **extension.root(self.world, self.records),
        }

    def _spoilt(self, page: list[Any], search: Mapping[str, Any]) -> list[Any]:
        if self._fault("unordered_ids"):
            return page[::-1]
        if search.get("after") and self._fault("repeated_page"):
            return self.records.page("products", None, lambda _: True, self.setting("page_cap"))
        return page

    def _schema(self) -> tuple[GraphQLSchema, tuple[Any, ...]]:
        """The account's schema, and what makes it look as it does: sandboxes of one shape have schemas that read the same."""
        removed = frozenset(self.setting("removed_fields"))
        if fault := self._fault("remove_field"):
            removed |= {str(fault)}
        key = (self.setting("profile"), tuple(self.setting("features_off")), removed)
        if key not in self._schemas:
            off = extension.fields_off(self.setting("features_off"))
            self._schemas[key] = make_schema(self.records, extended=self.setting("profile") == "extended", removed=removed | off)
        return self._schemas[key], (*key, *map(frozenset, self._codes))

    def _fault(self, kind: str, method: str = "POST") -> Any:
        """The value of a planned fault of this kind that fires now, or None."""
        for fault in self.faults.planned.values():
            if fault.kind == kind and fault.fits(self.name, fault.match.get("method", method), fault.match.get("path", "/graphql")):
                return fault.value or True
        return None
