"""Claims that give out nothing but what was planned: content is compared with its hash before anybody sends it."""

import logging

from colophon.errors import ContentChangedError
from colophon.ledger.changed_content import SENTENCE
from colophon.ledger.claims import Claims
from colophon.ledger.packed import is_whole
from colophon.ledger.records import Delivery, Verdict

log = logging.getLogger(__name__)


class CheckedClaims(Claims):
    """Claims that give out nothing but what was planned."""

    def claim(self, use_case: str, destination: str, *, owner: str, lease_s: float, limit: int) -> list[Delivery]:
        """As `Claims.claim`; a delivery whose content was changed is refused, and others go in its place."""
        while True:
            claimed = super().claim(use_case, destination, owner=owner, lease_s=lease_s, limit=limit)
            whole = [delivery for delivery in claimed if is_whole(delivery.content_hash, delivery.content)]
            changed = {delivery.id for delivery in claimed} - {delivery.id for delivery in whole}
            if changed:
                log.error("Not sent, for %s: %s", SENTENCE, ", ".join(sorted(changed)))
                self.finish([Verdict(name, "refused", code=ContentChangedError.code, detail=SENTENCE) for name in changed], owner=owner)
            if whole or not changed:
                return whole
