"""The publisher's own words: what the systems exchange, free of any system's wire format."""
