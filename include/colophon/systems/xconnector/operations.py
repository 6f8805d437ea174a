"""The calls of contract XC-1 (section 5), declared: what they do, and what may be done when an answer is lost."""

from colophon.http.operation import DeliveryClass, Operation

_NOT_TAKEN = frozenset({503})
_A, _B, _C = DeliveryClass.A, DeliveryClass.B, DeliveryClass.C

INFO = Operation("info", "GET", "/v1/info")
# Refusals of an event come back as an answer, because they are a verdict on that event and not on the call.
SEND_ONE = Operation("send", "POST", "/v1/messages", _A, _NOT_TAKEN, expect=frozenset({200, 202, 400, 409, 410, 413, 415, 422}))
SEND_BATCH = Operation("send_batch", "POST", "/v1/messages", _A, _NOT_TAKEN, expect=frozenset({202, 413, 415}))
GET_STATUS = Operation("get_status", "GET", "/v1/messages/{message_id}")
LIST_MESSAGES = Operation("iter_messages", "GET", "/v1/messages")
REDELIVER = Operation("redeliver", "POST", "/v1/messages/{message_id}/redeliver", _A, _NOT_TAKEN, expect=frozenset({202}))
CANCEL = Operation("cancel", "POST", "/v1/messages/{message_id}/cancel", _B, _NOT_TAKEN)
HAS_PAYLOAD = Operation("has_payload", "HEAD", "/v1/payloads/{sha256}", accept="*/*", expect=frozenset({200, 404}))
PUT_PAYLOAD = Operation("put_payload", "PUT", "/v1/payloads/{sha256}", _B, _NOT_TAKEN, expect=frozenset({200, 201}))
GET_PAYLOAD = Operation("get_payload", "GET", "/v1/payloads/{sha256}", accept="*/*")
LIST_ROUTES = Operation("routes", "GET", "/v1/routes")
PUT_ROUTE = Operation("put_route", "PUT", "/v1/routes/{id}", _B, _NOT_TAKEN, expect=frozenset({200, 201}))
LIST_TARGETS = Operation("targets", "GET", "/v1/targets")
# Fetching leases items, and that is undone by itself: what a lost answer held comes again when its lease ends.
FETCH_INBOX = Operation("fetch_inbox", "GET", "/v1/inbox")
ACK = Operation("ack", "POST", "/v1/inbox/ack", _C, _NOT_TAKEN)
NACK = Operation("nack", "POST", "/v1/inbox/nack", _C, _NOT_TAKEN)
LIST_PARKED = Operation("iter_parked", "GET", "/v1/inbox/parked")
PUT_CALLBACK = Operation("register_callback", "PUT", "/v1/callbacks/{id}", _B, _NOT_TAKEN, expect=frozenset({200, 201}))

# Mode cloudevents_webhook: any URL that takes one CloudEvent; (source, id) names it for ever.
POST_EVENT = Operation(
    "post_event", "POST", "", _A, _NOT_TAKEN, accept="*/*", expect=frozenset({200, 201, 202, 204, 400, 409, 410, 413, 415, 422})
)

OPERATIONS = (
    INFO,
    SEND_ONE,
    SEND_BATCH,
    GET_STATUS,
    LIST_MESSAGES,
    REDELIVER,
    CANCEL,
    HAS_PAYLOAD,
    PUT_PAYLOAD,
    GET_PAYLOAD,
    LIST_ROUTES,
    PUT_ROUTE,
    LIST_TARGETS,
    FETCH_INBOX,
    ACK,
    NACK,
    LIST_PARKED,
    PUT_CALLBACK,
    POST_EVENT,
)
