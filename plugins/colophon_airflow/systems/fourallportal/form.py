"""The form of 4ALLPORTAL's connection type."""

from typing import Any

from colophon_airflow.systems.form_fields import HTTP_FIELDS, PORT, hook_fields, number, secret, switch, text

FORM: dict[str, Any] = {
    "connection-type": "fourallportal",
    "hook-name": "4ALLPORTAL",
    "hook-class-name": "colophon_airflow.systems.fourallportal.hook.FourallportalHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {
            "port": PORT,
            "host": "Address (DOC)",
            "password": "API key (DOC)",
            "login": "Login (DOC, legacy feed and WebDAV only)",
        },
        "placeholders": {"port": "0", "host": "https://tenant.example.com", "password": "a UUID"},
    },
    "conn-fields": {
        "api_prefix": text("API prefix (DOC)", "Path of the REST API below the address.", "/api"),
        "mapping": text(
            "Mapping", "Our facts and the portal's fields; below the configuration folder.", "config/fourallportal/mapping.yaml"
        ),
        "login_password": text("Login password (DOC)", "Secret; for the login above.", format="password"),
        "locale": text("Locale", "The portal's main language.", "en_GB"),
        "page_size": number("Page size (ASM)", "Objects a page; the portal's maximum is unknown.", 100, minimum=1),
        "patch_batch": number("Objects a write (ASM)", "At most so many objects in one PATCH.", 50, minimum=1),
        "read_back": switch("Read back", "Confirm each write by reading the changed fields.", default=True),
        "change_source": text(
            "Changes (DOC)",
            "Use cases read whole lists; legacy says that the older feed can be read, too.",
            "scan",
            enum=["scan", "legacy"],
        ),
        "connector_name": text("Connector (DOC)", "Name of the connector of the legacy feed.", "colophon"),
        "upload_mode": text("Uploads (ASM)", "How files get there.", "webdav", enum=["webdav", "rest", "none"]),
        "webdav_url": text("WebDAV address (DOC)", "The mounted folder."),
        "webdav_auth": text("WebDAV credentials (ASM)", "The API key, or the login.", "bearer", enum=["bearer", "basic"]),
        "rest_upload_path": text("REST upload path (ASM)", "For uploads by rest."),
        "query_param": text("Filter parameter (ASM)", "Empty: lists are read whole."),
        "media_original_usage": text("Usage of originals (ASM)", "Name of the usage that gives a file itself."),
        **hook_fields("shared_secret"),
        "hook_secret": secret("Callback secret (ASM)", "What the header X-Colophon-Secret must say."),
        **HTTP_FIELDS,
    },
}
