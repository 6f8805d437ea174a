"""The publisher's own choices, as YAML: who we are, who receives what, who owns which fault."""

from colophon.config.load import load_config
from colophon.config.model import Config, Owners, Publisher, Route, TaxRate

__all__ = ["Config", "Owners", "Publisher", "Route", "TaxRate", "load_config"]
