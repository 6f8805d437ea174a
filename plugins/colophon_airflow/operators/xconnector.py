"""Operators of xConnector: deliver what waits for a recipient, then wait for what becomes of it."""

import logging
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from colophon_airflow.operators.base import UseCaseOperator, owner_of, summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.ledger import Ledger
    from colophon.onix.profile import Profile
    from colophon.systems.xconnector.client import XConnectorClient

log = logging.getLogger(__name__)


class XConnectorOperator(UseCaseOperator):
    """Acts for one destination of one use case."""

    template_fields = ("destination", "xconnector_conn_id")

    def __init__(self, *, destination: str, xconnector_conn_id: str = "xconnector_default", **kwargs: Any) -> None:
        """:param destination: recipient id. :param xconnector_conn_id: Airflow connection of type `xconnector`."""
        super().__init__(**kwargs)
        self.destination = destination
        self.xconnector_conn_id = xconnector_conn_id

    def client(self) -> "XConnectorClient":
        """The client of the connection."""
        from colophon_airflow.hooks.xconnector import XConnectorHook

        return XConnectorHook(self.xconnector_conn_id).client


class XConnectorDeliverOperator(XConnectorOperator):
    """Sends what the ledger has waiting for the destination. Returns counts by result.

    Leftovers of an earlier run go too. A row that another run holds is left to it.
    """

    def execute(self, context: "Context") -> dict[str, int]:
        """Claim, send, finish until nothing is left; an error that stopped the loop is raised at the end, results kept."""
        from colophon.deliver import deliver
        from colophon.systems.xconnector.feed import FeedFiles
        from colophon.systems.xconnector.port import EventPort

        config, ti = publisher_config(), context["ti"]
        profile = config.recipients[self.destination]
        with open_ledger() as ledger, self.client() as client:
            is_feed = profile.format == "onix"
            self._ensure_routes(client)
            if is_feed:
                self._bundle(ledger, profile, run_times(context).as_of)
            lease: Any = {"owner": owner_of(context), "lease_s": config.limits.lease_seconds}
            renew = partial(ledger.renew, **lease)
            files = FeedFiles(ledger, open_staging(), client, profile, config.publisher, renew=renew) if is_feed else None
            done = deliver(
                ledger,
                EventPort(client, prepare=files, correlation=f"{ti.dag_id}/{ti.run_id}"[:120]),
                use_case=self.use_case_id,
                destination=self.destination,
                **lease,
                sleep=time.sleep,
            )
            states = ledger.counts(self.use_case_id, self.destination).get(self.destination, {})
        summary(f"Delivered to {self.destination}", {**done.counts, "ledger": states}, done.refusals)
        if done.stopped_by is not None:
            raise done.stopped_by
        return dict(done.counts)

    def _bundle(self, ledger: "Ledger", profile: "Profile", as_of: datetime) -> None:
        labels = {"recipient": profile.id, "format": profile.onix_format}
        feeds = ledger.bundle(
            self.use_case_id,
            profile.id,
            as_of=as_of,
            max_products=profile.files.max_products,
            max_bytes=profile.files.max_bytes,
            labels=labels,
        )
        if not feeds and profile.empty_delta == "no_product":
            feeds = ledger.empty_feed(self.use_case_id, profile.id, as_of=as_of, labels=labels)
        log.info("%d new feeds for %s", len(feeds), profile.id)

    def _ensure_routes(self, client: "XConnectorClient") -> None:
        from colophon.systems.xconnector.records import Match, Route

        wanted = [
            Route(id=r.id, match=Match(type=r.type, recipient=r.recipient), targets=r.targets, order=r.order)
            for r in publisher_config().routes
            if r.recipient == self.destination
        ]
        if wanted and client.settings.extra.mode == "xc1":
            for change in client.ensure_routes(wanted):
                log.info("Route %s is %s; %s", change.route_id, change.what, "written" if change.written else "not ours to write")


class XConnectorAwaitOperator(XConnectorOperator):
    """Waits, without holding a worker, until nothing of ours is under way; then takes outcomes and acknowledgements in.

    Returns the ledger's counts by state. What is not settled in time stays as it is, and the next run looks again.
    """

    def execute(self, context: "Context") -> dict[str, int]:
        """Defer while something is under way."""
        with open_ledger() as ledger:
            waiting = ledger.under_way(self.use_case_id, self.destination)
        with self.client() as client:
            extra = client.settings.extra
        if waiting and extra.mode == "xc1":
            from colophon_airflow.triggers.xconnector import XConnectorSettledTrigger

            now = datetime.now(UTC)
            since = min(taken for _, taken in waiting.values()) - timedelta(minutes=5)
            trigger = XConnectorSettledTrigger(
                conn_id=self.xconnector_conn_id,
                recipient=self.destination,
                since=since.isoformat(timespec="seconds"),
                until=(now + timedelta(seconds=extra.deliver_within)).isoformat(timespec="seconds"),
            )
            self.defer(trigger=trigger, method_name="settle")
        return self.settle(context)

    def settle(self, context: "Context", event: dict[str, Any] | None = None) -> dict[str, int]:
        """Take in what is known now."""
        from colophon.systems.xconnector.settle import settle

        config = publisher_config()
        profile = config.recipients[self.destination]
        with open_ledger() as ledger, self.client() as client:
            found = settle(
                ledger,
                client,
                use_case=self.use_case_id,
                profile=profile,
                owner_of=config.owners.of,
                as_of=run_times(context).as_of,
            )
            states = ledger.counts(self.use_case_id, self.destination).get(self.destination, {})
            exceptions = ledger.open_exceptions(use_case=f"{self.use_case_id}:acknowledgement", destination=self.destination, limit=20)
        late = "" if event is None or event.get("settled") else " (not all are settled; the next run looks again)"
        summary(f"Outcomes of {self.destination}{late}", {**found, "ledger": states}, [f"{e.subject}: {e.remedy}" for e in exceptions])
        return states
