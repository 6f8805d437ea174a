"""Use cases whose counterpart is xConnector."""
