"""`data` of every event type v1 (contract section 4): all members present, null where not known, none besides.

Ids and revisions are never null. Lists are complete each time: they replace, never add.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.alias_generators import to_camel

from colophon.errors import InvalidError

Id = Annotated[str, Field(min_length=1)] | int
Isbn = Annotated[str, Field(pattern=r"^97[89][0-9]{10}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$")]
Amount = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Text = str | None
Objects = list[dict[str, Any]]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=False)


class _Payload(_Data):
    url: str
    sha256: str
    bytes: int
    media_type: str
    file_name: Text
    expires_at: Moment | None


class _Contributor(_Data):
    name: str
    role: str
    sequence: int
    isni: Text


class _Price(_Data):
    amount: Amount
    currency: Currency
    type: str
    from_: Annotated[Day | None, Field(alias="from")]
    until: Day | None


class _Territories(_Data):
    included: list[str]
    excluded: list[str]


class _Names(_Data):
    display: str
    inverted: Text
    organisation: Text


class _Address(_Data):
    line1: Text
    line2: Text
    city: Text
    postcode: Text
    country: Text
    kind: Literal["post", "billing"]


class _Identifier(_Data):
    type: Literal["isni", "orcid", "vat", "customer_id", "supplier_id", "email"]
    value: str


class _Rights(_Data):
    head_grants: list[dict[str, Any]]
    rights_deals: list[dict[str, Any]]


class _Royalty(_Data):
    royalty_terms: dict[str, Any]


class _RejectedItem(_Data):
    ref: str
    code: str
    message: Text


def _shape(name: str, **members: Any) -> type[_Data]:
    """A record of required members; pydantic wants each as (type, no default)."""
    required: dict[str, Any] = {member: (kind, ...) for member, kind in members.items()}
    return create_model(name, __base__=_Data, **required)


_PARTY: dict[str, Any] = {
    "party_id": Id,
    "names": _Names,
    "identifiers": list[_Identifier],
    "addresses": list[_Address],
    "tax_status": Text,
    "payment_preference": Text,
    "vendor_status": Text,
    "field_times": dict[str, Moment],
}
_ORDER: dict[str, Any] = {
    "order_id": Id,
    "isbn": Isbn,
    "step": Literal[1, 2, 3],
    "quantity": int | None,
    "due_on": Day | None,
    "payload": _Payload | None,
}
_CAMPAIGN: dict[str, Any] = {
    "isbn": Isbn,
    "publication_date": Day | None,
    "assets_final": bool | None,
    "metadata_final": bool | None,
}
_FAILURE: dict[str, Any] = {"isbn": Isbn, "fault": str, "system": str, "severity": Text, "code": Text, "message": Text, "at": Moment}
_OBLIGATION: dict[str, Any] = {
    "contract_id": Id,
    "payee_id": Id,
    "amount": Amount | None,
    "currency": Currency | None,
    "paid_on": Day | None,
    "reference": Text,
}
_VERDICT: dict[str, Any] = {"message_id": Id, "event_id": Id, "target": str, "at": Moment}

SCHEMAS: dict[str, type[_Data]] = {
    "title.feed": _shape("TitleFeed", format=str, message_number=int, full=bool, products=int, payload=_Payload),
    "title.updated": _shape(
        "TitleUpdated",
        isbn=Isbn,
        work_id=Id,
        revision=int,
        title=Text,
        contributors=list[_Contributor],
        imprint=Text,
        product_form=Text,
        publishing_status=Text,
        publication_date=Day | None,
        prices=list[_Price],
        territories=_Territories | None,
    ),
    "title.withdrawn": _shape("TitleWithdrawn", isbn=Isbn, revision=int, reason=Text),
    "workflow.milestone": _shape(
        "WorkflowMilestone",
        work_id=Id,
        milestone=str,
        state=Literal["done", "undone", "delayed"],
        at=Moment | None,
        by=Text,
        previous_date=Day | None,
        new_date=Day | None,
    ),
    "workflow.cancelled": _shape("WorkflowCancelled", work_id=Id, at=Moment | None, reason=Text),
    "asset.released": _shape("AssetReleased", isbn=Isbn, kind=str, asset_id=Id, version=Id, payload=_Payload),
    "asset.withdrawn": _shape("AssetWithdrawn", isbn=Isbn, asset_id=Id, version=Id),
    "rights.terms": _shape("RightsTerms", contract_id=Id, revision=int, terms=_Rights),
    "royalty.terms": _shape("RoyaltyTerms", contract_id=Id, revision=int, terms=_Royalty),
    "royalty.statement": _shape("RoyaltyStatement", contract_id=Id, payee_id=Id, period=str, amount=Amount, currency=Currency, state=str),
    "production.file_release": _shape("FileRelease", **_ORDER),
    "production.print_order": _shape("PrintOrder", **_ORDER),
    "production.warehouse_schedule": _shape("WarehouseSchedule", **_ORDER),
    "production.cancel": _shape("ProductionCancel", order_id=Id, steps=list[int], reason=Text),
    "party.upserted": _shape("PartyUpserted", **_PARTY),
    "campaign.milestone": _shape("CampaignMilestone", milestone=str, **_CAMPAIGN),
    "campaign.hold": _shape("CampaignHold", reason=str, **_CAMPAIGN),
    "campaign.release": _shape("CampaignRelease", reason=str, **_CAMPAIGN),
    "metadata.exception": _shape("MetadataException", isbn=Isbn, rule=str, field=str, found=Text, expected=Text, blocks=Any),
    "target.ack": _shape("TargetAck", **_VERDICT),
    "target.reject": _shape("TargetReject", code=str, message=Text, retryable=bool, items=list[_RejectedItem], **_VERDICT),
    "onix.acknowledgement": _shape("OnixAcknowledgement", recipient=str, message_number=int, payload=_Payload),
    "delivery.failure": _shape("DeliveryFailure", **_FAILURE),
    "delivery.recovered": _shape("DeliveryRecovered", **_FAILURE),
    "finance.obligation": _shape("FinanceObligation", **_OBLIGATION),
    "finance.payment": _shape("FinancePayment", **_OBLIGATION),
    "rights.availability": _shape(
        "RightsAvailability",
        isbn=Isbn,
        territory=str,
        format=str,
        channel=Text,
        available=bool,
        from_=Annotated[Day | None, Field(alias="from")],
        to=Day | None,
    ),
    "party.changed": _shape("PartyChanged", system=str, **_PARTY),
}
"""By event type without prefix and version."""


def check_data(name: str, data: object) -> None:
    """Check the data of one event type, by its name without prefix and version.

    :raises InvalidError: a type that we do not know, or data that does not fit; names the places, never the values.
    """
    schema = SCHEMAS.get(name)
    if schema is None:
        raise InvalidError("there is no event type of this name", system="xconnector", operation="make_event", evidence=name)
    try:
        schema.model_validate(data)
    except ValidationError as problem:
        errors = problem.errors(include_input=False, include_url=False)
        faults = "; ".join(f"/{'/'.join(map(str, error['loc']))} {error['type']}" for error in errors[:10])
    else:
        return
    raise InvalidError(f"the data does not fit the schema of {name}", system="xconnector", operation="make_event", evidence=faults)
