"""4ALLPORTAL passes the common suite: the REST API with its uploads, and the older feed beside it."""

import hashlib
import io
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from suite import Conformance, Verb
from suite_box import Answer
from suite_tasks import PORTAL

from colophon.errors import BadConfigError, BadRecordError, NotOursError
from colophon.systems.fourallportal.client import FourallportalClient
from colophon.systems.fourallportal.mapping import load_mapping
from colophon.systems.fourallportal.records import Wanted
from colophon.systems.fourallportal.settings import FourallportalSettings
from colophon.systems.fourallportal.values import entries, fv

CANARY = "Zoë Canary-Müller"
KEY, LOGIN, PASSWORD = "00000000-0000-4000-8000-000000000000", "sandbox", "sandbox-not-a-password"
FILE = b"%PDF one page of canaries"
FIELDS = ("isbn", "title")
mapping = cache(load_mapping)
# What a list answers that names none of our objects: they are skipped, which `incomplete bulk answer` looks at.
NONE_NAMED = frozenset({"list"})
# An answer without a body has nothing that could be spoilt.
NO_BODY = frozenset({"no_content", "garble", "truncate", "dribble", "wrong_shape"})
# The contract does not say what stands in these: any JSON will do, because the effect is read back.
ANY_JSON = NO_BODY | {"empty", "null", "list", "object", "text", "number", "truth"}


def object_id(number):
    """Id of an object."""
    return f"0b1f6c3e-0000-4000-8000-{number:012d}"


def product(number):
    """A product as somebody made it."""
    return {
        "id": object_id(number),
        "isbn": [{"value": f"978000000{number:04d}", "dimensions": None}],
        "title": [{"value": f"Letters of {CANARY}", "dimensions": {"locale": "de_DE"}}],
    }


def wanted(*numbers):
    """Products that are not there yet, as we want them."""
    return [Wanted(object_id(100 + number), {"title": fv(f"Life of {CANARY}", locale="en_GB")}) for number in numbers]


def faults(objects):
    """What could not be read, told."""
    found = []
    for obj in objects:
        for field in obj.fields:
            try:
                entries(obj, field)
            except BadRecordError as problem:
                found.append(str(problem))
    return " ".join(found)


def flat(pages):
    """All objects of all pages."""
    return [obj for page in pages for obj in page]


def confirmed(written):
    """Whether all was written and read back."""
    return all(one.outcome == "confirmed" for one in written)


def at_once(_client, box):
    """Files are seen as soon as the portal hears of them."""
    box.settings(indexing_seconds=0)


def upload(client, _given):
    """Bring a small file."""
    return client.upload("/page.pdf", io.BytesIO(FILE), hashlib.sha256(FILE).hexdigest())


def _with(answer, body):
    answer.json = body
    return answer


def written(box):
    """Objects written."""
    return len(box.effects("4ap.written"))


class Portal(Conformance):
    """One customer's portal."""

    __test__ = False
    system = "fourallportal"
    base = "/fourallportal"
    canaries = (CANARY, f"Letters of {CANARY}")
    seeds = ({"fourallportal": {"product": [product(number) for number in range(1, 6)]}},)
    absent = frozenset({"unknown_object"})
    good_extra = MappingProxyType({"max_per_second": 1000, "settle_seconds": 7, "locale": "de_DE", "connector_name": "colophon"})

    def make_client(self, address, secrets, extra, **injected):
        found = {"login_password": PASSWORD, "password": KEY, **secrets}
        own = {"login_password": found["login_password"], "webdav_url": f"{address}/dav", "patch_batch": 10}
        settings = FourallportalSettings.from_connection(address, LOGIN, found["password"], {**own, **extra})
        return FourallportalClient(settings, mapping(settings.extra.mapping), **injected)


def order(number):
    """A delivery about a product that names a person."""
    facts = {"title": [{"value": f"Life of {CANARY}", "dimensions": {"locale": "en_GB"}}]}
    return {"kind": "product", "isbn": f"978000001{number:04d}", "facts": facts}


class TestFourallportal(Portal):
    """Objects read, listed, written one by one and together, deleted; files put on the folder and told of."""

    __test__ = True
    secrets = MappingProxyType({"password": KEY})
    tasks = replace(
        PORTAL, contents=(order(1), order(2)), verb=Verb("upsert", "PATCH", "/api/modules/product/objects", upload, effects=written)
    )

    read = Verb(
        "get_object", "GET", "/api/modules/product/objects/*", lambda client, _: client.get_object("product", object_id(1), FIELDS),
        required=("id", "module", "mod_time", "isbn", "title"), told=lambda obj: faults([obj]),
        is_done=lambda obj: obj.id == object_id(1),
    )  # fmt: skip
    paged = Verb(
        "iter_objects", "GET", "/api/modules/product/objects", lambda client, _: list(client.iter_objects("product", FIELDS)),
        required=("total_count", "result", "result/0/id", "result/0/module", "result/1/mod_time", "result/0/title"),
        told=lambda pages: faults(flat(pages)), meanings={404: BadConfigError},
        small_pages=lambda box: box.limit("limit", 2), ids=lambda pages: [obj.id for obj in flat(pages)],
    )  # fmt: skip
    write_b = Verb(
        "upsert", "PATCH", "/api/modules/product/objects", lambda client, objects: client.upsert_objects("product", objects),
        prepare=lambda *_: wanted(1), effects=written, is_done=confirmed, harmless=NONE_NAMED, meanings={404: BadConfigError},
    )  # fmt: skip
    bulk = Verb(
        "upsert_many", "PATCH", "/api/modules/product/objects", lambda client, objects: client.upsert_objects("product", objects),
        prepare=lambda *_: wanted(1, 2, 3), effects=written, size=3, items="/", is_done=confirmed, harmless=NONE_NAMED,
        # These are about one of the objects: the batch is halved.
        answers=frozenset({400, 406, 409, 410, 413, 415, 422}), meanings={404: BadConfigError},
    )  # fmt: skip
    bulk_class = "B"
    more = (
        Verb(
            "get_module", "GET", "/api/modules/product", lambda client, _: client.get_module("product"),
            required=("name", "fields", "fields/0/name", "fields/0/type"), meanings={404: BadConfigError},
        ),
        Verb(
            "delete", "DELETE", "/api/modules/product/objects/*", lambda client, _: client.delete_object("product", object_id(1)),
            effects=lambda box: len(box.effects("4ap.deleted")), writes="B", answers=frozenset({404}), harmless=ANY_JSON,
        ),
        Verb(
            "put_file", "PUT", "/dav/page.pdf", upload, prepare=at_once, effects=lambda box: len(box.rows("fourallportal.mount")),
            is_done=lambda uploaded: bool(uploaded.id), writes="B", answers=frozenset({409}), harmless=NO_BODY,
        ),
        Verb(
            "mount_event", "POST", "/api/extensions/dam/mounts/data/events/CREATE", upload, prepare=at_once, writes="B",
            effects=lambda box: len(box.effects("4ap.file")), is_done=lambda uploaded: bool(uploaded.id), harmless=ANY_JSON,
        ),
    )  # fmt: skip

    def test_a_delete_that_was_none(self):
        """A 200 says nothing by itself: an object that is still there was not deleted."""
        delete = next(verb for verb in self.more if verb.name == "delete")
        client, given = self.ready(delete)
        self.box.spoil(delete, lambda *_: Answer(200, {"Content-Type": "application/json"}, b"{}"), instead=True)
        assert isinstance(self.attempt(delete, client, given).error, NotOursError)
        assert (self.calls(delete), self.effects(delete)) == (1, 0)

    def test_ids_that_are_none(self):
        """K11: an answer to a write that names something else than ids, or objects of others, is no success."""
        for foreign in ([1], [None], [[object_id(101)]], [object_id(1)], {"ids": [object_id(101)]}):
            client, given = self.ready(self.write_b)
            self.box.spoil(self.write_b, lambda _seen, answer, body=foreign: _with(answer, body))
            self.judge_foreign(replace(self.write_b, writes="B"), self.attempt(self.write_b, client, given))
            self.box.reset()


class TestLegacyFeed(Portal):
    """The older API: its own login, and faults that come as 200."""

    __test__ = True
    secrets = MappingProxyType({"login_password": PASSWORD})
    headers = frozenset({"cookie"})

    read = Verb(
        "get_beans", "POST", "/rest/PAPRemoteService/getBeans", lambda client, _: client.get_beans([object_id(1)]),
        required=("code", "result", "result/0/properties"), is_done=lambda beans: [bean.id for bean in beans] == [object_id(1)],
    )  # fmt: skip
