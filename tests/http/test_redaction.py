"""Secrets in no form in any text (K14)."""

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.http.redaction import MASK, redact

SECRET = "s3cret/with+odd&chars é"
SECRETS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=8, max_size=40)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET.upper(),
        SECRET.lower(),
        quote(SECRET, safe=""),
        quote(SECRET),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower(),
        b64encode(SECRET.encode()).decode(),
        urlsafe_b64encode(SECRET.encode()).decode(),
        b64encode(f"login:{SECRET}".encode()).decode(),
        b64encode(f"abcd:{SECRET}:tail".encode()).decode(),
    ],
)
def test_forms_are_masked(form):
    """Raw, URL-encoded, Base64 alone and inside a pair, upper and lower case."""
    text = redact(f"before {form} after", [SECRET])
    assert MASK in text
    assert form not in text


@given(SECRETS, st.text(max_size=10), st.text(max_size=10))
def test_base64_at_any_offset(secret, before, after):
    """Wherever the secret stands in what is encoded, its own part is masked."""
    encoded = b64encode(f"{before}{secret}{after}".encode(errors="replace")).decode()
    assert MASK in redact(encoded, [secret])


@given(SECRETS)
def test_masked_text_has_no_secret(secret):
    """After masking, none is left."""
    assert secret not in redact(f"{secret} {secret}", [secret]).replace(MASK, "")


def test_short_secrets_do_not_blot_out_the_text():
    """One or two letters occur everywhere."""
    assert redact("a plain text", ["a", "", "in"]) == "a plain text"


def test_no_secrets_no_change():
    """Nothing to hide."""
    assert redact("text", []) == "text"
