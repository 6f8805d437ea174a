"""Consonance in Airflow."""
