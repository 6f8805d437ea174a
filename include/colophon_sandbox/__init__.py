"""The external systems as one strict HTTP server on loopback, with state, faults and a clock.

Written from the contracts and from nothing else; imports nothing of Colophon, so that a shared mistake cannot hide.

    world.py     clock, store, effects, settings: what every system stands on
    system.py    how a system is written: routes, strict parameters, its own error shape
    faults.py    what can be made to go wrong, and how often
    app.py       one request: journal, faults, the system, the answer
    control.py   the routes under /__sandbox__
    serve.py     the server; `running_sandbox()` for tests
    references.py  which records speak of which others
    week.py      a week in the life of the house, played through the control routes
    systems/     the six systems
    seeds/       catalogues: built in, the living house, from a CSV of titles, from ONIX, generated
"""
