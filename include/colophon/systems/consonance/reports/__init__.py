"""What Consonance tells by files: exports and the calendar, read as the same records."""
