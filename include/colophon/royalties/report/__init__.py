"""The report of a royalty run for whoever approves it: control totals first, then where the money comes from and goes.

    figures.py -> charts.py -> web.py

It holds amounts and titles: it is a staged file, and never a log line.
"""
