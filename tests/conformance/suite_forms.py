"""The forms in which a text may turn up in another."""

import base64
import json
from urllib.parse import quote, quote_plus


def forms_of(secret: str) -> set[str]:
    """A value as it is, as JSON or Python escape it, URL-encoded, and in Base64 at any offset."""
    forms = {
        secret,
        json.dumps(secret)[1:-1],
        repr(json.dumps(secret)[1:-1])[1:-1],
        repr(secret.encode())[2:-1],
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
    }
    raw = secret.encode()
    for offset in range(3):
        # What stands before and after decides the characters at the edges.
        encoded = base64.b64encode(b"\0" * offset + raw).decode()[(0, 2, 3)[offset] :]
        inner = encoded.rstrip("=")[:-1] if encoded.endswith("=") else encoded
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) > 5}
