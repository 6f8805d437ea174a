"""The door for events that other systems send: `POST /colophon/hooks/{source}` (contract README section 6).

    source.py     who may call, and how they prove it, from the connection of each system
    readings.py   what a proved body says: its name and type in the inbox, the same as when a poll brings it
    receiver.py   the checks, in order; the first one that fails is the answer
    keeper.py     into the ledger, many events with one commit, before anybody hears that we have them
    rate.py       how many calls one caller may make
    answers.py    all answers there are

Nothing here knows Airflow or a web framework: `colophon_airflow.inbound` is the web application around it.
"""

from colophon.inbound.answers import Answer
from colophon.inbound.receiver import Receiver
from colophon.inbound.source import SOURCES, Source
from colophon.inbound.writer import InboxWriter

__all__ = ["SOURCES", "Answer", "InboxWriter", "Receiver", "Source"]
