"""What the royalty use cases share: from records to the engine's tables, shard by shard, and back to statements.

    inputs.py -> shards.py -> compute.py -> gather.py -> issue.py

Everything here is pure; what is staged between the steps is in lines.py.
"""
