"""xConnector: CloudEvents in, statuses out, payloads, routes, an inbox and signed callbacks (contract XC-1)."""

from colophon_sandbox.systems.xconnector.system import XConnector

__all__ = ["XConnector"]
