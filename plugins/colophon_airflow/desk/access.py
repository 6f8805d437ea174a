"""Who may look and who may act, as Airflow's auth manager says; and proof that a form came from one of our pages.

Looking takes what Airflow's plugin pages take (viewers have it). Acting takes the right to create asset events (operators have it).
Seeing people's money takes the right to answer the question of the royalty statements' DAG: who approves them reads them first.
"""

import hmac
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, HTTPException, Request

from colophon.royalty_run.approved import USE_CASE as ROYALTY_STATEMENTS

HOURS_VALID = 12


@dataclass(frozen=True, slots=True)
class Person:
    """Who looks at the desk. `token` proves that a form was on one of this person's pages."""

    name: str
    may_act: bool
    user: BaseUser
    token: str


def reader(request: Request, user: Annotated[BaseUser, Depends(get_user)]) -> Person:
    """Somebody who may look; 401 without a session, 403 without the permission."""
    manager = get_auth_manager()
    if not manager.is_authorized_view(access_view=AccessView.PLUGINS, user=user):
        raise HTTPException(403, "you may not look at plugin pages")
    name = user.get_name()
    person = Person(name, manager.is_authorized_asset(method="POST", user=user), user, _token(name, _hour()))
    request.state.person = person
    return person


def trusted(person: Annotated[Person, Depends(reader)]) -> Person:
    """Somebody who may act, and so may see what is not for all."""
    if not person.may_act:
        raise HTTPException(403, "you may look, but not act")
    return person


async def operator(request: Request, person: Annotated[Person, Depends(trusted)]) -> Person:
    """Somebody who acts, with a request that comes from one of our pages or carries its own credentials."""
    await _check_is_ours(request, person)
    return person


def may_see_money(person: Person) -> bool:
    """Whether somebody may approve royalty statements, and so may see names and amounts."""
    dag = DagDetails(id=ROYALTY_STATEMENTS)
    return get_auth_manager().is_authorized_dag(method="PUT", user=person.user, access_entity=DagAccessEntity.HITL_DETAIL, details=dag)


def approver(person: Annotated[Person, Depends(reader)]) -> Person:
    """Somebody who may see names and amounts."""
    if not may_see_money(person):
        raise HTTPException(403, "you may not see what people earn")
    return person


async def asking_approver(request: Request, person: Annotated[Person, Depends(approver)]) -> Person:
    """The same, with a request that comes from one of our pages or carries its own credentials."""
    await _check_is_ours(request, person)
    return person


Approver = Annotated[Person, Depends(approver)]
AskingApprover = Annotated[Person, Depends(asking_approver)]
Reader = Annotated[Person, Depends(reader)]
Trusted = Annotated[Person, Depends(trusted)]
Operator = Annotated[Person, Depends(operator)]


async def _check_is_ours(request: Request, person: Person) -> None:
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403, "this form comes from another site")
    given = request.headers.get("x-csrf-token") or (await request.form()).get("csrf") or ""
    valid = (_token(person.name, _hour() - age) for age in range(HOURS_VALID))
    if not isinstance(given, str) or not any(hmac.compare_digest(given.encode(), token.encode()) for token in valid):
        raise HTTPException(403, "this form is too old or not ours; load the page again")


def _hour() -> int:
    return int(time.time()) // 3600


def _token(name: str, hour: int) -> str:
    from airflow.configuration import conf

    return hmac.new(str(conf.get("api", "secret_key")).encode(), f"colophon-desk\x1f{name}\x1f{hour}".encode(), sha256).hexdigest()
