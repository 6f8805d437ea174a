"""ONIX feeds: a feed delivery of the ledger becomes a message file, and the file becomes the data of a `title.feed` event.

The file is rebuilt from the ledger as often as needed, byte for byte: number, time and members stand in the manifest.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from colophon.domain.delivery import Delivery
from colophon.errors import TransportError
from colophon.http.jsontext import read_json
from colophon.ledger import Ledger
from colophon.onix.files import file_name
from colophon.onix.profile import Profile
from colophon.onix.publisher import Publisher
from colophon.onix.write import header_of, message
from colophon.quality.message import check_message
from colophon.staging import Staging
from colophon.systems.xconnector.client import XConnectorClient
from colophon.systems.xconnector.mapping import payload_to_wire

HEAD = 4096
"""So many bytes of a file hold its root element and header."""
KEEP_EVERY = 5_000
"""After so many members the lease is lengthened, so that no other run takes over a feed that is still being written."""
REFERENCE = re.compile(rb"<(?:RecordReference|a001)>([^<]*)<")


class FeedFiles:
    """Makes the files of one recipient's feeds; called by `EventPort` for each feed that is due."""

    def __init__(
        self,
        ledger: Ledger,
        staging: Staging,
        client: XConnectorClient,
        profile: Profile,
        publisher: Publisher,
        *,
        renew: Callable[[Sequence[str]], Collection[str]],
    ) -> None:
        """:param renew: lengthens our lease of deliveries, and returns which of them are still ours."""
        self._renew = renew
        self._ledger, self._staging, self._client = ledger, staging, client
        self._profile, self._publisher = profile, publisher

    def __call__(self, delivery: Delivery) -> dict[str, Any]:
        """Data of the event `title.feed` for a feed delivery, its file staged and brought to where the recipient finds it.

        :raises BadRecordError: the manifest cannot be read. :raises StagingFullError: no space for the file.
        :raises TransportError: it took so long that another run has taken the feed over; that one sends it.
        """
        manifest: Any = read_json(delivery.content)
        sent_at = datetime.fromisoformat(manifest["sent_at"])
        number = int(manifest["number"])
        name = file_name(
            self._profile.files,
            sender=self._publisher.sender_name,
            recipient=self._profile.id,
            at=sent_at,
            number=number,
            kind="full" if manifest["full"] else "delta",
            part=int(manifest.get("part", 1)),
        )
        header = header_of(self._publisher, number=number, sent_at=sent_at)
        references: list[str] = []
        members = self._members(delivery, references) if manifest["members"] else iter(())
        file = self._staging.write_bytes(f"feeds/{self._profile.id}/{number:06d}/{name}", message(header, members, self._profile))
        self._keep(delivery)
        with self._staging.open(file.uri) as stream:
            head = stream.read(HEAD)
            check_message(header, self._profile, references=references, last_number=number - 1, products=len(references), first_bytes=head)
            stream.seek(0)
            payload = self._client.put_payload(stream, file.sha256, "application/xml", file_name=name)
        self._keep(delivery)
        return {
            "format": self._profile.onix_format,
            "messageNumber": number,
            "full": bool(manifest["full"]),
            "products": len(manifest["members"]),
            "payload": payload_to_wire(payload),
        }

    def _members(self, delivery: Delivery, references: list[str]) -> Iterator[bytes]:
        """The members' contents; notes their record references on the way."""
        for content in self._ledger.members(delivery.id):
            found = REFERENCE.search(content)
            references.append(found[1].decode() if found else "")
            if len(references) % KEEP_EVERY == 0:
                self._keep(delivery)
            yield content

    def _keep(self, delivery: Delivery) -> None:
        if delivery.id not in self._renew([delivery.id]):
            raise TransportError("another run has taken this feed over", system="xconnector")
