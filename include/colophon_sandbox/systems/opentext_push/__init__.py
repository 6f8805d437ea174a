"""OpenText Push Notifications: files in, job statuses out, callbacks, fallback channels, and FCM itself.

system.py     routes, settings, credentials
schemas.py    JSON Schemas of all bodies
push_file.py  what stands inside a push file, and its limits
jobs.py       the way of a job, by the clock
endings.py    how each device, number and address takes a message
callbacks.py  statuses sent to us: signed, repeated, late, twice, out of order
fcm.py        the direct route through Google, in Google's words
"""

from colophon_sandbox.systems.opentext_push.system import OpentextPush

__all__ = ["OpentextPush"]
