"""Consonance: GraphQL in two profiles, the old REST list, introspection."""

from colophon_sandbox.systems.consonance.system import Consonance

__all__ = ["Consonance"]
