"""What another system said, as it waits in the inbox."""

from datetime import datetime
from typing import NamedTuple


class InboxItem(NamedTuple):
    """An event that came in and is not dealt with yet."""

    source: str
    id: str
    type: str
    body: bytes
    received_at: datetime
