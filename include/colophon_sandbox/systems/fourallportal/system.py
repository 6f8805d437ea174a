"""The routes of 4ALLPORTAL, in the contract's order (sections 1 and 3)."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from werkzeug.http import dump_options_header
from werkzeug.wrappers import Request, Response

from colophon_sandbox.settings import Choices
from colophon_sandbox.system import Call, RefusedError, Route, System, as_json, integer, one_of, text
from colophon_sandbox.systems.fourallportal.hooks import Hooks
from colophon_sandbox.systems.fourallportal.legacy import LOGIN, PASSWORD, Legacy
from colophon_sandbox.systems.fourallportal.modules import MODULES, check_id, described, fields_of
from colophon_sandbox.systems.fourallportal.mount import Mount, is_path
from colophon_sandbox.systems.fourallportal.objects import Objects, check_fields, shown
from colophon_sandbox.world import Row, World

KEY = "00000000-0000-4000-8000-000000000000"
JSON = "application/json"
DERIVATES = ("small", "medium", "large")
FIELDS = {"fields": text}
LIST = {**FIELDS, "offset": integer(0, 10**9), "limit": integer(1, 10**6), "totalCount": one_of("true", "false")}
TEMPLATE = {"event": "{event}", "module": "{module}", "objectId": "{objectId}"}
_PHRASES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict"}


class Fourallportal(System):
    """The portal of one customer."""

    name = "fourallportal"
    settings: ClassVar[dict[str, Any]] = {
        "patch_semantics": "replace",  # or merge: entries of other dimensions stay
        "page_max": 200,  # a larger limit is refused
        "order": "id",  # or shuffled
        "indexing_seconds": 2,  # from an event of the mounted folder to the object
        "roles": {},  # module, or dav: write (default), read, none
        "key_state": "active",  # or disabled, expired
        "left_out": [],  # ids that a PATCH neither writes nor names in its answer
        "max_upload_bytes": 50_000_000,
        "original_usage": "original",  # the usage that gives the file itself
        "health_open": True,
        "connector_name": "colophon",
        "connector_version": 1,  # another value: another configHash
        "legacy_code": 0,  # not 0: what the feed answers to everything
        "webhook_url": None,
        "webhook_secret": "whsec_c2FuZGJveC1ub3QtYS1zZWNyZXQtMDAwMA==",
        "webhook_scheme": "shared_secret",  # or none
        "webhook_template": TEMPLATE,
    }
    choices: ClassVar[Choices] = {
        "patch_semantics": ("replace", "merge"),
        "order": ("id", "shuffled"),
        "key_state": ("active", "disabled", "expired"),
        "legacy_code": (0, -1, 1, 2),
        "webhook_scheme": ("shared_secret", "none"),
    }
    routes = (
        Route("GET", "/health", "health", open=True),
        Route("GET", "/api/modules/<module>", "get_module", query={"groups": one_of("fields")}),
        Route("GET", "/api/modules/<module>/objects", "list_objects", query=LIST, repeatable=("fields",)),
        Route("GET", "/api/modules/<module>/objects/<object_id>", "get_object", query=FIELDS, repeatable=("fields",)),
        Route("PATCH", "/api/modules/<module>/objects", "patch_objects", body=(JSON,)),
        Route("DELETE", "/api/modules/<module>/objects/<object_id>", "delete_object"),
        Route("GET", "/api/modules/file/objects/<object_id>/media/<usage>", "media"),
        Route("PUT", "/dav/<path:path>", "dav_put", body=("*/*",)),
        Route("MKCOL", "/dav/<path:path>", "dav_mkcol"),
        Route("MOVE", "/dav/<path:path>", "dav_move"),
        Route("DELETE", "/dav/<path:path>", "dav_delete"),
        Route("POST", "/api/extensions/dam/mounts/data/events/<kind>", "mount_event", body=(JSON,)),
        Route("POST", "/api/upload", "rest_upload", body=("multipart/form-data",)),
        Route("POST", "/service/usermanagement/login", "login", body=(JSON,), open=True),
        Route("POST", "/rest/LoginRemoteService/logout", "logout", body=(JSON,), open=True),
        Route("POST", "/rest/PAPRemoteService/<verb>", "legacy_call", body=(JSON,), open=True),
    )

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.objects, self.hooks = Objects(world), Hooks(world)
        self.mount, self.legacy = Mount(world, self.objects), Legacy(world, self.objects)
        self.objects.listeners.append(self.hooks.emit)

    def load(self, records: Mapping[str, list[Row]]) -> dict[str, int]:
        """Objects by module as the API shows them, faults and all; a file may have `content` (text) or `contentBase64`. `folders` are `{path}`."""
        if unknown := sorted(set(records) - set(MODULES) - {"folders"}):
            raise RefusedError(400, "bad_seed", f"fourallportal takes modules and folders, not {unknown[0]}")
        for row in records.get("folders", []):
            self.mount.folders.put(row["path"], {})
        for module in MODULES:
            for row in records.get(module, []):
                values = {name: value for name, value in row.items() if name not in {"id", "content", "contentBase64"}}
                content = base64.b64decode(row["contentBase64"]) if "contentBase64" in row else None
                content = row["content"].encode() if "content" in row else content
                self.objects.put(module, values, object_id=row.get("id"), content=content)
        return super().load(records)

    def tick(self, now: datetime) -> int:
        """Index what is due, and send web hooks."""
        return self.mount.work(now) + self.hooks.work(self.faults)

    def authenticate(self, request: Request) -> None:
        """Bearer key; the mounted folder takes Basic as well."""
        given = request.headers.get("Authorization", "")
        pair = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
        if given == f"Basic {pair}" and request.path.startswith("/fourallportal/dav/"):
            return
        state = self.setting("key_state")
        if given != f"Bearer {KEY}" or state != "active":
            raise RefusedError(401, "unauthorised", f"the key is missing, wrong, or {state}")

    def refusal(self, refused: RefusedError) -> Response:
        """An error as it is assumed (contract section 7)."""
        phrase = _PHRASES.get(refused.status, "Refused")
        body = {"status": refused.status, "error": phrase, "message": refused.message, "path": ""}
        return as_json(body, refused.status)

    def health(self, _call: Call) -> Response:
        """Whether the portal is up; may be closed to the outside."""
        if not self.setting("health_open"):
            raise RefusedError(403, "closed", "closed to the outside")
        return as_json({"status": "UP"})

    def get_module(self, call: Call) -> Response:
        """A module; its fields only where they are asked for."""
        module = self._may(call.path["module"], "read")
        found = described(module)
        return as_json(found if call.query.get("groups") else {name: found[name] for name in ("name", "label")})

    def list_objects(self, call: Call) -> Response:
        """A page of objects."""
        module = self._may(call.path["module"], "read")
        fields, limit = call.query.get("fields", []), call.query.get("limit", 100)
        check_fields(module, fields)
        if limit > self.setting("page_max"):
            raise RefusedError(400, "bad_parameter", f"limit is at most {self.setting('page_max')}", name="limit")
        rows, total = self.objects.page(module, call.query.get("offset", 0), limit, self.setting("order"))
        counted = {"total_count": total} if call.query.get("totalCount") == "true" else {}
        return as_json({**counted, "result": [shown(row, fields) for row in rows]})

    def get_object(self, call: Call) -> Response:
        """One object."""
        module = self._may(call.path["module"], "read")
        fields = call.query.get("fields", [])
        check_fields(module, fields)
        return as_json(shown(self.objects.get(module, check_id(call.path["object_id"])), fields))

    def patch_objects(self, call: Call) -> Response:
        """Create and update; ids in the order given."""
        module = self._may(call.path["module"], "write")
        return as_json(self.objects.patch(module, call.json(), self.setting("patch_semantics"), self.setting("left_out")))

    def delete_object(self, call: Call) -> Response:
        """Remove an object."""
        module = self._may(call.path["module"], "write")
        self.objects.delete(module, check_id(call.path["object_id"]))
        return Response(status=204)

    def media(self, call: Call) -> Response:
        """The file itself, or a derivate of it."""
        self._may("file", "read")
        row = self.objects.get("file", check_id(call.path["object_id"]))
        usage, original = call.path["usage"], self.setting("original_usage")
        if usage not in (*DERIVATES, original) or "content" not in row:
            raise RefusedError(404, "unknown_usage", "there is no such media")
        content = base64.b64decode(row["content"])
        name = (row["values"].get("name") or [{"value": "file"}])[0]["value"]
        told = dump_options_header("attachment", {"filename": name})
        body = content if usage == original else f"{usage} of ".encode() + content[:64]
        return Response(body, content_type="application/octet-stream", headers={"Content-Disposition": told})

    def dav_put(self, call: Call) -> Response:
        """Put a file on the mounted folder."""
        self._may_dav()
        self._check_size(call.body)
        return Response(status=self.mount.put(_path(call), call.body))

    def dav_mkcol(self, call: Call) -> Response:
        """Make a folder."""
        self._may_dav()
        return Response(status=self.mount.make_folder(_path(call)))

    def dav_move(self, call: Call) -> Response:
        """Move a file."""
        self._may_dav()
        overwrite = call.request.headers.get("Overwrite", "T") == "T"
        return Response(status=self.mount.move(_path(call), call.request.headers.get("Destination"), overwrite=overwrite))

    def dav_delete(self, call: Call) -> Response:
        """Remove a file or an empty folder."""
        self._may_dav()
        return Response(status=self.mount.delete(_path(call)))

    def mount_event(self, call: Call) -> Response:
        """Tell the DAM that a mounted file changed."""
        self._may("file", "write")
        self.mount.tell(call.path["kind"], call.json())
        return Response(status=204)

    def rest_upload(self, call: Call) -> Response:
        """One way in which an upload by REST may look: the file is seen without an event."""
        self._may("file", "write")
        self._may_dav()
        with call.request as request:  # closes the files of the form
            if set(request.files) != {"file"} or set(request.form) != {"path"}:
                raise RefusedError(400, "malformed", "the form has file and path")
            content, path = request.files["file"].read(), request.form["path"]
        if not is_path(path):
            raise RefusedError(400, "bad_value", "path is no path", name="path")
        self._check_size(content)
        status = self.mount.put(path, content)
        self.mount.tell("CREATE" if status == 201 else "UPDATE", {"path": path})
        return Response(status=status)

    def login(self, call: Call) -> Response:
        """Open a session of the older API."""
        return self.legacy.login(call.json())

    def logout(self, call: Call) -> Response:
        """Close one."""
        return self.legacy.logout(call.json())

    def legacy_call(self, call: Call) -> Response:
        """A verb of the older API."""
        return self.legacy.call(call.request, call.path["verb"], call.json())

    def _may(self, module: str, right: str) -> str:
        fields_of(module)
        given = self.setting("roles").get(module, "write")
        if given not in {"write", right}:
            raise RefusedError(403, "forbidden", f"the user's role may not {right} {module}")
        return module

    def _may_dav(self) -> None:
        if self.setting("roles").get("dav", "write") != "write":
            raise RefusedError(403, "forbidden", "the user's role may not write this folder")

    def _check_size(self, content: bytes) -> None:
        if len(content) > self.setting("max_upload_bytes"):
            raise RefusedError(413, "too_large", "the file is too large")


def _path(call: Call) -> str:
    return "/" + str(call.path["path"]).rstrip("/")
