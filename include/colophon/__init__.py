"""Colophon's publishing side: what to send to whom, decided by the rules of the trade. Knows nothing of Airflow."""

__version__ = "0.1.0"
