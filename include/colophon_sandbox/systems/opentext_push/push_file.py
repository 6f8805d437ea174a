"""What stands inside a push file of version `assumed-1`, and the limits of its messages (contract sections 3 and 4)."""

import base64
import binascii
import json
from typing import Any

from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.opentext_push.schemas import check
from colophon_sandbox.world import Row

TOKEN_BYTES, TOPIC_BYTES = 4096, 2048
LONGEST_TTL_S = 2_419_200


def unpack(data: str, most: int) -> Row:
    """The file inside a request's `data`; RefusedError says what is wrong with it."""
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise RefusedError(400, "bad_base64", "data is not Base64") from problem
    if len(content) > most:
        raise RefusedError(413, "too_large", f"a file has at most {most} bytes")
    try:
        given = json.loads(content, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as problem:
        raise RefusedError(400, "bad_json", "the file is not JSON") from problem
    found: Row = check("file", given)
    refs = [message["ref"] for message in found["messages"]]
    if len(set(refs)) < len(refs):
        raise RefusedError(400, "repeated_ref", "a ref stands twice in the file")
    for place, message in enumerate(found["messages"]):
        check_limits(message, message["target"], f"messages/{place}")
    return found


def check_limits(message: Row, target: dict[str, str], place: str = "message") -> None:
    """RefusedError for a message that the push service would not take."""
    most = TOKEN_BYTES if "token" in target else TOPIC_BYTES
    if payload_bytes(message) > most:
        raise RefusedError(400, "payload_too_large", f"{place} has a payload of more than {most} bytes", name=place)
    ttl = message.get("ttl") or "0s"
    if int(ttl[:-1]) > LONGEST_TTL_S:
        raise RefusedError(400, "bad_ttl", f"{place} lives too long", name=f"{place}/ttl")
    if target.get("token") == "tok-bad":
        raise RefusedError(400, "INVALID_ARGUMENT", f"{place} has a token that is none", name=f"{place}/target/token")


def payload_bytes(message: Row) -> int:
    """Size of what a device gets: compact UTF-8 JSON of notification and data."""
    shown = {"notification": message["notification"], "data": message.get("data", {})}
    return len(json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode())


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is given twice")
    return found
