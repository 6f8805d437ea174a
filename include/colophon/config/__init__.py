"""The publisher's own choices, as YAML: who we are, who receives what, who owns which fault. `colophon.config.load` reads them."""

from colophon.config.model import Config, Owners, Route
from colophon.config.publisher import Publisher, TaxRate

__all__ = ["Config", "Owners", "Publisher", "Route", "TaxRate"]
