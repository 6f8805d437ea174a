"""OpenText Push Notifications in Airflow."""
