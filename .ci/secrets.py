"""No secret in what git tracks: looks for the shapes that keys of our systems and of common vendors have. Prints file, line and kind.

Run by `make check` and before each commit. A value for tests says of itself that it is none: `not-a` is in it, plain or in Base64.
"""

import base64
import hashlib
import math
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

SHAPES = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}",
    "a webhook's signing secret": r"\bwhsec_[A-Za-z0-9+/]{32,}",
    "a token (JWT)": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a key of Google": r"\bAIza[\w-]{35}",
    "a key of AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{30,})",
    "a token of Slack": r"\bxox[abeprs]-[\w-]{10,}",
    "a Fernet key": r"\b[A-Za-z0-9_-]{43}=(?![=\w])",
}
NAMED = re.compile(r"""(?i)(?:password|passwd|secret|token|api_?key|credential)\w*["']?\s*[:=]\s*["']([A-Za-z0-9+/_.=-]{20,})["']""")
"""A value that is named as a secret; it is one where it looks drawn by lot."""
CLASS = re.compile(r"[a-z_]\w*(?:\.[A-Za-z_]\w*)+")
"""A class by its path."""
BY_LOT = 4.0
"""Bits for each character from which on a value looks so; words have fewer."""
MOST_BYTES = 2_000_000
PUBLIC = {"96ad2ccd81462a766178ae09a71df55f548a3f66da11606f9cdf40b391e22dd0"}
"""SHA-256 of values that everybody knows: the example of the Standard Webhooks specification."""
_SHAPES = {kind: re.compile(shape) for kind, shape in SHAPES.items()}


def found_in(text: str) -> list[tuple[int, str]]:
    """Lines (from 1) and kinds of what looks like a secret."""
    found = [(match.start(), match[0], kind) for kind, shape in _SHAPES.items() for match in shape.finditer(text)]
    found += [
        (match.start(), match[1], "a secret's value")
        for match in NAMED.finditer(text)
        if _bits(match[1]) >= BY_LOT and not CLASS.fullmatch(match[1])
    ]
    return sorted({(text.count("\n", 0, start) + 1, kind) for start, value, kind in found if not _is_for_tests(value)})


def main(root: Path) -> int:
    """How many were found in the tracked files."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True)  # noqa: S603 - fixed; git as whoever runs it has it
    count = 0
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = root / name
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            continue
        for line, kind in found_in(path.read_text(encoding="utf-8", errors="replace")):
            sys.stdout.write(f"{name}:{line}: looks like {kind}\n")
            count += 1
    return count


def _is_for_tests(value: str) -> bool:
    text = value.removeprefix("whsec_").rstrip("=")
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        plain = b""
    return "not-a" in value or b"not-a" in plain or hashlib.sha256(value.encode()).hexdigest() in PUBLIC


def _bits(text: str) -> float:
    """Entropy for each character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


if __name__ == "__main__":
    sys.exit(1 if main(Path(__file__).resolve().parents[1]) else 0)
