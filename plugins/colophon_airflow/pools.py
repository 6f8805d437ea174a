"""A pool of Airflow's for each system, so that tasks which call a slow one leave slots to the others.

Airflow never starts a task whose pool it does not know, and says so in the scheduler's log alone.
"""

from colophon.errors import BadConfigError
from colophon_airflow.provider_info import FORMS

SYSTEMS = tuple(str(form.FORM["connection-type"]) for form in FORMS)
"""Connection types, and names of the pools."""
REMEDY = "Run `colophon pools` where Airflow's database can be reached; until then the tasks of these systems wait for ever."


def sizes() -> dict[str, int]:
    """Slots of each system: option `pool_slots_<system>` of section `[colophon]`, else `pool_slots`.

    :raises BadConfigError: no whole number of 1 or more.
    """
    usual = _slots("pool_slots", "4")
    return {system: _slots(f"pool_slots_{system}", str(usual)) for system in SYSTEMS}


def make_pools() -> dict[str, int]:
    """Make the pools in Airflow's database, or bring them to their size. Returns the sizes; raises as `sizes`."""
    from airflow.models.pool import Pool

    wanted = sizes()
    for system, slots in wanted.items():
        Pool.create_or_update_pool(system, slots, "Tasks of Colophon that call this system", include_deferred=False)
    return wanted


def check_pools() -> str:
    """The pools and their slots.

    :raises BadConfigError: one is missing, or Airflow's database cannot be read.
    """
    from airflow.models.pool import Pool
    from sqlalchemy.exc import SQLAlchemyError

    try:
        there = {str(pool.pool): pool.slots for pool in Pool.get_pools()}
    except SQLAlchemyError as problem:
        evidence = type(problem).__name__
    else:
        missing = [system for system in SYSTEMS if system not in there]
        if missing:
            raise BadConfigError(f"Airflow has no pool {', '.join(missing)}", remedy=REMEDY)
        return ", ".join(f"{system} {there[system]}" for system in SYSTEMS)
    # Not from that error: it may quote the address.
    raise BadConfigError("Airflow's database cannot be read from here", evidence=evidence, remedy="Run `airflow db check`.")


def _slots(option: str, usual: str) -> int:
    from airflow.sdk.configuration import conf

    told = conf.get("colophon", option, fallback=None) or usual
    if not told.isdecimal() or int(told) < 1:
        raise BadConfigError(f"[colophon] {option} must be a whole number, 1 or more")
    return int(told)
