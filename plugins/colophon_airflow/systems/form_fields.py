"""What forms are made of: a label, a sentence, a JSON schema. The keys are those of a connection's `extra` that clients accept."""

from typing import Any

Field = dict[str, Any]

# Left empty, Airflow's page asks to test port 0, finds none stored, and refuses the stored secret.
PORT = "Port: type 0"


def text(label: str, description: str, default: str | None = None, **schema: object) -> Field:
    """A line of text, or a choice where `schema` has an `enum`."""
    return {"label": label, "description": description, "schema": {"type": ["string", "null"], "default": default, **schema}}


def number(label: str, description: str, default: float | None = None, **schema: object) -> Field:
    """A number; empty where there is no default."""
    return {"label": label, "description": description, "schema": {"type": ["number", "null"], "default": default, **schema}}


def switch(label: str, description: str, *, default: bool = False) -> Field:
    """On or off."""
    return {"label": label, "description": description, "schema": {"type": ["boolean", "null"], "default": default}}


def json_object(label: str, description: str) -> Field:
    """An object, typed as JSON."""
    return {"label": label, "description": description, "schema": {"type": ["object", "null"], "default": None}}


def secret(label: str, description: str) -> Field:
    """Text that is never shown again."""
    return text(label, description, format="password")


HTTP_FIELDS: dict[str, Field] = {
    "max_concurrency": number("Calls at once", "At most so many calls at the same time.", 4, minimum=1),
    "max_per_second": number("Calls per second", "Empty: no limit of our own."),
    "settle_seconds": number("Settle time (s)", "How long a lost write may take to show before it is read back.", 30),
    "start_jitter_seconds": number("Start jitter (s)", "The first call of a run waits up to so long, at random.", 30),
    "allow_http": switch("Allow http", "Only loopback addresses may use http unless this is on."),
    "link_hosts": text("Link hosts", "Other hosts to which links in its answers may lead, parted by blanks: files.example.com:8443."),
    "timeouts": json_object("Time limits", 'JSON in seconds, such as {"connect": 10, "read": 60, "total": 180}.'),
    "verify": text("Verify TLS", "true, false (for a test alone), or the path of a file of authorities.", "true"),
    "cert": text("Client certificate", "Path of a PEM file with certificate and key."),
    "proxies": json_object("Proxies", 'JSON, such as {"https": "http://proxy.example.com:3128"}.'),
    "trust_env": switch("Proxies of the environment", "Use HTTPS_PROXY and its like."),
}


def hook_fields(default: str = "standard") -> dict[str, Field]:
    """How the system proves itself when it calls our receiver."""
    schemes = ["standard", "shared_secret", "basic"]
    return {
        "hook_scheme": text("Callbacks", "How they are signed.", default, enum=schemes),
        "hook_secret": secret("Callback secret", "What callbacks are signed with; several, parted by blanks, during rotation."),
    }
