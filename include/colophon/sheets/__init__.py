"""Tables in files that others made, CSV and workbooks: read row by row, under limits."""
