"""The desk: pages inside Airflow's UI on which people see what was sent, what is stuck and what to do."""
