"""Clauses that the terms of the system of record cannot say, made into what the engine computes by, and back into words.

rates.py: rules. account.py: reserves, amounts, shares. words.py: what a clause says, as people read it.

Where terms and a clause say different things of the same sales, the terms win unless the clause is marked; what was left out is
listed, and never silently.
"""
