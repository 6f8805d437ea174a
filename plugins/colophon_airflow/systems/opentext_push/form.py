"""The form of OpenText Push's connection type."""

from typing import Any

from colophon_airflow.systems.form_fields import HTTP_FIELDS, PORT, number, secret, text

FORM: dict[str, Any] = {
    "connection-type": "opentext_push",
    "hook-name": "OpenText Push Notifications",
    "hook-class-name": "colophon_airflow.systems.opentext_push.hook.OpentextPushHook",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {
            "port": PORT,
            "host": "Address (DOC)",
            "login": "User or client id (DOC)",
            "password": "Password or client secret (DOC)",
        },
        "placeholders": {"port": "0", "host": "https://api.eu.cloudmessaging.opentext.com/mra/v1", "login": "user", "password": "password"},
    },
    "conn-fields": {
        "account": text("Account", "Prefix of our message ids: up to 39 small letters and digits, needed.", pattern="^[a-z0-9]{0,39}$"),
        "auth": text("Credentials (DOC)", "How the account lets us in; oauth2 is ASM for push.", "basic", enum=["basic", "oauth2"]),
        "tenant": text("Tenant (DOC)", "For oauth2: the tenant in the token's address."),
        "region": text("Region (DOC)", "For oauth2: the region in the token's address."),
        "token_url": text("Token address", "For oauth2: the whole address, where it is another one."),
        "dedupe": text(
            "Repeats (ASM)",
            "none: a lost answer is not repeated. message_id: only when the vendor has confirmed that the parser honours our ids.",
            "none",
            enum=["none", "message_id"],
        ),
        "dedupe_hours": number("Ids kept (h, ASM)", "How long the vendor remembers our ids.", 24, minimum=2),
        "fallback_channel": text("Without a device", "How people without a live device are told.", "none", enum=["none", "email", "sms"]),
        "parser_path": text("Parser path (DOC)", "Where push files go.", "/utils/parser"),
        "status_path": text("Status path (ASM)", "Where the status of a job is asked.", "/outbound/push/status"),
        "status_many_path": text("Statuses path (ASM)", "Where the statuses of several jobs are asked.", "/outbound/push/status"),
        "file_format": text("File format (ASM)", "What stands inside a push file.", "assumed-1", enum=["assumed-1"]),
        "chunk_size": number("Messages in a file", "At most so many.", 500, minimum=1, maximum=500),
        "max_file_bytes": number("Bytes of a file (ASM)", "A larger file is not sent.", 5_242_880, minimum=1),
        "transport": text(
            "Transport", "mra: the messaging API. fcm: straight to Google, a lost answer is never repeated.", "mra", enum=["mra", "fcm"]
        ),
        "fcm_project": text("Google project", "For transport fcm."),
        "fcm_host": text("Google address (DOC)", "For transport fcm.", "https://fcm.googleapis.com"),
        "fcm_credentials": secret("Google credentials (DOC)", "For transport fcm: the service account's key file, as JSON."),
        "hook_scheme": text("Callbacks (ASM)", "How the vendor proves itself.", "basic", enum=["basic", "shared_secret", "standard"]),
        "hook_login": text("Callback user", "For Basic callbacks."),
        "hook_secret": secret("Callback secret", "Password or secret of callbacks."),
        "page_secret": secret(
            "Secret of pages",
            "It signs links to pages for people outside: at least 32 characters; several, the newest first, while it changes.",
        ),
        **HTTP_FIELDS,
        "max_per_second": number("Calls per second (ASM)", "The vendor's limits are not public.", 5),
    },
}
