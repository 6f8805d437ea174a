"""Use cases that keep 4ALLPORTAL in step."""
