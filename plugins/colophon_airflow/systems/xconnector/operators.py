"""Operators of xConnector: deliver what waits for a recipient, then wait for what becomes of it."""

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from colophon import environment
from colophon_airflow.operators.base import AwaitOperator, DestinationOperator, OutcomeSummary, UseCaseOperator, owner_of
from colophon_airflow.operators.task_log import summary
from colophon_airflow.run import run_times
from colophon_airflow.settings import open_ledger, open_staging, publisher_config

if TYPE_CHECKING:
    from airflow.sdk import Context

    from colophon.ledger import Ledger
    from colophon.onix.profile import Profile
    from colophon.systems.xconnector.client import XConnectorClient
    from colophon.systems.xconnector.port import Attach
    from colophon_airflow.systems.xconnector.trigger import XConnectorSettledTrigger

log = logging.getLogger(__name__)


class XConnectorOperator(DestinationOperator):
    """Acts for one destination of one use case."""

    system = "xconnector"
    template_fields: Sequence[str] = (*DestinationOperator.template_fields, "xconnector_conn_id")

    def __init__(self, *, xconnector_conn_id: str = "xconnector_default", **kwargs: Any) -> None:
        """:param xconnector_conn_id: Airflow connection of type `xconnector`."""
        super().__init__(**kwargs)
        self.xconnector_conn_id = xconnector_conn_id

    def client(self) -> "XConnectorClient":
        """The client of the connection."""
        from colophon_airflow.systems.xconnector.hook import XConnectorHook

        return XConnectorHook(self.xconnector_conn_id).client


class XConnectorDeliverOperator(XConnectorOperator):
    """Sends what the ledger has waiting for the destination. Returns counts by result."""

    def execute(self, context: "Context") -> dict[str, int]:
        """See `deliver`; what goes as a feed is bundled before, with what was in a message that was rejected. A recipient of the exchange
        takes single events.

        On a night that is not the recipient's nothing goes to it.

        :raises BadConfigError: the recipient is not armed, or nothing is routed to it.
        """
        from colophon.errors import BadConfigError
        from colophon.systems.xconnector.feed import FeedFiles
        from colophon.systems.xconnector.port import EventPort
        from colophon.use_cases.xconnector.nights import EVERYTHING_AGAIN, turn

        config, ti, as_of = publisher_config(), context["ti"], run_times(context).as_of
        profile = config.recipients.get(self.destination)
        if profile is not None and not profile.live:
            raise BadConfigError(
                f"{profile.id} is not armed: what is planned for it waits",
                remedy="Set `live: true` in its profile (recipients/<id>.yaml) when it may get its feed; then clear the task.",
            )
        mode = turn(context["params"], profile, as_of) if profile else ""
        if profile is not None and not mode:
            log.info("It is not the night of %s by its rhythm; nothing goes", profile.id)
            return {}
        with open_ledger() as ledger, self.client() as client, self.attaching(client) as attach:
            self._ensure_routes(context, ledger, client)
            port = partial(EventPort, client, attach=attach, correlation=f"{ti.dag_id}/{ti.run_id}"[:120])
            if profile is None or profile.format != "onix":
                return self.deliver(context, ledger, port())
            renew = partial(ledger.renew, owner=owner_of(context), lease_s=config.limits.lease_seconds)
            files = FeedFiles(ledger, open_staging(), client, profile, config.publisher, renew=renew)
            # A message that waits goes first: what is newer of the titles in it has its turn in this run, and not in the next one.
            # One that never left and has a mistake in it does not go at all.
            if apart := ledger.take_apart_corrected(self.use_case_id, profile.id):
                log.info("%d feeds for %s never left, and give way to their correction", apart, profile.id)
            counts = Counter(self.deliver(context, ledger, port(prepare=files)))
            self._bundle(ledger, profile, as_of, full=mode in EVERYTHING_AGAIN)
            return dict(counts + Counter(self.deliver(context, ledger, port(prepare=files))))

    def attaching(self, client: "XConnectorClient") -> "AbstractContextManager[Attach | None]":  # noqa: ARG002 - for those that attach files
        """What brings files that events name to their receivers; open while the deliveries go."""
        return nullcontext()

    def _bundle(self, ledger: "Ledger", profile: "Profile", as_of: datetime, *, full: bool) -> None:
        from colophon.domain.delivery_states import MESSAGE_REJECTED

        again = ledger.redrive(
            self.use_case_id, profile.id, code=MESSAGE_REJECTED, why="sent again: its message was rejected, and it still holds"
        )
        if again:
            log.info("%d titles for %s go again, whose message was rejected", again, profile.id)
        labels = {"recipient": profile.id, "format": profile.onix_format}
        feeds = ledger.bundle(
            self.use_case_id,
            profile.id,
            as_of=as_of,
            max_products=profile.files.max_products,
            max_bytes=profile.files.max_bytes,
            labels=labels,
            full=full,
        )
        if not feeds and profile.empty_delta == "no_product":
            feeds = ledger.empty_feed(self.use_case_id, profile.id, as_of=as_of, labels=labels)
        log.info("%d new feeds for %s", len(feeds), profile.id)

    def _ensure_routes(self, context: "Context", ledger: "Ledger", client: "XConnectorClient") -> None:
        """See that the middleware knows the recipient, before anything is sent: what it cannot route it would drop for good.

        :raises BadConfigError: no route takes anything to the recipient; what is planned waits.
        """
        from colophon.errors import BadConfigError
        from colophon.readiness import ROUTE_REMEDY, no_route
        from colophon.systems.xconnector.routing import unrouted
        from colophon_airflow.readiness import kinds_of_events, our_routes

        if client.settings.extra.mode != "xc1":
            return
        wanted = [route for route in our_routes() if route.match.recipient == self.destination]
        for change in client.ensure_routes(wanted) if wanted else ():
            log.info("Route %s is %s; %s", change.route_id, change.what, "written" if change.written else "not ours to write")
        known = kinds_of_events().get(self.destination)
        kinds = {known} if known else self._waiting_kinds(ledger)
        routes, prefix = client.routes(), client.settings.extra.type_prefix
        lacking = [kind for kind in sorted(kinds) if unrouted({self.destination: kind}, routes, prefix)]
        finding = no_route(self.destination) if lacking else None
        subject, as_of = f"recipient:{self.destination}", run_times(context).as_of
        ledger.exceptions.record(f"{self.use_case_id}:routes", self.destination, [subject], [finding] if finding else [], as_of=as_of)
        if finding is not None:
            raise BadConfigError(f"no route at the middleware takes anything to {self.destination}", remedy=ROUTE_REMEDY)

    def _waiting_kinds(self, ledger: "Ledger") -> set[str]:
        """Kinds of the events that wait for a recipient whose kind no file names."""
        from colophon.domain.delivery_states import WAITING
        from colophon.systems.xconnector.planned import TYPE_LABEL

        rows = ledger.newest(self.use_case_id, self.destination)
        return {row.labels[TYPE_LABEL] for row in rows if row.state == WAITING and TYPE_LABEL in row.labels}


class XConnectorAwaitOperator(XConnectorOperator, AwaitOperator):
    """Waits until nothing of ours is under way; then takes outcomes and acknowledgements in."""

    def __init__(self, *, at_most: timedelta | None = None, **kwargs: Any) -> None:
        """:param at_most: so long a run waits; None: the connection's `deliver_within`. What is under way then is taken in by the next run."""
        super().__init__(**kwargs)
        self.at_most = at_most

    def trigger(self) -> "XConnectorSettledTrigger | None":
        """Waits for all messages to the destination, in a mode that can ask for them."""
        from colophon_airflow.systems.xconnector.trigger import XConnectorSettledTrigger

        with open_ledger() as ledger:
            waiting = ledger.under_way(self.use_case_id, self.destination)
        with self.client() as client:
            extra = client.settings.extra
        if not waiting or extra.mode != "xc1":
            return None
        since = min(taken for _, taken in waiting.values()) - timedelta(minutes=5)
        within = timedelta(seconds=extra.deliver_within)
        until = environment.now() + min(within, self.at_most or within)
        return XConnectorSettledTrigger(
            conn_id=self.xconnector_conn_id,
            recipient=self.destination,
            since=since.isoformat(timespec="seconds"),
            until=until.isoformat(timespec="seconds"),
        )

    def take_outcomes(self, context: "Context", ledger: "Ledger") -> OutcomeSummary:
        """By statuses of messages, and for who takes feeds by events in the inbox and ONIX acknowledgements."""
        from colophon.systems.xconnector.collect import collect_outcomes, take_statuses

        config = publisher_config()
        profile = config.recipients.get(self.destination)
        owner, as_of = partial(config.owners.of, use_case=self.use_case_id), run_times(context).as_of
        with self.client() as client:
            if profile is None:
                place = {"use_case": self.use_case_id, "destination": self.destination}
                keeps_trying = self.destination not in config.exchange.recipients
                found = take_statuses(ledger, client, **place, owner_of=owner, keeps_trying=keeps_trying)
            else:
                found = collect_outcomes(ledger, client, use_case=self.use_case_id, profile=profile, owner_of=owner, as_of=as_of)
        exceptions = [
            exception
            for kind in ("acknowledgement", "delivery")
            for exception in ledger.exceptions.open(use_case=f"{self.use_case_id}:{kind}", destination=self.destination, limit=20)
        ]
        return OutcomeSummary(found, [f"{e.subject}, {e.field}: {e.found}. {e.remedy}" for e in exceptions])


class XConnectorPollOperator(UseCaseOperator):
    """Takes what other systems left at the middleware into our inbox: the safety net under the webhooks. Returns how many were new."""

    system = "xconnector"
    template_fields: Sequence[str] = ("xconnector_conn_id",)

    def __init__(self, *, xconnector_conn_id: str = "xconnector_default", **kwargs: Any) -> None:
        """:param xconnector_conn_id: Airflow connection of type `xconnector`."""
        super().__init__(**kwargs)
        self.xconnector_conn_id = xconnector_conn_id

    def execute(self, context: "Context") -> int:
        """Each event is committed before it is acknowledged. A dry run takes nothing."""
        from colophon.systems.xconnector.inbox import drain_inbox
        from colophon_airflow.systems.xconnector.hook import XConnectorHook

        if context["params"].get("dry_run"):
            return 0
        with open_ledger() as ledger, XConnectorHook(self.xconnector_conn_id, jitter=False).client as client:
            new = drain_inbox(ledger, client)
        summary("Polled xConnector", {"new events": new})
        return new
