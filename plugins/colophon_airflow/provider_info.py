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
        "connection-types": [_CONSONANCE, _XCONNECTOR],
        "config": {"colophon": {"description": "Where Colophon keeps its things.", "options": _OPTIONS}},
    }


def _option(description: str, default: str) -> Field:
    return {"description": description, "version_added": "0.1.0", "type": "string", "example": None, "default": default}


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


_HTTP_FIELDS: dict[str, Field] = {
    "max_concurrency": _number("Calls at once", "At most so many calls at the same time.", 4, minimum=1),
    "max_per_second": _number("Calls per second", "Empty: no limit of our own."),
    "settle_seconds": _number("Settle time (s)", "How long a lost write may take to show before it is read back.", 30),
    "start_jitter_seconds": _number("Start jitter (s)", "The first call of a run waits up to so long, at random.", 30),
    "allow_http": _switch("Allow http", "Only loopback addresses may use http unless this is on."),
}

_CONSONANCE: dict[str, Any] = {
    "connection-type": "consonance",
    "hook-name": "Consonance",
    "hook-class-name": "colophon_airflow.hooks.consonance.ConsonanceHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "login", "port"],
        "relabeling": {"host": "Address (DOC)", "password": "API key (DOC)"},
        "placeholders": {"host": "https://web.consonance.app", "password": "32 letters and digits"},
    },
    "conn-fields": {
        "profile": _text("Profile (EXT)", "auto: find out what the account can do.", "auto", enum=["auto", "documented", "extended"]),
        "write_mode": _text("Writes (ASM)", "Where changes go: a sheet for a person, or mutations.", "tray", enum=["tray", "mutations"]),
        "overlap_days": _number("Overlap (days, ASM)", "How far each read reaches back beyond the last good run.", 2, minimum=0),
        "time_zone": _text("Time zone (ASM)", "Whose midnight `changedSince` means.", "Europe/London"),
        "schema_cache_hours": _number("Schema cache (h)", "How long the account's introspected schema is trusted.", 24),
        "graphql_path": _text("GraphQL path (DOC)", "Path of the GraphQL endpoint.", "/graphql"),
        **_HTTP_FIELDS,
        "max_concurrency": _number("Calls at once (ASM)", "The vendor's limits are unknown: one at a time.", 1, minimum=1),
    },
}

_XCONNECTOR: dict[str, Any] = {
    "connection-type": "xconnector",
    "hook-name": "xConnector",
    "hook-class-name": "colophon_airflow.hooks.xconnector.XConnectorHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "login", "port"],
        "relabeling": {"host": "Address (EXT)", "password": "Bearer token (EXT)"},
        "placeholders": {"host": "https://middleware.example.com", "password": "token"},
    },
    "conn-fields": {
        "mode": _text("Mode (EXT)", "What the other side speaks.", "xc1", enum=["xc1", "cloudevents_webhook", "file_drop"]),
        "source": _text("Source (DOC)", "The `source` of our CloudEvents.", "/colophon/default"),
        "payload_mode": _text("Large content (EXT)", "By signed link from our storage, or uploaded.", "link", enum=["link", "upload"]),
        "deliver_within": _number("Deliver within (s, EXT)", "How long a run waits for the targets.", 7200),
        "manage_routes": _switch("Manage routes (EXT)", "May Colophon change the middleware's routes?"),
        "drop_location": _text("Drop folder", "For file_drop: folder or bucket."),
        **_HTTP_FIELDS,
    },
}
