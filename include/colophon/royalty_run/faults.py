"""The exceptions of a royalty run; never with an amount."""

from colophon.domain.finding import Finding, Severity
from colophon.domain.royalty_clauses import Clause

OWNER = "royalty_manager"
NO_PRODUCT, NO_TERMS, UNREADABLE = "RS1", "RS2", "RS3"
PAID_TWICE, SUSPENDED, BLOCKED = "RS4", "RS5", "RS6"
NO_TEMPLATE, NO_WAY, NOT_DELIVERED, CHANGED = "RS7", "RS8", "RS9", "RS10"
NO_SHARE, OTHER_CURRENCY, RECEIVED_TWICE = "RS11", "RS12", "RS13"
CLAUSE_ALONE, CLAUSE_OVERRULED = "RS40", "RS41"
_ADVICE = {
    NO_PRODUCT: ("a product that Consonance has", "Add the product, or correct the line where it was sold; it is royaltied with the next run."),
    NO_TERMS: ("royalty terms of the product's contract", "Enter the contract's royalty terms; the line is royaltied with the next run."),
    UNREADABLE: ("an amount in whole minor units", "Correct the amount where the line was made; it is read again with the next run."),
    NO_SHARE: ("exactly one author's share for this kind of right", "Enter it in the contract's licensed rights; the account waits for it (P8)."),
    OTHER_CURRENCY: ("a receipt in the currency of the contract's royalties", "Enter what arrived in that currency; the account waits for it (F1)."),
    RECEIVED_TWICE: ("each receipt in one place", "Delete it from the report or from the sales, and run the period again; the account waits for it."),
    CLAUSE_ALONE: ("the number of a contract with royalty terms", "Correct the number in the sheet of clauses, or enter the contract's terms."),
    CLAUSE_OVERRULED: ("one rate, reserve or share for the same sales", "Delete the clause, correct the terms in Consonance, or mark the clause as winning."),
    NO_TEMPLATE: ("a template for group, country and imprint", "Add an entry to royalties.yaml; print and post this statement from its preview."),
    NO_WAY: ("an e-mail address, a postal address or the secure web",
             "Complete the contact in Consonance; print and post this statement from its preview."),
    NOT_DELIVERED: ("a statement that reached its payee",
                    "Mend the cause, then send it again with `colophon ledger redrive`; skipped and unknown ones after a look at Exstream."),
    CHANGED: ("the inputs that were approved",
              "Nothing was sent again: the next period reverses what was printed and prints it anew (D4). Other copies, and what is found once a later period is closed, are for a person."),
    PAID_TWICE: ("one payment for each reference", "Delete the one that was entered twice; it was counted once."),
}  # fmt: skip


def finding(rule: str, subject: str, place: str, found: str, *, expected: str = "", remedy: str = "") -> Finding:
    """An exception of a royalty run; never with an amount."""
    known = _ADVICE.get(rule, (expected, remedy))
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field=place, found=found, expected=known[0], remedy=known[1], owner=OWNER
    )


def without_terms(clause: Clause) -> Finding:
    """The exception of a clause whose contract has no royalty terms."""
    return finding(CLAUSE_ALONE, f"{clause.subject}:{clause.place}", clause.kind.value, "a contract without royalty terms")
