"""ONIX for Books: record, writer, validation, recipient profiles, acknowledgements."""
