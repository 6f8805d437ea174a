"""xConnector in Airflow."""
