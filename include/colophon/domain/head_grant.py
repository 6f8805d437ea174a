"""What a head contract gives us: formats, places, languages and channels. Unknown is None and never "all": rights fail closed."""

from dataclasses import dataclass
from datetime import date

from colophon.domain.provenance import Sourced


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadGrant(Sourced):
    """One grant of a head contract, or a territorial permission beside it.

    In the lists `("*",)` is all and None is *not recorded*. Territories are ONIX List 91/49 codes, WORLD or ROW; languages
    ISO 639-2/B; formats `RightsFormat` names. Days are inclusive; without them the grant runs as long as its contract.
    """

    contract_id: int
    work_id: int
    rights_type: str
    formats: tuple[str, ...] | None = None
    territories: tuple[str, ...] | None = None
    excluded_territories: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    is_exclusive: bool | None = None
    starts_on: date | None = None
    expires_on: date | None = None

    @property
    def subject(self) -> str:
        """How the ledger names this grant."""
        return f"head_grant:{self.id}"
