"""The royalty run: from records to the engine's tables, shard by shard, and back to statements. All of it is pure.

reading -> inputs -> compute (a shard of accounts) -> gather -> approved
"""
