"""All answers of the door. They say what was wrong in kind, and never repeat a byte of what was sent."""

import json
import math
from dataclasses import dataclass, field

from colophon.errors import BadShapeError, ColophonError, ForgedError, InvalidError

JSON, PROBLEM = "application/json", "application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, a stable code, one sentence, further headers. From 400 on it is a problem by RFC 9457."""

    status: int
    code: str
    title: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        """Content type of the body."""
        return PROBLEM if self.status >= 400 else JSON

    @property
    def body(self) -> bytes:
        """The body as JSON."""
        problem = {"type": f"urn:colophon:hooks:{self.code}", "title": self.title, "status": self.status}
        return json.dumps(problem if self.status >= 400 else {"status": self.code}).encode()


TAKEN = Answer(202, "taken", "Taken")
SEEN = Answer(200, "seen", "Seen before")
CONFLICT = Answer(409, "conflict", "This id came before with another body")
UNKNOWN_SOURCE = Answer(404, "source", "There is no such source")
WRONG_METHOD = Answer(405, "method", "Events come by POST", {"Allow": "POST, OPTIONS"})
MALFORMED = Answer(400, "malformed", "The request is malformed")
FORGED = Answer(401, "forged", "The signature or the time does not fit")
TOO_LARGE = Answer(413, "size", "The body is larger than 256 KiB")
NOT_JSON = Answer(415, "media_type", "The body must be JSON, not encoded")
TOO_SLOW = Answer(408, "slow", "The body did not arrive in time")
UNAVAILABLE = Answer(503, "later", "Nothing can be taken now", {"Retry-After": "10"})
# CloudEvents web hooks ask before they call; whoever calls proves itself by its signature, so any origin may.
AGREED = Answer(200, "agreed", "Agreed", {"WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "120", "Allow": "POST, OPTIONS"})


def too_many(wait_s: float) -> Answer:
    """One caller calls too often."""
    return Answer(429, "rate", "Too many requests", {"Retry-After": str(max(1, math.ceil(wait_s)))})


def of(problem: ColophonError) -> Answer:
    """The answer to a fault that a check found; what is our own fault is 503."""
    if isinstance(problem, ForgedError):
        return FORGED
    if isinstance(problem, InvalidError | BadShapeError):
        return MALFORMED
    return UNAVAILABLE
