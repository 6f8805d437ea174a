"""Measurements: tables with ratios, never tests."""
