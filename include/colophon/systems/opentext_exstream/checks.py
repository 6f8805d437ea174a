"""The connection test: token, version, domain and its `production` flag, clock, what is missing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from colophon.errors import BadConnectionError, BadShapeError, NotFoundError, WrongAddressError
from colophon.http.checks import Check, ahead_s, clock_check
from colophon.http.client import HttpClient
from colophon.http.response import Response
from colophon.systems.opentext_exstream import operations as op
from colophon.systems.opentext_exstream.answers import bare, data_of
from colophon.systems.opentext_exstream.input_folder import InputFolder
from colophon.systems.opentext_exstream.records import Domain
from colophon.systems.opentext_exstream.settings import SYSTEM, Extra

SKEW_S = 60


def checks(
    http: HttpClient, extra: Extra, domains: Callable[[], list[Domain]], folder: InputFolder | None, *, clock: Callable[[], datetime]
) -> list[Check]:
    """Look at everything. Raises what the client raises where the service cannot be reached or refuses the client."""
    answer = http.call(op.VERSION, check=_version)
    try:
        version = _version(answer) or data_of(answer, operation=op.VERSION.name)
    except NotFoundError as problem:
        sentence, remedy = (
            "nothing of Exstream's orchestration service is at this address",
            "Correct the host; ask the vendor which version runs there.",
        )
        raise WrongAddressError(sentence, system=SYSTEM, operation=op.VERSION.name, evidence=problem.evidence, remedy=remedy) from None
    return [
        Check("version", True, f"reachable and authorised, version {version}"),
        _domain(extra, domains()),
        clock_check(ahead_s(answer.headers, clock()), SKEW_S),
        *([_folder(folder)] if folder else []),
        *_missing(extra),
    ]


def _version(answer: Response) -> str:
    """As the service tells it, empty for a refusal. The form of this answer is not documented.

    :raises BadShapeError: a success that tells none: somebody else's, or half an answer.
    """
    if answer.status >= 300:
        return ""
    told: Any = bare(answer)
    version = told.get("version") if isinstance(told, dict) else told
    if not isinstance(version, str) or not version:
        raise BadShapeError("the answer tells no version", system=SYSTEM, operation=op.VERSION.name)
    return version


def _folder(folder: InputFolder) -> Check:
    try:
        waiting = len({key for key, _ in folder.customers().values()})
    except BadConnectionError as problem:
        return Check("input_folder", False, problem.sentence)
    return Check("input_folder", True, f"the input folder can be read, {waiting} batches wait in it")


def _domain(extra: Extra, domains: list[Domain]) -> Check:
    found = next((domain for domain in domains if domain.id == extra.domain), None)
    if found is None:
        return Check("domain", False, f"the tenant has no domain {extra.domain}")
    kind = "production" if found.production else "not production"
    if found.production != extra.production:
        return Check("domain", False, f"the domain {extra.domain} is {kind}, and the connection says otherwise")
    return Check("domain", True, f"domain {extra.domain}, {kind}")


def _missing(extra: Extra) -> list[Check]:
    """What works with less than it could: told, and no fault."""
    found = []
    if not extra.external_id:
        found.append(Check("external_id", True, "external_id is off: a lost answer is searched in manifests"))
    if not extra.outcome_source:
        found.append(Check("outcome_source", True, "no outcome_source: print ends at sent, and answers are not heard"))
    if "callback" in extra.outcome_source and not extra.hook_secret:
        found.append(Check("hook_secret", False, "outcome_source has callback, and hook_secret is missing"))
    return found
