"""4ALLPORTAL in Airflow."""
