"""ByteNite in Airflow."""
