"""
# Product packages

**What and for whom.** Once a title's production is complete, whoever takes its files from 4ALLPORTAL finds one package for each format: final
metadata, sales texts, cover, interior PDF, EPUB or audio artwork. A package is there as a whole or not at all.

**When.** Hourly, at twenty past, London time. By hand at any time; *dry run* shows what would be packed.

**What it reads, decides and sends.** To-dos (the milestone of `product_packages.yaml`), titles and teams from Consonance, the portal's
library. The parts of a format stand in `fourallportal/mapping.yaml`; each is the newest approved asset of the format's ISBN. Documents
of ours are uploaded under names of their own, then the package names them, then it is released. A part that is missing
keeps the package back: an exception names it, and its owner has a to-do in Consonance until it is there. A part that is replaced makes
the package anew as a whole. A title that is cancelled or withdrawn, and a milestone that is undone, withdraw it.

**When it is run again** nothing is uploaded or written twice: only a package whose parts changed goes.

**When it fails.** Clear the red task, or wait. An upload that broke off is seen by nobody, for no package names it; the next try
brings it again. Exceptions of rule `PACKAGE-PART` say what is missing (`docs/use-cases/portal-assets.md`).
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import follow_library

if TYPE_CHECKING:
    from colophon.blocks.use_case import UseCase


def case() -> "UseCase":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.fourallportal.product_packages import CASE

    return CASE


@use_case_dag("20 * * * *", owner="operations", tags=["production", "hourly"])
def product_packages() -> None:
    """Consonance and the portal's library -> packages at the portal, to-dos in Consonance."""
    follow_library(case, writes_there=True)
