"""OpenText Exstream: communications composed from driver data, jobs, manifests, events, and the outcomes extension.

system.py       settings, credentials, clock
tokens.py       token routes and discovery
design.py       domains, communications, communication sets
intake.py       driver data: what is taken and what is refused at the door
inputs.py       on demand and batch
jobs.py         the way of a job: started, waiting, its end, clean-up
composing.py    who gets into which queue, the manifest, the message file
monitoring.py   routes of jobs, instances, steps, files
happenings.py   e-mail events and outcomes, when their time comes
callbacks.py    outcomes sent to a receiver, signed
reading.py      filters, pages, dates
"""

from colophon_sandbox.systems.opentext_exstream.system import Exstream

__all__ = ["Exstream"]
