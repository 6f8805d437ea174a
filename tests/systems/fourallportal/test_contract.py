"""The contract's tests that must pass, in its order (section 11)."""

import hashlib
import io
import logging

import pytest

from colophon.config.files import SHIPPED
from colophon.errors import (
    AuthFailedError,
    BadRecordError,
    BadShapeError,
    ColophonError,
    ConflictError,
    FeatureMissingError,
    InvalidError,
    NotReadyError,
    ServerError,
)
from colophon.systems.fourallportal.availability import change_of, write_availability
from colophon.systems.fourallportal.mapping import load_mapping
from colophon.systems.fourallportal.packages import write_package
from colophon.systems.fourallportal.records import Wanted
from colophon.systems.fourallportal.usable import approved_assets
from colophon.systems.fourallportal.values import entries, fv, object_id, read_value

OURS = object_id("product", "9780000000101")
FILE_FIELDS = ["isbn", "asset_type", "version", "checksum", "name", "mime_type", "embargo_until", "approval_status"]


def wanted(title="Sea Room", key="9780000000101", **more):
    return Wanted(object_id("product", key), {"isbn": fv(key), "title": fv(title, locale="en_GB"), **more})


def everything(client, module, fields):
    return [obj for page in client.iter_objects(module, fields) for obj in page]


def test_upsert_twice(client, sandbox):
    """One object; the second run sends no PATCH."""
    for _ in range(2):
        [written] = client.upsert_objects("product", [wanted()])
        assert written.outcome == "confirmed"
    assert written.changed_fields == ()
    assert len(sandbox.calls("PATCH")) == len(sandbox.written()) == 1


@pytest.mark.parametrize("semantics", ["replace", "merge"])
def test_two_locales_survive_the_update_of_one(client, sandbox, semantics, people):
    """The other locale stays, whatever the portal's PATCH means; a cleared one goes."""
    sandbox.seed_people()
    sandbox.settings(patch_semantics=semantics)
    [written] = client.upsert_objects("product", [Wanted(people.id(1), {"title": fv("The Sea Room", locale="en_GB")})])
    assert (written.outcome, written.changed_fields) == ("confirmed", ("title",))
    found = client.get_object("product", people.id(1), ["title"])
    assert read_value(found, "title", {"locale": "en_GB"}) == "The Sea Room"
    assert read_value(found, "title", {"locale": "de_DE"}) == "Seezimmer"
    client.upsert_objects("product", [Wanted(people.id(1), {"title": fv(None, locale="en_GB")})])
    found = client.get_object("product", people.id(1), ["title"])
    assert [entry.value for entry in entries(found, "title")] == ["Seezimmer"]


def test_entry_without_value(client, sandbox, people):
    """That title is an exception, the others go on."""
    sandbox.seed_people()
    read, faulty = [], []
    for obj in everything(client, "product", ["title"]):
        try:
            read.append(read_value(obj, "title", {"locale": "en_GB"}))
        except BadRecordError as problem:
            faulty.append(problem.subject)
    assert (len(read), faulty) == (4, [f"product:{people.id(5)}"])
    title = {"title": fv("x", locale="en_GB")}
    outcomes = [w.outcome for w in client.upsert_objects("product", [Wanted(people.id(5), title), Wanted(people.id(2), title)])]
    assert outcomes == ["failed", "confirmed"]


@pytest.mark.parametrize(("delete", "count"), [(False, 6), (True, 5)])
def test_list_that_moves_while_paging(make_client, sandbox, people, delete, count):
    """An object inserted or deleted on a page already read: none lost, none twice."""
    sandbox.seed_people()
    client = make_client(page_size=2)
    other = make_client()
    found = []
    for number, page in enumerate(client.iter_objects("product", ["isbn"])):
        found += [obj.id for obj in page]
        if number == 0 and delete:
            other.delete_object("product", people.id(1))
        elif number == 0:
            other.upsert_objects("product", [Wanted("00000000-0000-4000-8000-000000000001", {"isbn": fv("9780000000118")})])
    assert len(found) == len(set(found)) == count


def test_a_list_that_never_rests(make_client, sandbox):
    """Given up after five passes, to be tried again later."""
    client, other = make_client(page_size=1), make_client()
    sandbox.seed_people()
    with pytest.raises(NotReadyError):
        for number, _ in enumerate(client.iter_objects("product", ["isbn"])):
            other.upsert_objects("product", [Wanted(object_id("product", str(number)), {"isbn": fv(str(number))})])
            assert number < 500


def test_key_disabled_mid_run(client, sandbox):
    """AuthFailed after one call, no storm."""
    client.upsert_objects("product", [wanted()])
    sandbox.settings(key_state="disabled")
    before = len(sandbox.calls())
    with pytest.raises(AuthFailedError):
        client.get_module("product")
    assert len(sandbox.calls()) == before + 1


def test_bad_key_and_many_objects(make_client, sandbox):
    """One call, however many objects wait."""
    with pytest.raises(AuthFailedError):
        make_client(key="wrong").upsert_objects("product", [wanted(key=f"97800000{number:05d}") for number in range(50)])
    assert len(sandbox.calls()) == 1


def content(text=b"cover"):
    return io.BytesIO(text), hashlib.sha256(text).hexdigest()


def test_upload_without_event_is_found_out(client, sandbox):
    """The event is sent and the file found; where the event was lost the check says that the DAM does not show it."""
    uploaded = client.upload("/assets/978/cover.tif", *content())
    assert client.find_file("cover.tif", content()[1]) == uploaded.id
    assert client.upload("/assets/978/cover.tif", *content()) == uploaded
    assert len([c for c in sandbox.calls("PUT") if c["status"] == 201]) == 1
    sandbox.settings(indexing_seconds=10_000)
    with pytest.raises(NotReadyError) as problem:
        client.upload("/assets/978/other.tif", *content(b"other"))
    assert problem.value.not_before is not None


def test_adoption(client, sandbox, people):
    """Objects that people made are adopted, clashes reported, nothing is created twice."""
    sandbox.seed_people()
    adopted = client.adopt("product")
    assert adopted.new == {people.sea_room: people.id(1), people.harbour: people.id(2), people.faulty: people.id(5)}
    assert adopted.clashes == {people.twice: (people.id(3), people.id(4))}
    assert client.object_id("product", people.sea_room) == people.id(1)
    assert client.object_id("product", "9780000000101") == OURS
    with pytest.raises(ConflictError):
        client.object_id("product", people.twice)
    again = client.adopt("product")
    assert (again.known, again.new, again.clashes) == (3, {}, adopted.clashes)


def test_portal_owned_fields_are_in_no_patch(client, sandbox):
    """A fact whose field the portal owns is left out of what is written."""
    facts = {"title": fv("Sea Room", locale="en_GB"), "description": fv("Ours", locale="en_GB", channel="web")}
    fields = client.mapping.product_fields(facts)
    client.upsert_objects("product", [Wanted(OURS, fields)])
    [patch] = sandbox.calls("PATCH")
    assert set(patch["body"][0]) == {"id", "title"}


@pytest.mark.parametrize("kind", ["reset", "truncate", "garble", "login_page"])
def test_lost_answer_on_patch(client, sandbox, kind):
    """Sent again under the same id: one object, one effect."""
    sandbox.fault(kind, "/api/modules/product/objects", when="after")
    [written] = client.upsert_objects("product", [wanted()])
    assert written.outcome == "confirmed"
    assert len(sandbox.written()) == 1


def test_bad_object_in_a_batch(client, sandbox):
    """Forty-nine are written, the bad one is named."""
    objects = [wanted(key=f"97800000{number:05d}") for number in range(50)]
    objects[17] = Wanted(objects[17].id, {"price": fv("nine", currency="GBP")})
    written = client.upsert_objects("product", objects)
    assert [w.outcome for w in written].count("confirmed") == 49
    assert (written[17].outcome, written[17].code) == ("failed", InvalidError.code)
    assert len({e["key"] for e in sandbox.written()}) == 49


def test_newest_approved_version_wins(client, sandbox, people):
    """By number, not by text; an unnamed status is not approved and is reported; an embargo holds until its day."""
    sandbox.seed_people()
    shelf = approved_assets(everything(client, "file", FILE_FIELDS), client.mapping, as_of=people.now)
    best = shelf.best(people.sea_room, "cover")
    assert best is not None
    assert best.version == "10"
    assert shelf.unnamed_statuses == {"in review"}
    assert shelf.best(people.sea_room, "interior_pdf") is None
    later = people.now.replace(month=9)
    assert approved_assets(everything(client, "file", FILE_FIELDS), client.mapping, as_of=later).best(people.sea_room, "interior_pdf")


def test_withdrawn_approval_withdraws_the_reference(client, sandbox, people):
    """The link moves to the version before, and is cleared when none is approved any more."""
    sandbox.seed_people()

    def link():
        shelf = approved_assets(everything(client, "file", FILE_FIELDS), client.mapping, as_of=people.now)
        best = shelf.best(people.sea_room, "cover")
        client.upsert_objects("product", [Wanted(people.id(1), {"cover_file": fv(best.id if best else None)})])
        return read_value(client.get_object("product", people.id(1), ["cover_file"]), "cover_file")

    assert link() == people.id(102)
    for number, expected in ((102, people.id(101)), (101, None)):
        client.upsert_objects("file", [Wanted(people.id(number), {"approval_status": fv("withdrawn")})])
        assert link() == expected


def test_package_without_an_ebook_cover(client, sandbox, people):
    """Written, not released, and says what is missing; released once it is there."""
    package = object_id("collection", "p-1")
    files = {"epub": people.id(111)}
    args = (client.upsert_objects, package, "p-1", people.id(1))
    first = write_package(*args, files, ("ebook",), client.mapping)
    assert (first.released, first.missing, first.written.outcome) == (False, ("ebook_cover",), "confirmed")
    second = write_package(*args, {**files, "ebook_cover": people.id(102)}, ("ebook",), client.mapping)
    assert (second.released, second.missing) == (True, ())
    patches = [set(call["body"][0]) for call in sandbox.calls("PATCH")]
    assert [("package_state" in patch) for patch in patches] == [False, False, True]


def test_closing_before_opening(client, sandbox, people):
    """Closed in a first PATCH, opened in a second; unknown rights closed; what a person opened is closed and reported."""
    sandbox.seed_people()
    there = client.get_object("product", people.id(1), ["available"])
    cells = {("GB", "web"): True, ("US", "web"): False, ("DE", "web"): None, ("FR", "web"): True}
    [done] = write_availability(client.upsert_objects, [change_of(there, people.id(1), cells, client.mapping)], client.mapping)
    assert (done.written.outcome, done.drift) == ("confirmed", ("US/web",))
    first, second = sandbox.calls("PATCH")
    opened = [{e["dimensions"]["territory"] for e in call["body"][0]["available"] if e["value"] == "true"} for call in (first, second)]
    assert opened == [{"GB"}, {"GB", "FR"}]
    found = client.get_object("product", people.id(1), ["available"])
    shown = {cell: read_value(found, "available", {"territory": cell, "channel": "web"}) for cell in ("GB", "US", "DE", "FR")}
    assert shown == {"GB": "true", "US": "false", "DE": "false", "FR": "true"}


def test_opening_for_everybody_is_closed(client, sandbox, people):
    """An opening without a channel would open cells that no right speaks of; a right that ended is no drift."""
    sandbox.seed(product=[{"id": people.id(9), "available": people.value("true", territory="GB")}])
    there = client.get_object("product", people.id(9), ["available"])
    [done] = write_availability(
        client.upsert_objects, [change_of(there, people.id(9), {("GB", "web"): True}, client.mapping)], client.mapping
    )
    assert done.drift == ("GB",)
    there = client.get_object("product", people.id(9), ["available"])
    change = change_of(there, people.id(9), {("GB", "web"): False}, client.mapping, before={("GB", "web"): True})
    [done] = write_availability(client.upsert_objects, [change], client.mapping)
    assert (done.drift, done.written.outcome) == ((), "confirmed")


def test_mapping_with_a_wrong_field_name(make_client, sandbox, tmp_path, people):
    """Fails at the connection test, naming the field; so does a wrong dimension and a wrong module."""
    text = (SHIPPED / "fourallportal" / "mapping.yaml").read_text()
    for right, wrong in (
        ("{field: title,", "{field: titel,"),
        ("[currency]", "[territory]"),
        ("campaign: campaign}", "campaign: campain}"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    load_path = tmp_path / "mapping.yaml"
    load_path.write_text(text)
    client = make_client(mapping=load_mapping(str(load_path)))
    bad = "; ".join(check.sentence for check in client.test() if not check.is_good)
    assert "product.titel" in bad
    assert "product.price by territory" in bad
    assert "campain" in bad


@pytest.mark.parametrize(("code", "error"), [(2, FeatureMissingError), (1, InvalidError), (-1, ServerError)])
def test_legacy_code_with_200_is_no_success(client, sandbox, code, error):
    """Faults of the older API come as 200."""
    sandbox.settings(legacy_code=code)
    with pytest.raises(error):
        client.get_events(0)


def test_download_with_a_wrong_length_is_kept_nowhere(client, sandbox, people, tmp_path):
    """Nothing under its name, no part beside it; nor when the content is other than its hash."""
    sandbox.seed_people()
    path = f"/api/modules/file/objects/{people.id(102)}/media/original"
    sandbox.fault("truncate", path, method="GET", times=None)
    with pytest.raises(ServerError):
        client.download(people.id(102), "original", tmp_path / "cover.tif")
    sandbox.control("DELETE", "/faults")
    with pytest.raises(BadShapeError):
        client.download(people.id(102), "original", tmp_path / "cover.tif", sha256="0" * 64)
    assert list(tmp_path.iterdir()) == []
    done = client.download(people.id(102), "original", tmp_path / "cover.tif")
    assert (done.name, done.bytes) == ("cover-10.tif", (tmp_path / "cover.tif").stat().st_size)
    assert [file.name for file in tmp_path.iterdir()] == ["cover.tif"]


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"module":"film","objectId":"6f0a0000-0000-4000-8000-000000000001"}', b'{"module":"product","objectId":"../1"}'],
)
def test_webhook_with_a_false_body(client, sandbox, body):
    """Refused, and nothing is called."""
    with pytest.raises(InvalidError):
        client.parse_callback(body)
    assert sandbox.calls() == []


def test_webhook_is_a_hint(client):
    """Module and id, whatever else it says."""
    hint = client.parse_callback(b'{"event":"DELETE","module":"product","objectId":"6f0a0000-0000-4000-8000-000000000001"}')
    assert hint == ("product", "6f0a0000-0000-4000-8000-000000000001")


def test_password_in_base64_is_masked(make_client, sandbox, caplog):
    """Neither the password nor its Base64 is in a log, an error or a repr."""
    caplog.set_level(logging.DEBUG)
    client = make_client(login_password="a-secret-of-the-feed")
    with pytest.raises(ColophonError) as problem:
        client.get_events(0)
    told = caplog.text + str(problem.value) + repr(client.settings) + repr(client.beside._auth.secrets == ())
    for secret in ("a-secret-of-the-feed", "YS1zZWNyZXQtb2YtdGhlLWZlZWQ=", client.settings.key):
        assert secret not in told
    assert "YS1zZWNyZXQtb2YtdGhlLWZlZWQ=" in client.beside._auth.secrets
