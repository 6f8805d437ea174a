"""The form of xConnector's connection type."""

from typing import Any

from colophon_airflow.systems.form_fields import HTTP_FIELDS, PORT, hook_fields, number, secret, switch, text

FORM: dict[str, Any] = {
    "connection-type": "xconnector",
    "hook-name": "xConnector",
    "hook-class-name": "colophon_airflow.systems.xconnector.hook.XConnectorHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "login"],
        "relabeling": {"port": PORT, "host": "Address (EXT)", "password": "Bearer token (EXT)"},
        "placeholders": {"port": "0", "host": "https://middleware.example.com", "password": "token"},
    },
    "conn-fields": {
        "mode": text("Mode (EXT)", "What the other side speaks.", "xc1", enum=["xc1", "cloudevents_webhook", "file_drop"]),
        "source": text("Source (DOC)", "The `source` of our CloudEvents.", "/colophon/default"),
        "payload_mode": text("Large content (EXT)", "By signed link from our storage, or uploaded.", "link", enum=["link", "upload"]),
        "deliver_within": number("Deliver within (s, EXT)", "How long a run waits for the targets.", 7200),
        "manage_routes": switch("Manage routes (EXT)", "Whether Colophon may change the middleware's routes."),
        "type_prefix": text("Type prefix (EXT)", "How types of our events begin.", "colophon."),
        "inline_max_bytes": number("Inline limit (bytes, EXT)", "Larger data travels as payload.", 49152, minimum=1, maximum=65536),
        "batch_size": number("Events a batch (EXT)", "At most so many.", 100, minimum=1, maximum=100),
        "batch_bytes": number("Bytes of a batch (EXT)", "At most so many.", 1048576, minimum=65536),
        "payload_hosts": text("Payload hosts (EXT)", "Hosts, parted by blanks, from which inbound content may be fetched."),
        "lease_seconds": number("Lease (s, EXT)", "How long items of the inbox are ours.", 300, minimum=10, maximum=3600),
        "inbox_batch": number("Inbox items (EXT)", "At most so many at once.", 100, minimum=1),
        "callback_id": text("Callback id (EXT)", "Under which our receiver is registered.", "colophon"),
        "drop_location": text("Drop folder", "For file_drop: folder or bucket."),
        "drop_conn_id": text("Drop folder's connection", "For file_drop: connection whose extra opens that place."),
        "seal_key": secret(
            "Key of sealed values", "32 characters or more; tax and bank details of parties are kept under it. A former one behind it."
        ),
        **hook_fields(),
        **HTTP_FIELDS,
    },
}
