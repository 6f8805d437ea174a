"""What the middleware keeps beside messages: payloads, routes, targets, inbox, callbacks (contract sections 6, 8, 9, 10)."""

import base64

from werkzeug.wrappers import Response

from colophon_sandbox.system import Call, RefusedError, System, as_json
from colophon_sandbox.systems.xconnector.answers import Answers
from colophon_sandbox.systems.xconnector.callbacks import Callbacks
from colophon_sandbox.systems.xconnector.inbox import Inbox
from colophon_sandbox.systems.xconnector.intake import Intake, require
from colophon_sandbox.systems.xconnector.messages import Messages
from colophon_sandbox.systems.xconnector.payloads import Payloads
from colophon_sandbox.systems.xconnector.targets import Targets
from colophon_sandbox.world import Row, World


class Resources(System):
    """The parts of the middleware, and the routes of those that are not about messages."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.build()

    def build(self) -> None:
        """The parts, as the store has them."""
        self.payloads, self.targets, self.inbox = Payloads(self.world), Targets(self.world), Inbox(self.world)
        self.messages, self.callbacks = Messages(self.world, self.targets), Callbacks(self.world, self.inbox)
        self.intake = Intake(self.world, self.messages, self.payloads, self.targets)
        self.answers = Answers(self.world, self.inbox, self.callbacks, self.payloads)

    def has_payload(self, call: Call) -> Response:
        """200 where the payload is there, with its length and type, as for GET."""
        return self.get_payload(call) if self.payloads.get(call.path["sha256"]) else Response(status=404)

    def put_payload(self, call: Call) -> Response:
        """Keep bytes under their hash."""
        if not call.request.mimetype:
            raise RefusedError(415, "media_type", "Content-Type is missing")
        if call.request.content_length is None:
            raise RefusedError(400, "malformed", "Content-Length is missing")
        is_new = self.payloads.put(call.path["sha256"], call.body, call.request.mimetype)
        return as_json({"sha256": call.path["sha256"], "bytes": len(call.body)}, 201 if is_new else 200)

    def get_payload(self, call: Call) -> Response:
        """The bytes of a payload."""
        row = there(self.payloads.get(call.path["sha256"]))
        return Response(base64.b64decode(row["body"]), content_type=row["mediaType"])

    def list_routes(self, _call: Call) -> Response:
        """All routes."""
        return as_json({"items": list(self.intake.routes)})

    def put_route(self, call: Call) -> Response:
        """Make or replace a route."""
        return as_json(self.intake.put_route(call.path["route_id"], call.json()))

    def delete_route(self, call: Call) -> Response:
        """Remove a route; one that is not there is removed already."""
        self.intake.routes.drop(call.path["route_id"])
        return Response(status=204)

    def list_targets(self, _call: Call) -> Response:
        """All targets."""
        return as_json({"items": self.targets.shown()})

    def get_target(self, call: Call) -> Response:
        """One target."""
        name = call.path["target_id"]
        return as_json(there(self.targets.show(name) if self.targets.knows(name) else None))

    def fetch_inbox(self, call: Call) -> Response:
        """Lease the next events."""
        items, more = self.inbox.fetch(call.query.get("limit", 100), call.query.get("lease", 300))
        return as_json({"items": items, "more": more})

    def ack_inbox(self, call: Call) -> Response:
        """Done with these."""
        acked, unknown = self.inbox.ack(body_of("ack", call)["tokens"])
        return as_json({"acked": acked, "unknown": unknown})

    def nack_inbox(self, call: Call) -> Response:
        """Not now."""
        given = body_of("nack", call)
        acked, unknown = self.inbox.nack(given["tokens"], given["reason"], given.get("retryAfter", 0))
        return as_json({"acked": acked, "unknown": unknown})

    def list_parked(self, call: Call) -> Response:
        """Events that nobody could deal with."""
        return as_json(self.inbox.parked_page(call.query.get("cursor", 0), call.query.get("limit", 100)))

    def put_callback(self, call: Call) -> Response:
        """Make or replace a callback."""
        return as_json(self.callbacks.put(call.path["callback_id"], body_of("callback", call)))

    def get_callback(self, call: Call) -> Response:
        """One callback."""
        return as_json(there(self.callbacks.table.get(call.path["callback_id"])))

    def delete_callback(self, call: Call) -> Response:
        """Remove a callback; one that is not there is removed already."""
        self.callbacks.table.drop(call.path["callback_id"])
        return Response(status=204)


def there(row: Row | None) -> Row:
    """A row that must be there; RefusedError (404) where it is not."""
    if row is None:
        raise RefusedError(404, "not_found", "there is no such thing")
    return row


def body_of(name: str, call: Call) -> Row:
    """A request's body, checked by its schema."""
    given = call.json()
    require(name, given)
    return dict(given)
