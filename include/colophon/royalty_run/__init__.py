"""The royalty run: from records to the engine's tables, shard by shard, and back to statements. All of it is pure.

The way of a penny, by the modules that it goes through:

1. sale: `reading` asks for it, `inputs` and `sorting` find the contracts that it is royaltied under, `spool` hands it to their shard;
2. line: `shard_lines` says whether it is new, by what it says; `royalties.fast_rows` finds its rate and tier, and adds it to its row;
3. account: `compute` takes rows, advances, payments and holds together, and `settling` makes them a statement;
4. statement: `gather` has all of them, with control totals; `royalties.statement.build` makes each payee's own;
5. payment: `dues` and `royalties.payout` take minimum, agent and tax off;
6. memory: `approved` and `books` keep what a person approved, and `openings` open the next period with it.
"""
