"""TLS: verified by default, by a CA of one's own where that is named; a failure never sent anything."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import pytest

from colophon.errors import EffectUnknownError, ServerError, TransportError
from colophon.http.operation import DeliveryClass, Operation

x509 = pytest.importorskip("cryptography.x509", reason="needs cryptography to make a certificate")

WRITE = Operation("thing", "POST", "/things", DeliveryClass.D)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1 with its key, as one PEM file."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(server, certificate):
    """The server behind TLS; its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server.url.replace("http:", "https:")


def test_untrusted_certificate_is_refused(make_client, server, secure):
    """Even class D may repeat: the request never left. No key of ours was shown to the stranger."""
    with pytest.raises(TransportError) as caught:
        make_client(base_url=secure).call(WRITE, json={})
    assert caught.value.evidence == "SSLCertVerificationError"
    assert not server.seen


def test_trusted_certificate(make_client, server, secure, certificate):
    """With its CA named, calls go through, and connections are shared."""
    client = make_client(base_url=secure, verify=str(certificate))
    for _ in range(2):
        assert client.call(Operation("thing", "GET", "/things")).json() == {"ok": True}
    assert len({s.port for s in server.seen}) == 1


def test_reset_inside_tls_is_a_lost_answer(make_client, server, secure, certificate, play):
    """After the handshake a broken connection is no TLS failure but a lost answer."""
    server.script = [play.hangs_up]
    with pytest.raises(EffectUnknownError):
        make_client(base_url=secure, verify=str(certificate)).call(WRITE, json={})
    assert len(server.seen) == 1


def test_dribbling_inside_tls(make_client, secure, server, certificate, play):
    """The deadline holds over TLS as well."""
    server.script = [play.dribbles("body")]
    with pytest.raises(ServerError):
        make_client(base_url=secure, verify=str(certificate), read_tries=1, total_s=0.5).call(Operation("thing", "GET", "/things"))
