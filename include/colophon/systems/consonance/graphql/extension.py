"""EXT: records that an account offers beyond the documented schema, feature by feature (contract sections 6 and 7).

Without the feature they are *unknown*, never "none": the caller asks `offers` first and reads the report, or gets an error.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from colophon.errors import FeatureMissingError
from colophon.systems.consonance.graphql.capabilities import Capabilities
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.wire import Row

Pages = Callable[[Document, Mapping[str, object], Callable[[Row], Any]], Iterator[Any]]
MOST_A_PAGE = 1000
"""The most that the contract allows, but for sales (section 7)."""
WORKS_PER_QUERY = 200


class Extension:
    """The extensions of one account, as pages of records and findings by ascending id."""

    def __init__(self, capabilities: Callable[[], Capabilities], pages: Pages) -> None:
        """:param capabilities: what the account can do. :param pages: asks a document to its end."""
        self._capabilities = capabilities
        self._pages = pages

    def offers(self, feature: str) -> bool:
        """Whether the account has a feature, whole."""
        return feature in self._capabilities().features

    def pages(
        self,
        feature: str,
        document: Document,
        read: Callable[[Row], Any],
        *,
        since: datetime | None = None,
        work_ids: Iterable[int] | None = None,
        limit: int = MOST_A_PAGE,
        **search: object,
    ) -> Iterator[Any]:
        """All records, those that changed since a moment (aware, inclusive), or those of some works; `search` narrows further.

        :raises FeatureMissingError: the account does not have them.
        """
        if not self.offers(feature):
            raise FeatureMissingError(f"the account does not offer {feature}; use its report", system="consonance", subject=feature)
        whole = {**search, "limit": limit} if since is None else {**search, "limit": limit, "updatedSince": since.isoformat()}
        if work_ids is None:
            return self._pages(document, whole, read)
        searches = ({**whole, "workIdIn": works} for works in _lots(work_ids))
        return (page for narrowed in searches for page in self._pages(document, narrowed, read))


def _lots(work_ids: Iterable[int]) -> Iterator[list[int]]:
    """Works in lots of a size that a query takes; none at all for no work (an empty filter would give everything)."""
    works = iter(sorted(set(work_ids)))
    return iter(lambda: list(islice(works, WORKS_PER_QUERY)), [])
