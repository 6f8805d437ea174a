"""What Airflow learns of Colophon from its entry point: the connection types with their forms.

The keys of `conn-fields` are the keys of a connection's `extra` that the clients accept; none of them ever becomes a
request header.
"""

from typing import Any

Field = dict[str, Any]


def get_provider_info() -> dict[str, Any]:
    """Entry point `apache_airflow_provider`."""
    return {
        "package-name": "colophon",
        "name": "Colophon",
        "description": "Keeps a publisher's systems in step with Consonance.",
        "connection-types": [_CONSONANCE, _OPENTEXT_PUSH, _OPENTEXT_EXSTREAM, _XCONNECTOR, _FOURALLPORTAL, _BYTENITE],
        "config": {"colophon": {"description": "Where Colophon keeps its things.", "options": _OPTIONS}},
    }


def _option(description: str, default: str) -> Field:
    return {"description": description, "version_added": "0.1.0", "type": "string", "example": None, "default": default}


# Left empty, Airflow's page asks to test port 0, finds none stored, and refuses the stored secret.
_PORT = "Port: type 0"

_OPTIONS: dict[str, Field] = {
    "staging_location": _option("Folder or bucket for batches between tasks; every worker must see it.", "/var/lib/colophon/staging"),
    "config_folder": _option("The publisher's configuration folder; empty: what ships with the package.", ""),
}


def _text(label: str, description: str, default: str | None = None, **schema: object) -> Field:
    return {"label": label, "description": description, "schema": {"type": ["string", "null"], "default": default, **schema}}


def _number(label: str, description: str, default: float | None = None, **schema: object) -> Field:
    return {"label": label, "description": description, "schema": {"type": ["number", "null"], "default": default, **schema}}


def _switch(label: str, description: str, *, default: bool = False) -> Field:
    return {"label": label, "description": description, "schema": {"type": ["boolean", "null"], "default": default}}


def _object(label: str, description: str) -> Field:
    return {"label": label, "description": description, "schema": {"type": ["object", "null"], "default": None}}


def _secret(label: str, description: str) -> Field:
    return _text(label, description, format="password")


_HTTP_FIELDS: dict[str, Field] = {
    "max_concurrency": _number("Calls at once", "At most so many calls at the same time.", 4, minimum=1),
    "max_per_second": _number("Calls per second", "Empty: no limit of our own."),
    "settle_seconds": _number("Settle time (s)", "How long a lost write may take to show before it is read back.", 30),
    "start_jitter_seconds": _number("Start jitter (s)", "The first call of a run waits up to so long, at random.", 30),
    "allow_http": _switch("Allow http", "Only loopback addresses may use http unless this is on."),
    "timeouts": _object("Time limits", 'JSON in seconds, such as {"connect": 10, "read": 60, "total": 180}.'),
    "verify": _text("Verify TLS", "true, false (for a test alone), or the path of a file of authorities.", "true"),
    "cert": _text("Client certificate", "Path of a PEM file with certificate and key."),
    "proxies": _object("Proxies", 'JSON, such as {"https": "http://proxy.example.com:3128"}.'),
    "trust_env": _switch("Proxies of the environment", "Use HTTPS_PROXY and its like."),
}


def _hook_fields(default: str = "standard") -> dict[str, Field]:
    """How the system proves itself when it calls our receiver."""
    schemes = ["standard", "shared_secret", "basic"]
    return {
        "hook_scheme": _text("Callbacks", "How they are signed.", default, enum=schemes),
        "hook_secret": _secret("Callback secret", "What callbacks are signed with; several, parted by blanks, during rotation."),
    }


_BYTENITE: dict[str, Any] = {
    "connection-type": "bytenite",
    "hook-name": "ByteNite",
    "hook-class-name": "colophon_airflow.hooks.bytenite.ByteniteHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "login"],
        "relabeling": {"port": _PORT, "host": "Address (DOC)", "password": "API key (DOC)"},
        "placeholders": {"port": "0", "host": "https://media.example.com", "password": "API key"},
    },
    "conn-fields": {
        "version_prefix": _text("Version (DOC)", "First part of every path.", "/v1"),
        "service": _text("Job group (DOC)", "Announced to move to `computing`.", "customer", enum=["customer", "computing"]),
        "auth_scheme": _text("Token (DOC)", "As it is, or after `Bearer` (ASM).", "raw", enum=["raw", "bearer"]),
        "endpoint_style": _text("Paths (DOC)", "Newer or older form.", "2025", enum=["2025", "2023"]),
        "run_body": _text("Body of run (ASM)", "Limits below `config`, or flat.", "config", enum=["config", "flat"]),
        "storage_descriptor": _text("Storage (DOC)", "What the account calls S3.", "aws", enum=["aws", "s3"]),
        "secret_id": _text("Storage key (DOC)", "Id of the key that the vendor keeps."),
        "templates": _text("Templates", "JSON: kind of video -> template id.", "{}"),
        "output_location": _text("Outputs", "Folder or URL where outputs are copied to."),
        "output_conn_id": _text("Outputs' connection", "Connection whose extra opens that place."),
        "media_backend": _text("Media jobs", "`bytenite`, `local`, or what is plugged in.", "bytenite"),
        "library": _text("Video library (EXT)", "`rest`, `file`, `none`, or what is plugged in.", "rest"),
        "library_prefix": _text("Library's prefix (EXT)", "First part of its paths.", "/v1/library"),
        "when_gone": _text("When the vendor is gone", "Fail, or skip the media step.", "fail", enum=["fail", "skip"]),
        "job_timeout": _number("Job limit (s)", "So long a job may take.", 86400, minimum=1),
        "task_timeout": _number("Task limit (s)", "So long one part of a job may take.", 3600, minimum=1),
        "max_attempts": _number("Attempts", "So often a failed job may be done.", 2, minimum=1),
        **_hook_fields(),
        **_HTTP_FIELDS,
        "max_concurrency": _number("Calls at once", "At most so many calls at the same time.", 2, minimum=1),
    },
}

_CONSONANCE: dict[str, Any] = {
    "connection-type": "consonance",
    "hook-name": "Consonance",
    "hook-class-name": "colophon_airflow.hooks.consonance.ConsonanceHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "login"],
        "relabeling": {"port": _PORT, "host": "Address (DOC)", "password": "API key (DOC)"},
        "placeholders": {"port": "0", "host": "https://web.consonance.app", "password": "32 letters and digits"},
    },
    "conn-fields": {
        "profile": _text("Profile (EXT)", "auto: find out what the account can do.", "auto", enum=["auto", "documented", "extended"]),
        "write_mode": _text("Writes (ASM)", "Where changes go: a sheet for a person, or mutations.", "tray", enum=["tray", "mutations"]),
        "overlap_days": _number("Overlap (days, ASM)", "How far each read reaches back beyond the last good run.", 2, minimum=0),
        "time_zone": _text("Time zone (ASM)", "Whose midnight `changedSince` means.", "Europe/London"),
        "schema_cache_hours": _number("Schema cache (h)", "How long the account's introspected schema is trusted.", 24),
        "graphql_path": _text("GraphQL path (DOC)", "Path of the GraphQL endpoint.", "/graphql"),
        "rest_path": _text("REST path (DOC)", "Path of the older product list.", "/api/v4"),
        "rest_conn_id": _text("REST connection (ASM)", "Connection whose password is the key of that list; empty: the same key."),
        "default_currency": _text("Currency (ASM)", "Of sums that name none, such as those in reports.", "GBP"),
        "mutation_batch": _number("Changes at once (ASM)", "So many mutations go in one call.", 20, minimum=1),
        "reports_location": _text("Reports (ASM)", "Folder, s3:// or https:// address of report files; empty: there are none."),
        "reports_conn_id": _text(
            "Reports' connection", "Its login and password, or its password as a key, open an address; its extra (fsspec) a bucket."
        ),
        "reports_max_age_hours": _number("Oldest report (h, ASM)", "An older file is waited for.", 36, minimum=1),
        "reports_done_suffix": _text("Mark of whole reports (ASM)", "A file counts once `<name><suffix>` is there; empty: once it rests."),
        "ical_url": _secret("Calendar link (DOC)", "To-dos as an iCalendar feed; the link is a key."),
        **_HTTP_FIELDS,
        "max_concurrency": _number("Calls at once (ASM)", "The vendor's limits are unknown: one at a time.", 1, minimum=1),
    },
}

_OPENTEXT_PUSH: dict[str, Any] = {
    "connection-type": "opentext_push",
    "hook-name": "OpenText Push Notifications",
    "hook-class-name": "colophon_airflow.hooks.opentext_push.OpentextPushHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {
            "port": _PORT,
            "host": "Address (DOC)",
            "login": "User or client id (DOC)",
            "password": "Password or client secret (DOC)",
        },
        "placeholders": {"port": "0", "host": "https://api.eu.cloudmessaging.opentext.com/mra/v1", "login": "user", "password": "password"},
    },
    "conn-fields": {
        "account": _text("Account", "Prefix of our message ids: up to 39 small letters and digits, needed.", pattern="^[a-z0-9]{0,39}$"),
        "auth": _text("Credentials (DOC)", "How the account lets us in; oauth2 is ASM for push.", "basic", enum=["basic", "oauth2"]),
        "tenant": _text("Tenant (DOC)", "For oauth2: the tenant in the token's address."),
        "region": _text("Region (DOC)", "For oauth2: the region in the token's address."),
        "token_url": _text("Token address", "For oauth2: the whole address, where it is another one."),
        "dedupe": _text(
            "Repeats (ASM)",
            "none: a lost answer is not repeated. message_id: only when the vendor has confirmed that the parser honours our ids.",
            "none",
            enum=["none", "message_id"],
        ),
        "dedupe_hours": _number("Ids kept (h, ASM)", "How long the vendor remembers our ids.", 24, minimum=2),
        "fallback_channel": _text("Without a device", "How people without a live device are told.", "none", enum=["none", "email", "sms"]),
        "parser_path": _text("Parser path (DOC)", "Where push files go.", "/utils/parser"),
        "status_path": _text("Status path (ASM)", "Where the status of a job is asked.", "/outbound/push/status"),
        "status_many_path": _text("Statuses path (ASM)", "Where the statuses of several jobs are asked.", "/outbound/push/status"),
        "file_format": _text("File format (ASM)", "What stands inside a push file.", "assumed-1", enum=["assumed-1"]),
        "chunk_size": _number("Messages in a file", "At most so many.", 500, minimum=1, maximum=500),
        "max_file_bytes": _number("Bytes of a file (ASM)", "A larger file is not sent.", 5_242_880, minimum=1),
        "transport": _text(
            "Transport", "mra: the messaging API. fcm: straight to Google, a lost answer is never repeated.", "mra", enum=["mra", "fcm"]
        ),
        "fcm_project": _text("Google project", "For transport fcm."),
        "fcm_host": _text("Google address (DOC)", "For transport fcm.", "https://fcm.googleapis.com"),
        "fcm_credentials": _secret("Google credentials (DOC)", "For transport fcm: the service account's key file, as JSON."),
        "hook_scheme": _text("Callbacks (ASM)", "How the vendor proves itself.", "basic", enum=["basic", "shared_secret", "standard"]),
        "hook_login": _text("Callback user", "For Basic callbacks."),
        "hook_secret": _secret("Callback secret", "Password or secret of callbacks."),
        **_HTTP_FIELDS,
        "max_per_second": _number("Calls per second (ASM)", "The vendor's limits are not public.", 5),
    },
}

_XCONNECTOR: dict[str, Any] = {
    "connection-type": "xconnector",
    "hook-name": "xConnector",
    "hook-class-name": "colophon_airflow.hooks.xconnector.XConnectorHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "login"],
        "relabeling": {"port": _PORT, "host": "Address (EXT)", "password": "Bearer token (EXT)"},
        "placeholders": {"port": "0", "host": "https://middleware.example.com", "password": "token"},
    },
    "conn-fields": {
        "mode": _text("Mode (EXT)", "What the other side speaks.", "xc1", enum=["xc1", "cloudevents_webhook", "file_drop"]),
        "source": _text("Source (DOC)", "The `source` of our CloudEvents.", "/colophon/default"),
        "payload_mode": _text("Large content (EXT)", "By signed link from our storage, or uploaded.", "link", enum=["link", "upload"]),
        "deliver_within": _number("Deliver within (s, EXT)", "How long a run waits for the targets.", 7200),
        "manage_routes": _switch("Manage routes (EXT)", "Whether Colophon may change the middleware's routes."),
        "type_prefix": _text("Type prefix (EXT)", "How types of our events begin.", "colophon."),
        "inline_max_bytes": _number("Inline limit (bytes, EXT)", "Larger data travels as payload.", 49152, minimum=1, maximum=65536),
        "batch_size": _number("Events a batch (EXT)", "At most so many.", 100, minimum=1, maximum=100),
        "batch_bytes": _number("Bytes of a batch (EXT)", "At most so many.", 1048576, minimum=65536),
        "payload_hosts": _text("Payload hosts (EXT)", "Hosts, parted by blanks, from which inbound content may be fetched."),
        "lease_seconds": _number("Lease (s, EXT)", "How long items of the inbox are ours.", 300, minimum=10, maximum=3600),
        "inbox_batch": _number("Inbox items (EXT)", "At most so many at once.", 100, minimum=1),
        "callback_id": _text("Callback id (EXT)", "Under which our receiver is registered.", "colophon"),
        "drop_location": _text("Drop folder", "For file_drop: folder or bucket."),
        "drop_conn_id": _text("Drop folder's connection", "For file_drop: connection whose extra opens that place."),
        **_hook_fields(),
        **_HTTP_FIELDS,
    },
}

_FOURALLPORTAL: dict[str, Any] = {
    "connection-type": "fourallportal",
    "hook-name": "4ALLPORTAL",
    "hook-class-name": "colophon_airflow.hooks.fourallportal.FourallportalHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {
            "port": _PORT,
            "host": "Address (DOC)",
            "password": "API key (DOC)",
            "login": "Login (DOC, legacy feed and WebDAV only)",
        },
        "placeholders": {"port": "0", "host": "https://tenant.example.com", "password": "a UUID"},
    },
    "conn-fields": {
        "api_prefix": _text("API prefix (DOC)", "Path of the REST API below the address.", "/api"),
        "mapping": _text(
            "Mapping", "Our facts and the portal's fields; below the configuration folder.", "config/fourallportal/mapping.yaml"
        ),
        "login_password": _text("Login password (DOC)", "Secret; for the login above.", format="password"),
        "locale": _text("Locale", "The portal's main language.", "en_GB"),
        "page_size": _number("Page size (ASM)", "Objects a page; the portal's maximum is unknown.", 100, minimum=1),
        "patch_batch": _number("Objects a write (ASM)", "At most so many objects in one PATCH.", 50, minimum=1),
        "read_back": _switch("Read back", "Confirm each write by reading the changed fields.", default=True),
        "change_source": _text("Changes (DOC)", "How changes are noticed.", "scan", enum=["scan", "legacy"]),
        "connector_name": _text("Connector (DOC)", "Name of the connector of the legacy feed.", "colophon"),
        "upload_mode": _text("Uploads (ASM)", "How files get there.", "webdav", enum=["webdav", "rest", "none"]),
        "webdav_url": _text("WebDAV address (DOC)", "The mounted folder."),
        "webdav_auth": _text("WebDAV credentials (ASM)", "The API key, or the login.", "bearer", enum=["bearer", "basic"]),
        "rest_upload_path": _text("REST upload path (ASM)", "For uploads by rest."),
        "query_param": _text("Filter parameter (ASM)", "Empty: lists are read whole."),
        "media_original_usage": _text("Usage of originals (ASM)", "Name of the usage that gives a file itself."),
        **_hook_fields("shared_secret"),
        "hook_secret": _secret("Callback secret (ASM)", "What the header X-Colophon-Secret must say."),
        **_HTTP_FIELDS,
    },
}

_OPENTEXT_EXSTREAM: dict[str, Any] = {
    "connection-type": "opentext_exstream",
    "hook-name": "OpenText Exstream",
    "hook-class-name": "colophon_airflow.hooks.opentext_exstream.OpentextExstreamHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {"port": _PORT, "host": "Address (DOC)", "login": "Client id (DOC)", "password": "Client secret (DOC)"},
        "placeholders": {
            "port": "0",
            "host": "https://communication.us.api.opentext.com",
            "login": "client id",
            "password": "client secret",
        },
    },
    "conn-fields": {
        "domain": _text("Domain (DOC)", "A set of resources, such as acme-test."),
        "production": _switch("Production (DOC)", "The domain costs a licence transaction for each customer; both sides must say so."),
        "tenant": _text("Tenant (DOC)", "The token endpoint is discovered by it, unless one is given."),
        "token_url": _text("Token URL (DOC)", "Instead of discovery."),
        "otds_url": _text("OTDS URL (DOC)", "Instead of discovery; own servers with /otdsws at its end."),
        "subscription": _text("Subscription (DOC)", "Becomes part of the scope, in the public cloud."),
        "scope": _text("Scope (DOC)", "Instead of the usual one."),
        "batch_path": _text("Batch path (ASM)", "Of the POST of a batch.", "/orchestration/api/v1/inputs/batch/{domain}/{service}"),
        "service_map": _object("Channels (DOC)", "JSON: kind of document to channel name, where they differ."),
        "external_id": _switch("External id (ASM)", "The batch key goes as header externalId, and jobs are found by it."),
        "csrf": _switch("CSRF (ASM)", "Ask for a token before each input: only where the ingress wants one."),
        "empower": _switch("Empower (DOC)", "Send the header empowerUser."),
        "delivery_key_name": _text("Delivery key (ASM)", "Customer key of the design with our delivery id.", "ColophonDeliveryId"),
        "batch_key_name": _text("Batch key (ASM)", "Customer key of the design with our batch key.", "ColophonBatchKey"),
        "batch_customers": _number("Customers in a batch", "At most.", 1000, minimum=1),
        "batch_bytes": _number("Bytes in a batch", "At most.", 50_000_000, minimum=1),
        "input_mode": _text(
            "Input (DOC)", "By HTTP, or as files in the folder of a directory channel.", "http", enum=["http", "directory"]
        ),
        "input_location": _text("Input folder", "For directory: folder or bucket."),
        "input_conn_id": _text("Input folder's connection", "For directory: connection whose extra opens that place."),
        "job_deadline": _number("Job deadline (s)", "How long a run waits for jobs.", 21600, minimum=1),
        "outcome_source": _text("Outcomes from (EXT)", "feed, callback, files; several with commas between them."),
        "outcomes_location": _text("Outcome files (EXT)", "Folder or bucket with CSV files."),
        "eventmetrics": _switch("E-mail events (ASM)", "Read the route that the vendor calls internal."),
        "hook_scheme": _text("Callback scheme", "How callbacks are signed.", "standard", enum=["standard", "shared_secret", "basic"]),
        "hook_secret": _text("Callback secret", "whsec_...; several with blanks between them.", format="password"),
        **_HTTP_FIELDS,
        "max_concurrency": _number("Calls at once", "The service queues what is more.", 2, minimum=1),
        "settle_seconds": _number("Settle time (s)", "How long a lost batch may take to show before it is looked for.", 120),
    },
}
