"""Uploads, the legacy feed, scans, the connection test, settings."""

import hashlib
import io
from datetime import UTC, datetime

import pytest

from colophon.errors import (
    AuthFailedError,
    BadConfigError,
    BadConnectionError,
    FeatureMissingError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    PagingError,
    UnexpectedAnswerError,
)
from colophon.systems.fourallportal.assets import approval_statuses
from colophon.systems.fourallportal.mapping import PortalMapping, load_mapping
from colophon.systems.fourallportal.operations import OPERATIONS
from colophon.systems.fourallportal.records import PortalObject, Wanted
from colophon.systems.fourallportal.settings import FourallportalSettings
from colophon.systems.fourallportal.usable import approved_assets
from colophon.systems.fourallportal.values import fv, merge_dimensions, object_id, read_value, same


def content(text=b"cover"):
    return io.BytesIO(text), hashlib.sha256(text).hexdigest()


def everything(client, module, fields):
    return [obj for page in client.iter_objects(module, fields) for obj in page]


def test_upload_by_rest(make_client, sandbox):
    """One form with file and path."""
    client = make_client(upload_mode="rest", rest_upload_path="/api/upload", webdav_url=None)
    uploaded = client.upload("/cover \u00fc.tif", *content())
    assert client.get_object("file", uploaded.id, ["name"]).fields["name"][0]["value"] == "cover \u00fc.tif"


def test_upload_with_login(make_client, sandbox):
    """The folder may want the login and not the key."""
    client = make_client(webdav_auth="basic")
    assert client.upload("/a.tif", *content()).path == "/a.tif"


def test_replace_move_remove(client, sandbox):
    """A new version keeps its object; a move and a removal are told to the DAM."""
    first = client.upload("/a.tif", *content())
    assert client.upload("/a.tif", *content(b"new")).id == first.id
    client.uploads.move("/a.tif", "/b.tif")
    sandbox.advance(2)
    assert client.get_object("file", first.id, ["name"]).fields["name"][0]["value"] == "b.tif"
    client.uploads.remove("/b.tif")
    sandbox.advance(2)
    with pytest.raises(NotFoundError):
        client.get_object("file", first.id, ["name"])


@pytest.mark.parametrize(("settings", "error"), [({"roles": {"dav": "read"}}, ForbiddenError), ({"max_upload_bytes": 2}, InvalidError)])
def test_refused_uploads(client, sandbox, settings, error):
    """Without right, and too large."""
    sandbox.settings(**settings)
    with pytest.raises(error):
        client.upload("/a.tif", *content())


def test_nowhere_to_upload(make_client, sandbox):
    """Mode none, and WebDAV without an address."""
    for extra in ({"upload_mode": "none"}, {"webdav_url": None}):
        with pytest.raises(FeatureMissingError):
            make_client(**extra).upload("/a.tif", *content())


@pytest.mark.parametrize("path", ["a.tif", "/", "/a/../b", "//a", "/a/", "/a\n"])
def test_paths_that_are_none(client, sandbox, path):
    """Nothing leaves."""
    with pytest.raises(InvalidError):
        client.upload(path, *content())
    assert sandbox.calls() == []


def test_original_needs_its_name(make_client, tmp_path):
    """Without `media_original_usage` the file itself cannot be asked for."""
    with pytest.raises(FeatureMissingError):
        make_client(media_original_usage=None).download(object_id("file", "x"), "original", tmp_path / "x")


def test_legacy_feed(client, sandbox):
    """All events after one id, over pages of a thousand; nothing new the second time; sessions are closed."""
    for start in range(0, 1050, 50):
        client.upsert_objects("product", [Wanted(object_id("product", str(n)), {"isbn": fv(str(n))}) for n in range(start, start + 50)])
    first = client.get_events(0)
    assert (len(first.events), first.last_id, first.must_scan) == (1050, 1050, False)
    assert client.get_events(first.last_id, first.config_hash).events == ()
    sandbox.settings(connector_version=2)
    assert client.get_events(first.last_id, first.config_hash).must_scan
    [bean] = client.get_beans([object_id("product", "7")])
    assert bean.properties == {"isbn": "7"}
    assert isinstance(client.legacy.get_module_config("file"), dict)
    logins = [c for c in sandbox.calls("POST") if c["path"].endswith("/login")]
    logouts = [c for c in sandbox.calls("POST") if c["path"].endswith("/logout")]
    assert len(logins) == len(logouts)


def test_legacy_login_refused(make_client, sandbox):
    """One call."""
    with pytest.raises(AuthFailedError):
        make_client(login_password="wrong").get_events(0)
    assert len(sandbox.calls()) == 1
    with pytest.raises(BadConnectionError):
        make_client(login="").get_events(0)


def test_connection_test(make_client, sandbox):
    """Everything there; a closed health page is no fault, a foreign clock is."""
    checks = make_client(clock=lambda: datetime.now(UTC)).test()
    assert [check.sentence for check in checks if not check.is_good] == []
    sandbox.settings(health_open=False, roles={"campaign": "none"})
    checks = {check.name: check for check in make_client().test()}
    assert checks["health"].is_good
    assert not checks["clock"].is_good
    assert not checks["module campaign"].is_good


@pytest.mark.parametrize("kind", ["login_page", "wrong_shape"])
def test_foreign_answers(client, sandbox, kind):
    """A 200 that is none is no success."""
    sandbox.fault(kind, "/api/modules/product", method="GET", times=None)
    with pytest.raises(UnexpectedAnswerError):
        client.get_module("product")


def test_unknown_module_is_a_fault_of_the_mapping(client):
    """Told as configuration, with its name."""
    with pytest.raises(BadConfigError, match="films"):
        client.get_module("films")
    with pytest.raises(BadConfigError, match="films"):
        everything(client, "films", [])
    with pytest.raises(BadConfigError, match="films"):
        client.upsert_objects("films", [Wanted(object_id("films", "1"), {"isbn": fv("1")})])


def test_a_field_that_was_renamed_is_named_with_the_nearest(client):
    """And not called a faulty record."""
    with pytest.raises(BadConfigError, match=r"product: there is no field .subtitel.; did you mean subtitle"):
        everything(client, "product", ["isbn", "subtitel"])


def test_a_portal_that_ignores_the_offset(make_client, sandbox, monkeypatch):
    """The same page again and again is an error, not a loop."""
    sandbox.seed_people()
    client = make_client(page_size=2)
    call = client.http.call
    monkeypatch.setattr(client.http, "call", lambda *args, **kwargs: call(*args, **{**kwargs, "query": {**kwargs["query"], "offset": 0}}))
    with pytest.raises(PagingError):
        everything(client, "product", [])


def test_approvals_in_a_module_of_their_own(client, sandbox, people):
    """The newest approval of a file counts."""
    file_id = people.id(102)
    sandbox.seed_people()
    sandbox.seed(approval=[{"id": people.id(201), "files": people.value(file_id), "status": people.value("final")}])
    raw = load_mapping("config/fourallportal/mapping.yaml").model_dump()
    raw["approval"] |= {"module": "approval", "file_link": "files", "field": "status"}
    mapping = PortalMapping.model_validate(raw)
    statuses = approval_statuses(everything(client, "approval", ["files", "status"]), mapping)
    fields = ["isbn", "asset_type", "version", "checksum", "name", "mime_type", "embargo_until"]
    shelf = approved_assets(everything(client, "file", fields), mapping, as_of=people.now, approvals=statuses)
    assert {key: [asset.id for asset in found] for key, found in shelf.approved.items()} == {(people.sea_room, "cover"): [file_id]}


def obj(**fields):
    return PortalObject(id="1", module="product", mod_time="t", fields=fields)


def test_reading_by_dimensions():
    """Equal dimensions, else the largest subset, else none at all."""
    rows = [
        {"value": "all"},
        {"value": "de", "dimensions": {"locale": "de"}},
        {"value": "web", "dimensions": {"locale": "de", "channel": "web"}},
    ]
    found = obj(text=rows)
    assert read_value(found, "text", {"locale": "de", "channel": "web"}) == "web"
    assert read_value(found, "text", {"locale": "de", "channel": "app"}) == "de"
    assert read_value(found, "text", {"locale": "fr"}) == "all"
    assert read_value(obj(text=rows[1:]), "text", {"locale": "fr"}) is None
    assert read_value(found, "absent") is None


def test_merging():
    """Entries of other dimensions stay; clearing is said only where there is something to clear."""
    old = (*fv("a", locale="en"), *fv("b", locale="de"))
    merged = merge_dimensions(old, fv(None, locale="en"))
    assert same(merged, fv("b", locale="de"))
    assert len(merged) == 2
    assert merge_dimensions((), fv(None)) == ()


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"api_kee": "x"}, "api_kee"),
        ({"upload_mode": "ftp"}, "upload_mode"),
        ({"page_size": 0}, "page_size"),
        ({"upload_mode": "rest"}, "rest_upload_path"),
        ({"change_source": "legacy"}, "login_password"),
        ({"webdav_url": "https://dav.example", "webdav_auth": "basic"}, "login_password"),
        ({"webdav_url": "ftp://dav.example"}, "URL"),
    ],
)
def test_bad_connections(extra, named):
    """Named, with no value."""
    with pytest.raises(BadConnectionError, match=named):
        FourallportalSettings.from_connection("https://portal.example", "", "key", extra)


@pytest.mark.parametrize(
    ("text", "named"),
    [("version: 1", "modules"), ("- 1", "names and values"), ("{", "mapping.yaml"), ("version: 1\nmodules: {}\ncolour: red", "colour")],
)
def test_bad_mappings(tmp_path, text, named):
    """What is wrong with the file, by key."""
    file = tmp_path / "mapping.yaml"
    file.write_text(text)
    with pytest.raises(BadConfigError, match=named):
        load_mapping(str(file))
    with pytest.raises(BadConfigError, match="not in"):
        load_mapping("config/absent.yaml")


def test_every_operation_declares_itself():
    """Writes have a class; names are unique."""
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    legacy = {"login", "logout", "get_events", "get_beans", "get_connector_config", "get_module_config"}
    assert all((operation.method == "GET") or operation.writes or operation.name in legacy for operation in OPERATIONS)
