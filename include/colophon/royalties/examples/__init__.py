"""Worked examples, our own or those that others published, put to the engine: do we get what is printed there?

example.py (what an example says; spelling.py: numbers and words) -> work.py (the engine's answers) -> check.py (ours beside theirs)
"""
