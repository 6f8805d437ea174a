"""What an account can do: documented, extended, something between, or not told."""

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from graphql import build_schema, extend_schema, graphql_sync, parse, validate
from ledger_database import make_ledger

from colophon.errors import AuthFailedError, BadShapeError, FeatureMissingError, SchemaDriftError
from colophon.ledger import Ledger
from colophon.systems.consonance.graphql import queries
from colophon.systems.consonance.graphql.capabilities import FEATURES, _extension, judge, schema_from

ENUMS = """TodoStatus RunStatus RoyaltyLevel EscalatorKind TeamRole RightsDealStatus RightsFormat AssetKind AssetStatus
CommunicationOutcome ChannelStatusCode ContactFieldName"""


def flat(text):
    """SDL on one line, without comments, so that a test can find what it takes away."""
    return " ".join(" ".join(line.partition("#")[0] for line in text.splitlines()).split())


def extended_sdl():
    """The extension's types as the client expects them, its enums as plain scalars."""
    return flat(files("colophon.systems.consonance").joinpath("graphql/extension.graphql").read_text()) + "".join(
        f" scalar {name}" for name in ("Decimal", *ENUMS.split())
    )


@pytest.fixture
def documented():
    """The documented schema's SDL."""
    return flat((Path(__file__).parent / "documented.graphql").read_text())


@pytest.fixture
def look(fake, connect):
    """Capabilities of the fake account once its schema is that of some SDL."""

    def make(sdl, extension=None, **extra):
        fake.schema = build_schema(sdl)
        if extension:
            fake.schema = extend_schema(fake.schema, parse(extension))
        return connect(**extra).capabilities()

    return make


def test_every_document_is_valid_in_the_documented_schema(documented):
    """What the client asks, whole or cut to the bare minimum, is a question that the schema knows."""
    schema = build_schema(documented)
    for document in (*queries.SENT, queries.INTROSPECTION, queries.HELLO):
        for missing in ((), queries.ASSUMED):
            text = queries.fit(document.text, missing)
            assert validate(schema, parse(text)) == [], document.name
            assert "#" not in text


def test_documented_account(look, documented):
    """No extension, and nothing missing."""
    found = look(documented)
    assert (found.profile, found.features, found.missing_fields, found.incomplete) == ("documented", (), (), {})


def test_extended_account(look, documented):
    """Every feature is there, and the digest differs from the documented one's."""
    found = look(documented, extended_sdl())
    assert found.profile == "extended"
    assert found.features == tuple(FEATURES)
    assert found.digest != look(documented).digest


@pytest.mark.parametrize(
    ("old", "new", "feature", "lacks"),
    [
        (" tags: [String!]!", "", "todos", "Todo.tags"),
        ("dueOn: ISO8601Date completedOn", "dueOn: String completedOn", "todos", "Todo.dueOn"),
        ("externalReferenceEq: String }", "}", "todos", "TodoSearchAttributes.externalReferenceEq"),
        ("combine: String!", "combine: String", "royalty_terms", "RoyaltyEscalator.combine"),
        ("thumbnailUrl: String", "", "mutation.upsertExternalAsset", "UpsertExternalAssetInput.thumbnailUrl"),
        ("todos(todoSearch: TodoSearchAttributes!)", "todos(todoSearch: TodoSearchAttributes)", "todos", "Query.todos.todoSearch"),
    ],
)
def test_a_partly_present_feature_is_absent_and_named(look, documented, old, new, feature, lacks):
    """One field, argument or type off, and the feature is not used; the test says what lacks."""
    sdl = extended_sdl()
    assert old in sdl
    found = look(documented, sdl.replace(old, new, 1))
    assert found.profile == "mixed"
    assert feature not in found.features
    assert lacks in found.incomplete[feature]


def test_an_absent_feature_is_not_called_incomplete(look, documented):
    """Where even the root field is not there, nobody promised anything."""
    found = look(documented)
    assert found.incomplete == {}


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("onixProductAvailability: ONIXCode", "", "Product.onixProductAvailability"),
        ("contentLanguages: [ContentLanguage!]!", "", "Product.contentLanguages"),
        (" BIOGRAPHICAL_NOTE", "", "MarketingTextVariant.BIOGRAPHICAL_NOTE"),
        ("resourceVariant: SupportingResourceVariant productIds: [Int!]!", "productIds: [Int!]!", "SupportingResource.resourceVariant"),
        ("contracts(contractSearch: ContractSearchAttributes): [Contract!]!", "", "Query.contracts"),
        ("input ContractSearchAttributes { after: Int idEq", "input ContractSearchAttributes { idEq", "ContractSearchAttributes.after"),
    ],
)
def test_an_assumed_member_that_is_not_there_is_not_asked_for(look, connect, fake, documented, old, new, missing):
    """It is named in `missing_fields`, and the query that is sent is valid without it."""
    assert old in documented
    assert look(documented.replace(old, new)).missing_fields == (missing,)
    fake.rows["products"] = [{"id": 1, "fullTitle": "T", "work": {"id": 2}}]
    [page] = connect().iter_products()
    assert page.records[0].title == "T"


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("titlePrefix: String", "", "Product.titlePrefix"),
        ("isForSaleWorldwide: Boolean", "", "Product.isForSaleWorldwide"),
        (" THEMA", "", "SubjectScheme.THEMA"),
        ("changedSince: ISO8601Date productTypes", "productTypes", "ProductSearchAttributes.changedSince"),
        ("subjectCodes(schemesIn: [SubjectScheme!], mainOnly: Boolean)", "subjectCodes(mainOnly: Boolean)", "Work.subjectCodes.schemesIn"),
    ],
)
def test_a_lost_documented_member_is_drift_that_names_it(look, documented, old, new, lost):
    """The reading does not start, and the error says what to ask the vendor about."""
    assert old in documented
    with pytest.raises(SchemaDriftError, match=lost):
        look(documented.replace(old, new))


def test_refused_introspection_leaves_what_is_documented(fake, connect):
    """Profile `documented`, everything assumed is missing, the test warns, and a query still works."""
    fake.introspects = False
    fake.rows["products"] = [{"id": 1, "fullTitle": "T", "work": {"id": 2}}]
    client = connect()
    found = client.capabilities()
    assert (found.profile, found.was_introspected) == ("documented", False)
    assert set(found.missing_fields) == queries.ASSUMED
    [page] = client.iter_products()
    assert "languages" in page.records[0].missing_fields
    assert [check.sentence for check in client.test() if check.name == "schema" and not check.is_good]


def test_a_refused_introspection_is_not_kept(fake, connect, cache):
    """A passing fault must not cost a day of descriptions: the next client asks again."""
    fake.introspects = False
    connect(cache=cache).capabilities()
    fake.introspects = True
    assert connect(cache=cache).capabilities().was_introspected


@pytest.mark.parametrize("body", [b"[]", b'{"data": null}', b'{"data": {}}', b'{"data": {"__schema": {"types": [{}]}}}'])
def test_a_nonsense_introspection_is_no_refusal(fake, connect, body):
    """Only a refusal falls back; another shape is an error."""
    fake.spoil.append(lambda _, reply: (200, reply[1], body))
    with pytest.raises(BadShapeError):
        connect().capabilities()


def test_a_bad_key_is_no_refused_introspection(fake, connect):
    """401 stops at once, after one call."""
    with pytest.raises(AuthFailedError):
        connect(key="wrong").capabilities()
    assert len(fake.requests) == 1


class Cache(dict):
    """Capabilities in memory, as the ledger keeps them."""

    def put(self, connection, value, checked_at):
        self[connection] = (json.loads(json.dumps(value)), checked_at)


@pytest.fixture
def cache():
    """An empty cache."""
    return Cache()


def asked_schema(fake):
    """How often the account was asked for its schema."""
    return sum(request["operationName"] == "Introspection" for request in fake.requests)


def test_capabilities_are_kept_for_their_time(fake, connect, cache):
    """A second client asks the cache; a stale entry, another version's or `refresh` asks the account."""
    first = connect(cache=cache).capabilities()
    assert connect(cache=cache).capabilities() == first
    assert asked_schema(fake) == 1
    assert "canary" not in str(cache)
    value, checked_at = cache["consonance_default"]
    cache["consonance_default"] = (value, checked_at - timedelta(hours=24))
    assert connect(cache=cache).capabilities() == first
    assert asked_schema(fake) == 2
    cache["consonance_default"] = ({"version": 0}, checked_at)
    connect(cache=cache).capabilities()
    connect(cache=cache).capabilities(refresh=True)
    assert asked_schema(fake) == 4


def test_profile_of_the_connection(look, documented):
    """`documented` never uses an extension; `extended` stops where one lacks."""
    assert look(documented, extended_sdl(), profile="documented").features == ()
    assert look(documented, extended_sdl(), profile="extended").profile == "extended"
    with pytest.raises(FeatureMissingError, match="todos"):
        look(documented, profile="extended")


def test_the_expected_extension_is_whole():
    """Each feature's root field is in the file, and everything it leads to."""
    for root in FEATURES.values():
        kind, _, field = root.partition(".")
        assert field in _extension()[kind]


def test_the_digest_does_not_depend_on_order(documented):
    """The same schema told in another order has the same digest."""
    told = graphql_sync(build_schema(documented), queries.INTROSPECTION.text).data["__schema"]
    turned = {"types": [{**kind, "fields": kind["fields"] and kind["fields"][::-1]} for kind in reversed(told["types"])]}
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert judge(schema_from(told), now) == judge(schema_from(turned), now)


def test_the_ledger_keeps_capabilities(fake, connect, tmp_path):
    """What one process found out, the next reads from the ledger's database."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    make_ledger(url)
    with Ledger.open(url) as ledger:
        found = connect(cache=ledger.memory).capabilities()
    with Ledger.open(url) as ledger:
        assert connect(cache=ledger.memory).capabilities() == found
    assert asked_schema(fake) == 1
