"""Consonance, the system of record: works, products, contributors, contacts and contracts (its contract, sections 1 to 5)."""
