"""OpenText Exstream in Airflow."""
