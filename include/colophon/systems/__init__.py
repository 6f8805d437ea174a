"""One folder for each external system: what it is asked (verbs) and how its answers become our records (mapping)."""
