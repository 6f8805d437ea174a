"""The form of Consonance's connection type."""

from typing import Any

from colophon_airflow.systems.form_fields import HTTP_FIELDS, PORT, number, secret, text

FORM: dict[str, Any] = {
    "connection-type": "consonance",
    "hook-name": "Consonance",
    "hook-class-name": "colophon_airflow.systems.consonance.hook.ConsonanceHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "login"],
        "relabeling": {"port": PORT, "host": "Address (DOC)", "password": "API key (DOC)"},
        "placeholders": {"port": "0", "host": "https://web.consonance.app", "password": "32 letters and digits"},
    },
    "conn-fields": {
        "profile": text("Profile (EXT)", "auto: find out what the account can do.", "auto", enum=["auto", "documented", "extended"]),
        "write_mode": text("Writes (ASM)", "Where changes go: a sheet for a person, or mutations.", "tray", enum=["tray", "mutations"]),
        "overlap_days": number("Overlap (days, ASM)", "How far each read reaches back beyond the last good run.", 2, minimum=0),
        "time_zone": text("Time zone (ASM)", "Whose midnight `changedSince` means.", "Europe/London"),
        "schema_cache_hours": number("Schema cache (h)", "How long the account's introspected schema is trusted.", 24),
        "graphql_path": text("GraphQL path (DOC)", "Path of the GraphQL endpoint.", "/graphql"),
        "rest_path": text("REST path (DOC)", "Path of the older product list.", "/api/v4"),
        "rest_conn_id": text("REST connection (ASM)", "Connection whose password is the key of that list; empty: the same key."),
        "default_currency": text("Currency (ASM)", "Of sums that name none, such as those in reports.", "GBP"),
        "mutation_batch": number("Changes at once (ASM)", "So many mutations go in one call.", 20, minimum=1),
        "reports_location": text("Reports (ASM)", "Folder, s3:// or https:// address of report files; empty: there are none."),
        "reports_conn_id": text(
            "Reports' connection", "Its login and password, or its password as a key, open an address; its extra (fsspec) a bucket."
        ),
        "reports_max_age_hours": number("Oldest report (h, ASM)", "An older file is waited for.", 36, minimum=1),
        "reports_done_suffix": text("Mark of whole reports (ASM)", "A file counts once `<name><suffix>` is there; empty: once it rests."),
        "ical_url": secret("Calendar link (DOC)", "To-dos as an iCalendar feed; the link is a key."),
        **HTTP_FIELDS,
        "max_concurrency": number("Calls at once (ASM)", "The vendor's limits are unknown: one at a time.", 1, minimum=1),
    },
}
