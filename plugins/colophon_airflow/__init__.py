"""Colophon's Airflow side: connections, hooks, operators, triggers and the command line."""
