"""A ByteNite account for the common suite: one API key, one token, and what must never be told."""

from types import MappingProxyType

from suite import Conformance, Token

from colophon.errors import VendorGoneError
from colophon.systems.bytenite.client import ByteNiteClient
from colophon.systems.bytenite.settings import ByteNiteSettings

CANARY = "Zoë Canary-Müller"
SIGNATURE, EMAIL = "canary-signature", "sandbox@example.org"


class Account(Conformance):
    """One account."""

    __test__ = False
    system = "bytenite"
    base = "/bytenite"
    secrets = MappingProxyType({"password": "sandbox-not-a-key"})
    canaries = (CANARY, SIGNATURE, EMAIL)
    absent = frozenset({"not_found"})
    good_extra = MappingProxyType({"max_per_second": 1000, "settle_seconds": 7, "secret_id": "s-1", "output_location": "memory://out"})
    unreachable = VendorGoneError
    token = Token("/v1/auth/access_token", lambda client: client.test())

    def make_client(self, address, secrets, extra, **injected):
        extra = {"templates": {"TRAILER": "video-render@1.2"}, **extra}
        return ByteNiteClient(ByteNiteSettings.from_connection(address, secrets["password"], extra), **injected)
