"""xConnector: events and files to and from a publisher's other systems, by the neutral contract XC-1."""
