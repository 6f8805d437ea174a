"""The forms of the connection types, a module for each."""
