"""Composition: who gets into which queue, the manifest, the message file, what an output step does.

Scripts by the customer's e-mail address: `skip@` left out with a mere warning, `fail@` the output step of its queue errs.
"""

from xml.sax.saxutils import escape, quoteattr

from colophon_sandbox.systems.opentext_exstream.design import QUEUES
from colophon_sandbox.world import Row

MIME = {"print": "application/afp", "email": "application/pdf", "web": "text/html", "sms": "text/plain"}
PAGES = 3


def has_script(customer: Row, word: str) -> bool:
    """Whether a customer's e-mail address asks for something."""
    return str(customer.get("EmailAddress", "")).startswith(f"{word}@")


def composed(job: Row) -> list[Row]:
    """Customers that the engine does not leave out."""
    return [customer for customer in job["customers"] if not has_script(customer, "skip")]


def queues_of(job: Row) -> dict[str, list[Row]]:
    """Composed customers by queue, in the order of the queues."""
    found: dict[str, list[Row]] = {}
    for queue in QUEUES:
        customers = [c for c in composed(job) if c["DeliveryPreference"] == queue]
        if customers:
            found[queue] = customers
    return found


def fails(customers: list[Row]) -> bool:
    """Whether the output step of a queue with these customers errs."""
    return any(has_script(customer, "fail") for customer in customers)


def file_of(queue: str, customer: Row) -> str:
    """Name of an output file below the job's output folder."""
    return f"Queue_{25 + list(QUEUES).index(queue)}_{queue}/{customer['CustomerNumber']}.out"


def manifest(job: Row, keys: list[str]) -> bytes:
    """The delivery file: XML in UTF-16 with a byte-order mark and a bare DOCTYPE; `keys` are the customer keys of the design."""
    parts, count = [], len(composed(job))
    for queue, customers in queues_of(job).items():
        parts.append(f'<queue mimeType="{MIME[queue]}" pdl="{QUEUES[queue]}" name="{queue}">')
        parts += [_file(job, queue, customer, keys) for customer in customers]
        parts.append("</queue>\n")
    head = f'<outputList transactions="0" customersProcessed="{count}" pagesProcessed="{count * PAGES}">\n'
    return ("<!DOCTYPE outputList>" + head + "".join(parts) + "</outputList>").encode("utf-16")


def message_file(job: Row) -> str:
    """The engine's log."""
    lines = ["EX000001I (I) Engine started"]
    for customer in job["customers"]:
        if has_script(customer, "skip"):
            lines.append(f"EX004711W (W) Customer {customer['CustomerNumber']} dropped: template setting")
    return "\n".join([*lines, f"EX000002I (I) Customers processed: {len(composed(job))}", ""])


def _file(job: Row, queue: str, customer: Row, keys: list[str]) -> str:
    name = f"/exstream/jobs/{job['id']}/{job['instance']}/docgen/1/output/{file_of(queue, customer)}"
    values = {"ColophonDeliveryId": customer["ColophonDeliveryId"], "ColophonBatchKey": job["batchKey"]}
    told = "".join(f"<key name={quoteattr(key)}>{escape(values[key])}</key>" for key in keys if key in values)
    return (
        f"<file name={quoteattr(name)}><customer number={quoteattr(customer['CustomerNumber'])}>{told}</customer>"
        f"<pageCount>{PAGES}</pageCount><fileSize>280033</fileSize></file>\n"
    )
