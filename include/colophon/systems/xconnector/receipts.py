"""What recipients leave in the folders where files are dropped for them: their reports, taken in as if the middleware had brought them.

A receipt in JSON, or an empty one, says yes or no to a file and is read with its status (`file_drop`); whatever else lies in `ack` is a
report on titles, for a recipient that answers in ONIX or whose profile says how it reports (`rejects`).
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from colophon.http.jsontext import write_json
from colophon.ledger import Ledger
from colophon.ledger.inbox import Arrival
from colophon.onix.profile import Profile
from colophon.systems.xconnector.arrivals import arrival
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.records import Event, Payload

_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def take_receipts(ledger: Ledger, client: XConnectorClient, use_case: str, profile: Profile) -> int:
    """Take a recipient's reports into our inbox, each once, and again where its content changed; returns how many were new."""
    if profile.rejects is None and profile.ack != "onix":
        return 0
    name = f"receipts:{use_case}/{profile.id}"
    seen = ledger.memory.get(name)
    known: Mapping[str, str] = seen[0] if seen else {}
    receipts = client.receipts(profile.id, known)
    reports = {receipt.name: receipt.report for receipt in receipts if receipt.report is not None}
    numbers = _numbers(ledger, client, use_case, profile) if reports else {}
    arrivals = [_arrival(client, profile.id, file, report, message_of(file, numbers)) for file, report in reports.items()]
    taken = ledger.inbox.take_all(arrivals) if arrivals else []
    versions = {receipt.name: receipt.version for receipt in receipts}
    if versions != known:
        ledger.memory.put(name, versions, client.clock())
    return taken.count("new")


def message_of(receipt: str, numbers: Mapping[str, int]) -> int | None:
    """Which message a report is about by its name: that whose file's name, with or without its ending, it begins with; the longest wins.

    :param numbers: message numbers by the names of files that were dropped.
    """
    about = {}
    for file, number in numbers.items():
        for start in (file, PurePosixPath(file).stem):
            if receipt.startswith(start) and not receipt[len(start) : len(start) + 1].isalnum():
                about[start] = number
    return about[max(about, key=len)] if about else None


def _numbers(ledger: Ledger, client: XConnectorClient, use_case: str, profile: Profile) -> dict[str, int]:
    """Message numbers by the names under which the newest messages were dropped."""
    messages = ledger.messages(use_case, profile.id)
    return {file: number for number, event_id in messages if (file := client.dropped_name(event_id))}


def _arrival(client: XConnectorClient, recipient: str, file: str, report: Payload, number: int | None) -> Arrival:
    told = hashlib.sha256(write_json([file, report.sha256])).hexdigest()[:16]
    data = {"recipient": recipient, "payload": report.model_dump(mode="json", by_alias=True, exclude_none=True)}
    event = Event(
        id=f"{_NO_NAME.sub('-', file)[:80]}/{told}",
        source=f"/dropped/{recipient}",
        type=f"{client.settings.extra.type_prefix}onix.acknowledgement.v1",
        subject=f"feed:{recipient}",
        time=client.clock(),
        data=data if number is None else {**data, "messageNumber": number},
    )
    return arrival(event)
