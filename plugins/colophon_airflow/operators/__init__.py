"""Operators: the five steps extract, plan, deliver, await, report."""
