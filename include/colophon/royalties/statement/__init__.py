"""What a payee is told: one statement for each payee of an account and period, built from the engine's results.

Pure, as the engine is. The way through:

    facts.py -> build.py -> payload.py -> identities.py -> page.py -> web.py or paper.py

A statement is immutable once approved: a correction is a reversal and a new row in the next one (D4).
"""
