"""The form of ByteNite's connection type."""

from typing import Any

from colophon_airflow.systems.form_fields import HTTP_FIELDS, PORT, hook_fields, number, text

FORM: dict[str, Any] = {
    "connection-type": "bytenite",
    "hook-name": "ByteNite",
    "hook-class-name": "colophon_airflow.systems.bytenite.hook.ByteniteHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "login"],
        "relabeling": {"port": PORT, "host": "Address (DOC)", "password": "API key (DOC)"},
        "placeholders": {"port": "0", "host": "https://media.example.com", "password": "API key"},
    },
    "conn-fields": {
        "version_prefix": text("Version (DOC)", "First part of every path.", "/v1"),
        "service": text("Job group (DOC)", "Announced to move to `computing`.", "customer", enum=["customer", "computing"]),
        "auth_scheme": text("Token (DOC)", "As it is, or after `Bearer` (ASM).", "raw", enum=["raw", "bearer"]),
        "endpoint_style": text("Paths (DOC)", "Newer or older form.", "2025", enum=["2025", "2023"]),
        "run_body": text("Body of run (ASM)", "Limits below `config`, or flat.", "config", enum=["config", "flat"]),
        "storage_descriptor": text("Storage (DOC)", "What the account calls S3.", "aws", enum=["aws", "s3"]),
        "secret_id": text("Storage key (DOC)", "Id of the key that the vendor keeps."),
        "templates": text("Templates", "JSON: kind of video -> template id.", "{}"),
        "output_location": text("Outputs", "Folder or URL where outputs are copied to."),
        "output_conn_id": text("Outputs' connection", "Connection whose extra opens that place."),
        "media_backend": text("Media jobs", "`bytenite`, `local`, or what is plugged in.", "bytenite"),
        "library": text("Video library (EXT)", "`rest`, `file`, `none`, or what is plugged in.", "rest"),
        "library_prefix": text("Library's prefix (EXT)", "First part of its paths.", "/v1/library"),
        "when_gone": text("When the vendor is gone", "Fail, or skip the media step.", "fail", enum=["fail", "skip"]),
        "job_timeout": number("Job limit (s)", "So long a job may take.", 86400, minimum=1),
        "task_timeout": number("Task limit (s)", "So long one part of a job may take.", 3600, minimum=1),
        "max_attempts": number("Attempts", "So often a failed job may be done.", 2, minimum=1),
        **hook_fields(),
        **HTTP_FIELDS,
        "max_concurrency": number("Calls at once", "At most so many calls at the same time.", 2, minimum=1),
    },
}
