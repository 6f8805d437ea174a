"""Contract README section 3: where redirects lead, and what goes with them (K9)."""

import pytest

from colophon.errors import WrongAddressError
from colophon.http.operation import DeliveryClass, Operation

READ = Operation("thing", "GET", "/things")


def to(play, place, status=302):
    return play.says(status=status, raw=b"", headers={"Location": place})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("writes", list(DeliveryClass))
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_writes_are_never_redirected(client, server, play, writes, status, method):
    """A redirected write stops after one call, in every class, by whatever method."""
    server.script = [to(play, "/elsewhere", status)]
    with pytest.raises(WrongAddressError):
        client.call(Operation("thing", method, "/things", writes))
    assert len(server.seen) == 1


def test_reads_by_post_are_not_redirected(client, server, play):
    """A query by POST would change its method on the way."""
    server.script = [to(play, "/elsewhere")]
    with pytest.raises(WrongAddressError):
        client.call(Operation("query", "POST", "/graphql"), json={})
    assert len(server.seen) == 1


def test_reads_follow_three_within_the_origin(client, server, play):
    """Relative and absolute, with the credentials, each under its own request id."""
    server.script = [to(play, "/a"), to(play, f"{server.url}/b?q=1"), to(play, "c"), play.says({"ok": 1})]
    assert client.call(READ).json() == {"ok": 1}
    assert [s.path for s in server.seen] == ["/things", "/a", "/b?q=1", "/c"]
    assert all("authorization" in s.headers for s in server.seen)


def test_a_fourth_is_too_many(client, server, play):
    """A chain or loop ends as a wrong address."""
    server.script = [to(play, "/a"), to(play, "/b"), to(play, "/a"), to(play, "/b")]
    with pytest.raises(WrongAddressError):
        client.call(READ)
    assert len(server.seen) == 4


def test_other_hosts_get_nothing(client, server, make_server, play):
    """A redirect to another port, scheme or host is not followed, so no credentials leave."""
    other = make_server()
    for place in (other.url, server.url.replace("http", "https"), server.url.replace("127.0.0.1", "localhost"), "//evil.example/x", "\x00"):
        server.script = [to(play, place)]
        with pytest.raises(WrongAddressError):
            client.call(READ)
    assert not other.seen


def test_redirect_without_a_place(client, server, play):
    """A 302 that leads nowhere is a wrong address."""
    server.script = [play.says(status=302, raw=b"")]
    with pytest.raises(WrongAddressError):
        client.call(READ)
