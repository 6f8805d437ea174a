"""ByteNite: media jobs as the vendor documents them, and a video library by the extension contract.

system.py      routes, settings, tokens, errors
library.py     routes of the video library
bodies.py      JSON Schemas of what is sent
jobs.py        jobs: made, run, moved, ended
media.py       the small true files that jobs give
videos.py      video records and their content
rules.py       who may show what, where and when
placements.py  what is scheduled, shown, held and taken down
figures.py     daily figures, late and restated
events.py      the list of events, and signed callbacks
paging.py      lists in pages
"""

from colophon_sandbox.systems.bytenite.system import ByteNite

__all__ = ["ByteNite"]
