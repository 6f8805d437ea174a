"""xConnector: CloudEvents in, statuses out, payloads, routes, an inbox and signed callbacks (contract XC-1).

system.py            routes and settings; messages and the plain web hook
resources.py         routes of payloads, routes, targets, inbox, callbacks
intake.py            what is taken, and what is refused at the door
schemas.py           JSON Schemas of events and bodies
messages.py          the way of a message: tries, retries, expiry
order.py             order within a subject
targets.py           how each target takes a message
payloads.py          content beside its event
answers.py           what other systems say by themselves
acknowledgements.py  ONIX acknowledgements
answer_forms.py      the same in other forms, such as CSV or an e-mail
inbox.py             leases, parking
callbacks.py         handshake, signatures, repeats, faults
agenda.py            what is due when
"""

from colophon_sandbox.systems.xconnector.system import XConnector

__all__ = ["XConnector"]
