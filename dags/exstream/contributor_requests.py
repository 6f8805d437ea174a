"""
# Contributor requests

**What and for whom.** Authors, translators and other contributors are asked for what a stage needs of them (page proofs, cover copy, a
review) and told of publication, by e-mail, print or web, as they prefer. Nobody has to remember whom to ask, or to chase.

**When.** Daily at 07:15 London time. By hand with the form; *dry run* shows in the log what would go and sends nothing.

**What it reads, decides and sends.** To-dos, titles with their contributors, teams and contacts from Consonance; answers from Exstream.
`contributor_requests.yaml` says which stage asks whom for what, which stage settles it, and how long an answer is waited for, in working
days of the imprint's calendar. A request goes once for each day on which its stage is reached; chasers follow; then the editor gets a to-do
and an exception. Declined, or an answer in words, is a to-do of the production manager with these words. What comes back goes again by the
next channel. What was answered on paper is entered on the letter's page of the desk. Each step is recorded on the project.

**When it is run again** - cleared, rerun, twice at once - nothing is sent twice. A stage that is undone asks nobody, and chases nobody. A
backfill sends nothing.

**When it fails.** The log ends with what is wrong and what to do. While Exstream's answers cannot be read nothing is decided: nobody is
chased who may have answered. Without a source of to-dos the run is red. Every task can be cleared at any time.
"""

from typing import TYPE_CHECKING

from colophon_airflow.dag_defaults import use_case_dag
from colophon_airflow.groups import send_and_follow_letters

if TYPE_CHECKING:
    from colophon.blocks.letters import Letters


def case() -> "Letters":
    """The decision, loaded when a task runs."""
    from colophon.use_cases.exstream.contributor_requests import CASE

    return CASE


@use_case_dag("15 7 * * *", owner="production", tags=["milestones", "daily"])
def contributor_requests() -> None:
    """Consonance -> requests -> Exstream -> answers -> Consonance."""
    send_and_follow_letters(case, "contributor_request")
