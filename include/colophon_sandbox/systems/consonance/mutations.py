"""The documented mutations: `updateContract`, `createMarketingText`, `createSupportingResource`. None takes a key.

Rows are replaced and never changed in place: they may be the seed's, and a reset goes back to the seed.
"""

from collections.abc import Callable
from typing import Any

from colophon_sandbox.systems.consonance.records import Records, Row
from colophon_sandbox.systems.consonance.visible import touch
from colophon_sandbox.world import World


def root(world: World, records: Records) -> dict[str, Callable[..., Row]]:
    """Resolvers at the root of `Mutation`."""

    def update_contract(_info: Any, input: Row) -> Row:  # noqa: A002 - the contract's name
        contract = records.table("contracts").get(input["id"])
        if contract is None:
            return {"clientMutationId": input.get("clientMutationId"), "contract": None, "errors": [f"NOT_FOUND: contract {input['id']}"]}
        contract = {**contract, **{name: value for name, value in input.items() if name != "clientMutationId"}}
        world.store.table("consonance.contracts").put(str(contract["id"]), contract)
        records.index()
        world.effect("consonance.contract_updated", str(contract["id"]))
        return {"clientMutationId": input.get("clientMutationId"), "contract": contract, "errors": []}

    def create_marketing_text(_info: Any, input: Row) -> Row:  # noqa: A002 - as above
        work = records.table("works").get(input.get("workId") or 0)
        if work is None:
            return _refused(input, "marketingText", f"NOT_FOUND: work {input.get('workId')}")
        made = {
            "id": 1_000_000 + world.next_id("marketingText"),
            "variant": input.get("variant") or "MAIN_DESCRIPTION",
            "externalText": f"<p>{input['externalTextMarkdown']}</p>",
            "externalTextMarkdown": input["externalTextMarkdown"],
            "fromDate": input.get("fromDate"),
            "untilDate": input.get("untilDate"),
            "approvalStatusName": "Draft",
            "productIds": input.get("productIds") or [],
            "onix2Only": bool(input.get("onix2Only")),
        }
        work = {**work, "marketingTexts": [*work.get("marketingTexts", []), made]}
        return _made(world, records, work, input, "marketingText", made, input["externalTextMarkdown"])

    def create_supporting_resource(_info: Any, input: Row) -> Row:  # noqa: A002 - as above
        work = records.table("works").get(input["workId"])
        if work is None:
            return _refused(input, "supportingResource", f"NOT_FOUND: work {input['workId']}")
        if input.get("productIds") and input.get("linkToAllProducts"):
            return _refused(input, "supportingResource", "INVALID: productIds or linkToAllProducts, not both")
        made = {
            "id": 1_000_000 + world.next_id("supportingResource"),
            "url": input.get("imageRemoteUrl"),
            "caption": input.get("caption"),
            "status": input.get("status") or "DRAFT",
            "resourceVariant": input.get("resourceVariant"),
            "productIds": input.get("productIds") or [],
        }
        kept = work.get("supportingResources", [])
        if input.get("unlinkPrevious"):
            kept = [s for s in kept if s.get("resourceVariant") != made["resourceVariant"]]
        work = {**work, "supportingResources": [*kept, made]}
        answer = _made(world, records, work, input, "supportingResource", made, input.get("caption") or "")
        return {**answer, "presignedUrl": None}

    return {
        "updateContract": update_contract,
        "createMarketingText": create_marketing_text,
        "createSupportingResource": create_supporting_resource,
    }


def _made(world: World, records: Records, work: Row, given: Row, name: str, made: Row, key: str) -> Row:
    world.store.table("consonance.works").put(str(work["id"]), work)
    touch(world, records, work["id"])
    records.index()
    world.effect(f"consonance.{name}_created", key)
    return {"clientMutationId": given.get("clientMutationId"), name: made, "errors": []}


def _refused(given: Row, name: str, why: str) -> Row:
    return {"clientMutationId": given.get("clientMutationId"), name: None, "errors": [why]}
