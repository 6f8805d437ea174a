"""The royalty engine: an independent recalculation of what contracts pay, in whole numbers.

Pure: domain records and the publisher's policy in, rows and statements out; no clock, no network, no database. Money is in
minor units, rates in parts per million (ppm), discounts in basis points (bps), exchange rates times 1e8. The way through:

    lines.py -> rules.py -> rows.py or fast_rows.py -> currency.py -> reserve.py -> account.py -> payout.py -> controls.py

Rules carry the ids of the royalty rule book (B basis, C choice, E escalator, N returns, R reserve, A advance, P split, X tax,
M minimum, F currency, D period). Our figure is ours: it is never presented as Consonance's.
"""
