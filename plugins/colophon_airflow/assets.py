"""What DAGs tell one another by Airflow assets."""

from airflow.sdk import Asset

RIGHTS_CHANGED = Asset("colophon.rights_changed")
"""Products whose rights changed. The event's extra: `batch`, a reference to staged lines `{isbn13, work_id}`; `count`; `as_of`."""
