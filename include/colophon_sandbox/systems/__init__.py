"""The systems, one module or folder each, written from their contracts."""
