"""The account's mutations: documented ones by what can be read, extensions by our reference (contract sections 3, 7, 9)."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from colophon.domain.external_record import ExternalRecord
from colophon.errors import BadRecordError, BadShapeError, EffectUnknownError, FeatureMissingError, NotOursError
from colophon.http.operation import DeliveryClass
from colophon.ledger.write_backs import WriteBack, is_older
from colophon.systems.consonance.graphql import queries
from colophon.systems.consonance.graphql.account import Account
from colophon.systems.consonance.graphql.external_records import external_record
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.wire import Row
from colophon.systems.consonance.writes.operations import KINDS, is_clear, revealed, to_wire
from colophon.systems.consonance.writes.payloads import input_type

_CODED = re.compile(r"([A-Z_]{2,40})(: (?:work|product|contract|contact) \d{1,12})?")
_PAYLOAD = "recordId externalReference revision created changed errors"
_RECORD = {"updateContract": "contract", "createMarketingText": "marketingText", "createSupportingResource": "supportingResource"}


class Written(NamedTuple):
    """What a mutation did. `refusal` is the code of a refusal, `detail` its text where that cannot hold personal data."""

    record_id: int | None = None
    created: bool = False
    changed: bool = False
    refusal: str = ""
    detail: str = ""


class Mutations:
    """Writes to one account, one by one or in batches. Nothing is done twice, whatever answer is lost; `write_back.Writer` decides what goes."""

    def __init__(self, account: Account, *, reveal: Callable[[str], str] = str) -> None:
        """:param reveal: opens values that are sealed until they leave."""
        self._account = account
        self.reveal = reveal

    def send(self, items: Sequence[WriteBack]) -> list[Written]:
        """Write: several extensions in one request, in order, or one documented mutation.

        :raises EffectUnknownError, ServerError, UnexpectedAnswerError: it may have been done.
        :raises SchemaDriftError, InvalidError: nothing was done. Other errors: nothing was taken.
        """
        match KINDS[items[0].operation].writes:
            case DeliveryClass.A:
                return self._send_extensions(items)
            case DeliveryClass.B:
                return [self._update_contract(item) for item in items]
            case _:
                return [self._create(item) for item in items]

    def find(self, item: WriteBack) -> bool | None:
        """Whether the account holds this, None where it cannot be asked."""
        kind = KINDS[item.operation]
        if kind.writes is DeliveryClass.B:
            now = self._contract(item)
            return now is not None and not _changes(item, now)
        if kind.writes is DeliveryClass.C:
            return self._look(item) is not None
        if not kind.is_extension or "external_records" not in self._account.capabilities().features:
            return None
        found = self.find_external(item.reference, item.operation)
        return found is not None and not self.differing(item, found)

    def differing(self, item: WriteBack, found: ExternalRecord) -> list[str]:
        """Members that the record under a reference has otherwise than was written; what came later has a right to, and what we cannot open we cannot tell."""
        if is_older(item.payload, found.payload, KINDS[item.operation].ordered_by):
            return []
        ours, unknown = revealed(item.payload, self.reveal), {"expectedRevision"}
        if not is_clear(item.payload, self.reveal):
            unknown.add("fields")
        return [name for name, value in ours.items() if name not in unknown and found.payload.get(name) != value]

    def find_external(self, reference: str, kind: str | None = None) -> ExternalRecord | None:
        """EXT: what the account holds under our reference (`kind`: the mutation); None where it holds nothing.

        :raises FeatureMissingError: the account cannot be asked.
        """
        if "external_records" not in self._account.capabilities().features:
            raise FeatureMissingError("the account cannot be asked by reference", system="consonance", subject="external_records")
        search = {"externalReferenceEq": reference, **({"kindEq": kind} if kind else {})}
        rows = self._account.ask(queries.EXTERNAL, search)
        if not isinstance(rows, list):
            raise BadShapeError("`externalRecords` is no list", system="consonance", operation="ExternalRecords")
        return next((_external(row) for row in rows), None)

    def _send_extensions(self, items: Sequence[WriteBack]) -> list[Written]:
        heads = ", ".join(f"$i{n}: {input_type(item.operation)}!" for n, item in enumerate(items))
        fields = " ".join(f"m{n}: {item.operation}(input: $i{n}) {{ {_PAYLOAD} }}" for n, item in enumerate(items))
        document = Document("WriteBack", "writeBack", f"mutation WriteBack({heads}) {{ {fields} }}")
        variables = {f"i{n}": revealed(to_wire(item), self.reveal) for n, item in enumerate(items)}

        def check(data: Row) -> None:
            for n, item in enumerate(items):
                _check_extension(data.get(f"m{n}"), f"m{n}", item)

        data = self._account.tell(document, variables, DeliveryClass.A, check)
        return [_written(data[f"m{n}"]) for n in range(len(items))]

    def _update_contract(self, item: WriteBack) -> Written:
        now = self._contract(item)
        if now is None:
            return Written(refusal="NOT_FOUND", detail=f"NOT_FOUND: contract {item.payload['id']}")
        changes = _changes(item, now)
        if not changes:
            return Written(item.payload["id"])
        wire = to_wire(item)
        return self._tell(item, {"id": wire["id"], **{name: wire[name] for name in changes}})._replace(created=False)

    def _contract(self, item: WriteBack) -> Row | None:
        found = self._account.ask(queries.CONTRACT_NOW, {"idEq": item.payload["id"]})
        if not isinstance(found, dict | None):
            raise BadShapeError("`contract` is no object", system="consonance", operation="ContractNow")
        return found

    def _create(self, item: WriteBack) -> Written:
        """Class C has no key: look first, for an earlier run may have died; and look again when an answer is lost."""
        found = self._look(item)
        if found is not None:
            return Written(found)
        try:
            return self._tell(item, to_wire(item))
        except EffectUnknownError:
            if (found := self._look_later(item)) is not None:
                return Written(found, created=True, changed=True)
        return self._create_again(item)

    def _create_again(self, item: WriteBack) -> Written:
        """It was certainly not there after the settle time: the one repeat that class C allows."""
        try:
            return self._tell(item, to_wire(item))
        except EffectUnknownError:
            if (found := self._look_later(item)) is None:
                raise
            return Written(found, created=True, changed=True)

    def _look_later(self, item: WriteBack) -> int | None:
        self._account.sleep(self._account.settings.http.settle_s)
        return self._look(item)

    def _look(self, item: WriteBack) -> int | None:
        """Id of the text (by work, variant, text) or resource (by work, caption) that equals ours, for at least our products."""
        given = item.payload
        is_text = item.operation == "createMarketingText"
        document, group = (queries.texts_of(given["variant"]), "marketingTexts") if is_text else (queries.RESOURCES, "supportingResources")
        member, ours = ("externalTextMarkdown", given["externalTextMarkdown"]) if is_text else ("caption", given["caption"])
        work = self._account.ask(document, {"idEq": given["workId"]})
        rows = work.get(group) if isinstance(work, dict) else ()
        if not isinstance(rows, list | tuple):
            raise BadShapeError(f"`{group}` is no list", system="consonance", operation=document.name)
        wanted = set(given.get("productIds") or ())
        return next(
            (row["id"] for row in rows if _bare(row.get(member)) == _bare(ours) and wanted <= set(row.get("productIds") or ())), None
        )

    def _tell(self, item: WriteBack, wire: Row) -> Written:
        record, name = _RECORD[item.operation], item.operation
        text = f"mutation WriteBack($i: {input_type(name)}!) {{ {name}(input: $i) {{ {record} {{ id }} errors }} }}"

        def check(data: Row) -> None:
            _check_documented(data.get(name), record, item)

        writes = KINDS[name].writes or DeliveryClass.D
        answer = self._account.tell(Document("WriteBack", name, text), {"i": wire}, writes, check)[name]
        if answer["errors"]:
            return _refused(answer["errors"])
        return Written(answer[record]["id"], created=True, changed=True)


def _check_extension(answer: Any, alias: str, item: WriteBack) -> None:
    if not isinstance(answer, dict) or not _is_texts(answer.get("errors")):
        raise BadShapeError(f"`{alias}` ({item.operation}) has no list of errors")
    if answer.get("externalReference") != item.reference:
        raise NotOursError("`externalReference` is missing or not ours")
    if not answer["errors"] and not _is_id(answer.get("recordId")):
        raise BadShapeError(f"`{item.operation}` has no recordId")


def _check_documented(answer: Any, record: str, item: WriteBack) -> None:
    if not isinstance(answer, dict) or not _is_texts(answer.get("errors")):
        raise BadShapeError(f"`{item.operation}` has no list of errors")
    if answer["errors"]:
        return
    made = answer.get(record)
    if not isinstance(made, dict) or not _is_id(made.get("id")):
        raise BadShapeError(f"`{item.operation}` has no {record} with an id")
    if item.operation == "updateContract" and made["id"] != item.payload["id"]:
        raise NotOursError("the answer names another contract")


def _written(answer: Row) -> Written:
    if answer["errors"]:
        return _refused(answer["errors"])
    return Written(answer["recordId"], answer.get("created") is True, answer.get("changed") is True)


def _refused(errors: Sequence[str]) -> Written:
    coded = _CODED.match(errors[0])
    code = coded.group(1) if coded else "other"
    return Written(refusal=code, detail=errors[0] if _CODED.fullmatch(errors[0]) else code)


def _changes(item: WriteBack, now: Row) -> list[str]:
    return [name for name, value in item.payload.items() if name != "id" and not _is_same(now.get(name), value)]


def _is_same(now: object, wanted: object) -> bool:
    if isinstance(now, int | Decimal) and isinstance(wanted, str):
        return Decimal(now) == Decimal(wanted)
    return now == wanted


def _external(row: Any) -> ExternalRecord:
    try:
        return external_record(row if isinstance(row, dict) else {})
    except BadRecordError as fault:
        sentence = f"an external record's {fault.subject} is no {fault.sentence}"
        raise BadShapeError(sentence, system="consonance", operation="ExternalRecords") from fault


def _bare(text: object) -> str:
    return " ".join(str(text or "").split())


def _is_id(value: object) -> bool:
    return type(value) is int


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
