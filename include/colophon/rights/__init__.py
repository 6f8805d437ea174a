"""Where, how and when a product may be sold: records in, decisions out. Nothing here reads a clock, a network or a database.

`judge` turns a product's records into its `Availability`; that answers for one cell (product, country, format, channel)
with reasons, gives the intervals of a cell, the next day of change, and `differences` from an earlier state.
"""

from colophon.rights.atlas import Atlas
from colophon.rights.availability import Availability, Decision, Interval
from colophon.rights.differences import Change, differences, turned
from colophon.rights.holding import Holding
from colophon.rights.judge import judge
from colophon.rights.reasons import Reason

__all__ = ["Atlas", "Availability", "Change", "Decision", "Holding", "Interval", "Reason", "differences", "judge", "turned"]
