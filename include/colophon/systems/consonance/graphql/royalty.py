"""EXT: sales, royalty terms, payments, runs and contacts' fields through GraphQL, for accounts whose schema has them (section 6).

Without a feature its facts are *unknown*, never "none": the caller asks `offers` first and reads the report, or gets an error.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from colophon.domain.finding import Finding
from colophon.systems.consonance.graphql.extension import Extension
from colophon.systems.consonance.graphql.queries import Document
from colophon.systems.consonance.graphql.royalty_records import payment_from, run_from, sale_from, terms_from
from colophon.systems.consonance.graphql.wire import Row, required_int, required_text, text
from colophon.systems.consonance.unreadable import read_or_report


def _document(name: str, root: str, kind: str, argument: str, members: str) -> Document:
    return Document(name, root, f"query {name}($search: {kind}!) {{ {root}({argument}: $search) {{ {members} }} }}")


_ESCALATORS = "escalators { kind from fromDate inclusive ratePercent combine countingGroup marginal }"
_RATES = (
    "rates { id level productId masterchannel channelId priceBasis ratePercent territories { included excluded }"
    f" guaranteedMinimum guaranteedMaximum {_ESCALATORS} }}"
)
_SPLITS = "splits { payee { id } productId weight sharePercent openingBalance agent { id } commissionPercent }"
_ADVANCES = "advances { id payee { id } joint trigger amount currencyCode dueOn paidOn }"
_RESERVES = "reserves { statementFrom statementTo ratePercent base formats releaseAfterStatements }"
SALES = _document(
    "SalesPage", "sales", "RoyaltySearchAttributes", "saleSearch",
    "id revision isReturn productId isbn13 channelId masterchannel salesDate listPrice source quantity value currencyCode"
    " countryCode originalCurrency originalValue file notes royaltyRunId",
)  # fmt: skip
TERMS = _document(
    "RoyaltyTermsPage", "royaltyTerms", "RoyaltySearchAttributes", "royaltyTermsSearch",
    "id revision contract { id } currencyCode contractSet statementMonths statementNumber minimumPayment"
    f" {_RATES} {_SPLITS} {_ADVANCES} {_RESERVES}",
)  # fmt: skip
PAYMENTS = _document(
    "PaymentsPage", "payments", "RoyaltySearchAttributes", "paymentSearch",
    "id revision contactId contractId productId paidOn amount currencyCode externalReference",
)  # fmt: skip
RUNS = _document(
    "RoyaltyRunsPage", "royaltyRuns", "RoyaltySearchAttributes", "royaltyRunSearch",
    "id revision name status maxInvoiceDate totals { productId contractId netUnits salesValue royaltyAmount currencyCode }",
)  # fmt: skip
STATEMENTS = _document(
    "StatementsPage", "statements", "RoyaltySearchAttributes", "statementSearch",
    "id revision batchName royaltyRunId status number payee { id } contract { id } periodFrom periodTo currencyCode openingBalance earnings"
    " reserveWithheld reserveReleased paymentDue closingBalance",
)  # fmt: skip
FIELDS = _document("ContactFieldsPage", "contactFields", "RecordSearchAttributes", "contactFieldSearch", "id contactId name value")
UNREAD: Final = frozenset({"BANK_REFERENCE"})
"""Fields of contacts that nobody here needs: they are dropped as they come in."""


class Royalty:
    """The royalty records of one account, as pages by ascending id."""

    def __init__(self, extension: Extension) -> None:
        self._extension = extension

    def offers(self, feature: str) -> bool:
        """Whether the account has `sales`, `royalty_terms`, `payments`, `royalty_runs` or `contact_fields`."""
        return self._extension.offers(feature)

    def sales(self, last_day: date) -> Iterator[Any]:
        """Pages of `Sale | Finding`, up to and including a day.

        :raises FeatureMissingError: the account does not have them.
        """
        return self._extension.pages("sales", SALES, sale_from, salesDateLteq=last_day.isoformat(), limit=5000)

    def terms(self) -> Iterator[Any]:
        """Pages of `RoyaltyTerms | Finding`. Raises as `sales`."""
        return self._extension.pages("royalty_terms", TERMS, terms_from, limit=500)

    def payments(self) -> Iterator[Any]:
        """Pages of `Payment | Finding`. Raises as `sales`."""
        return self._extension.pages("payments", PAYMENTS, payment_from)

    def runs(self) -> Iterator[Any]:
        """Pages of `RoyaltyRun | Finding`. Raises as `sales`."""
        return self._extension.pages("royalty_runs", RUNS, run_from, limit=100)

    def contact_fields(self) -> Iterator[Any]:
        """Pages of (contact id, name, value) or Finding, without bank references. Raises as `sales`."""
        return self._extension.pages("contact_fields", FIELDS, _field)


def _field(row: Row) -> tuple[int, str, str | None] | Finding:
    found = read_or_report("contact_field", row, lambda row: (required_int(row, "contactId"), required_text(row, "name")))
    if isinstance(found, Finding):
        return found
    contact_id, name = found
    # Not through `read_or_report`: its finding would show what stood there.
    return contact_id, name, None if name in UNREAD else text(row, "value")
