"""Push files: every limit is checked before anything is sent; `PushFileFormat` is what stands inside (ASM, `assumed-1`)."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from colophon.errors import InvalidError, RefusedError
from colophon.errors.base import in_order
from colophon.http.jsontext import write_json
from colophon.systems.opentext_push.records import Message, PushFile, RefusedMessage

TOKEN_BYTES, TOPIC_BYTES = 4096, 2048
LONGEST_TTL_S = 2_419_200
LONGEST_REF, LONGEST_REFERENCE = 64, 50
_ID_DIGITS = 40
_RESERVED_KEYS = frozenset({"from", "message_type"})
_RESERVED_STARTS = ("google.", "gcm.notification.")
_TOPIC = re.compile(r"[a-zA-Z0-9\-_.~%]+")
_LABEL = re.compile(r"[a-zA-Z0-9\-_.~%]{1,50}")


class PushFileFormat:
    """The inside of a file, version `assumed-1`. Another format of the vendor replaces this class and nothing else."""

    version = "assumed-1"

    def write(self, message_id: str, use_case: str, messages: Sequence[Message]) -> bytes:
        """A file as bytes."""
        return write_json(
            {
                "version": self.version,
                "message_id": message_id,
                "customer_reference": use_case[:LONGEST_REFERENCE],
                "application": "colophon",
                "validate_only": False,
                "messages": [self.message(message) for message in messages],
            }
        )

    def message(self, message: Message) -> dict[str, Any]:
        """One message as it stands in a file."""
        return {
            "ref": message.ref,
            "target": {message.target.kind: message.target.value},
            **shown(message),
            "ttl": f"{message.ttl_s}s",
            "priority": message.priority,
            "collapse_key": message.collapse_key,
            "link": message.link,
            "analytics_label": message.analytics_label,
        }


def build_file(
    file_format: PushFileFormat, account: str, messages: Sequence[Message], use_case: str, occurrence: str, identity: str = ""
) -> PushFile:
    """A file of all messages that keep every limit; the others are in `refused`.

    `identity` stands for the content in the file's id where the same alert must keep its id although a person's devices have
    changed; without it the content itself does. The service compares ids only, so one of the two must be in it.
    """
    good, refused, seen = [], [], set[str]()
    for message in messages:
        try:
            if message.ref in seen:
                raise InvalidError("the ref stands twice in the file", system="opentext_push", operation="build_file", subject=message.ref)
            good.append(fitting(message))
            seen.add(message.ref)
        except RefusedError as problem:
            refused.append(RefusedMessage(message.ref, problem))
    told = identity or file_format.write("", use_case, good).decode()
    digest = hashlib.sha256("\x1f".join((use_case, occurrence, told)).encode()).hexdigest()
    message_id = f"{account}-{digest[:_ID_DIGITS]}"
    content = file_format.write(message_id, use_case, good) if good else b""
    refs = tuple(message.ref for message in good)
    return PushFile(message_id, content, refs, tuple(good), tuple(refused), use_case, occurrence, identity)


def fitting(message: Message) -> Message:
    """The message, its body shortened at a word where it is too long.

    :raises InvalidError: it breaks a limit of section 4; names the limit, never the target.
    """
    for broken, sentence in _limits(message):
        if broken:
            raise InvalidError(sentence, system="opentext_push", operation="build_file", subject=message.ref)
    most = TOKEN_BYTES if message.target.kind == "token" else TOPIC_BYTES
    if payload_bytes(message) <= most:
        return message
    words = message.body.split()
    for count in range(len(words) - 1, 0, -1):
        shorter = replace(message, body=" ".join(words[:count]) + "…")
        if payload_bytes(shorter) <= most:
            return shorter
    evidence = f"{payload_bytes(message)} bytes, {most} fit"
    raise InvalidError("the payload is too large", system="opentext_push", operation="build_file", subject=message.ref, evidence=evidence)


def shown(message: Message) -> dict[str, Any]:
    """What a device gets of a message; its size is what the limit counts (ASM)."""
    notification = {"title": in_order(message.title), "body": in_order(message.body), "image": message.image}
    return {"notification": notification, "data": dict(message.data)}


def payload_bytes(message: Message) -> int:
    """Size of what a device gets, in bytes of compact UTF-8 JSON."""
    return len(write_json(shown(message)))


def _limits(message: Message) -> list[tuple[bool, str]]:
    target = message.target
    keys = [key for key in message.data if key in _RESERVED_KEYS or key.startswith(_RESERVED_STARTS)]
    return [
        (target.kind not in {"token", "topic", "condition"} or not target.value, "the target is no device, topic or condition"),
        (target.kind == "topic" and not _TOPIC.fullmatch(target.value), "the topic has a character that topics cannot have"),
        (bool(keys), f"data has keys that are reserved: {', '.join(sorted(keys))}"),
        (not all(isinstance(value, str) for value in message.data.values()), "data maps text to text only"),
        (not 0 <= message.ttl_s <= LONGEST_TTL_S, f"the time to live is not within 0 to {LONGEST_TTL_S} s"),
        (not 1 <= len(message.ref) <= LONGEST_REF, f"the ref is not 1 to {LONGEST_REF} characters long"),
        (
            message.analytics_label is not None and not _LABEL.fullmatch(message.analytics_label),
            "the analytics label has a form that labels cannot have",
        ),
    ]
