"""The web application around the door for inbound events, and the assets that its events wake DAGs by.

Served by Airflow's api-server below `/colophon/hooks`, or by itself: `uvicorn --factory colophon_airflow.inbound.app:standalone`.
"""
