"""The way of a job. What it is at a moment follows from when it came and to whom it goes; the clock alone moves it.

Setup, Processing at a third of `job_seconds`, Delivering at two thirds, Complete at the end, or an hour later where a device is
slow. A job with a device that fails says `Error` beside `Processing` from the beginning, and is not finished by that.
"""

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from colophon_sandbox.agenda import Agenda
from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.opentext_push.endings import Ending, of_address, of_device, of_number
from colophon_sandbox.world import Row, Table, World, moment

EFFECTS = {"push": "push.delivered", "sms": "sms.delivered", "email": "email.delivered"}


class Jobs:
    """All jobs of all channels, and the message ids that made them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._due = Agenda()
        for row in self.open:
            self._remind(self._job(row["job_id"]), row["step"])

    @property
    def table(self) -> Table:
        """Jobs by id."""
        return self.world.store.table("push.jobs")

    @property
    def open(self) -> Table:
        """Jobs to which something will still happen: `{"next": moment, "step": n}`."""
        return self.world.store.table("push.open")

    @property
    def ids(self) -> Table:
        """Which job a message id made."""
        return self.world.store.table("push.message_ids")

    def take(self, channel: str, message_id: str | None, reference: str, messages: list[Row]) -> Row:
        """A new job, or the old one of this id: only ids are compared, never contents. The answer to its sender."""
        if (message_id or "").startswith("foreign-"):
            raise RefusedError(400, "foreign_id", "the message id belongs to another user", error_code=2051)
        known = self.ids.get(f"{channel} {message_id}") if message_id and self._setting("dedupe") else None
        if known:
            if self.find(channel, known["job_id"]) is None:
                raise RefusedError(400, "duplicate_gone", "duplicate message_id, and its preview is gone", error_code=2052)
            return {"job_id": known["job_id"], "error_code": 2050, "message": "duplicate message_id"}
        number = self.world.next_id("push.jobs")
        job_id = f"{'usmr' if channel == 'push' else 'xsi'}-{100_000_000 + number}"
        now = self.world.now.isoformat()
        row = {
            "_seq": number,
            "job_id": job_id,
            "channel": channel,
            "reference": reference,
            "at": now,
            "seconds": self._setting("job_seconds"),
            "messages": messages,
        }
        self.table.put(job_id, row)
        self._remind(row, 0)
        if message_id:
            self.ids.put(f"{channel} {message_id}", {"job_id": job_id})
        return {"job_id": job_id}

    def find(self, channel: str, job_id: str) -> Row | None:
        """A job that is still kept; None for one that was wiped or never was."""
        row = self.table.get(job_id)
        if row is None or row["channel"] != channel:
            return None
        kept_until = _done_at(row) + timedelta(days=self._setting("purge_days"))
        return row if self.world.now < kept_until else None

    def due(self, now: datetime) -> Iterator[tuple[Row, datetime]]:
        """Let happen what is due, in time order: each job that changed, and when."""
        for text, _, job_id in self._due.due(_text(now)):
            row = self.open.get(job_id)
            if row is None or row["next"] != text:
                continue
            job, at = self._job(job_id), moment(text)
            self._deliver(job, at)
            self._remind(job, row["step"] + 1)
            yield job, at

    def status(self, row: Row, now: datetime) -> Row:
        """A job as the status calls and callbacks show it."""
        return {
            "job_id": row["job_id"],
            "customer_reference_base64": _base64(row["reference"]),
            "entry_time": milliseconds(moment(row["at"])),
            "job_state": _state(row, now),
            "deliveries": [_delivery(row, message, ending, now) for message in row["messages"] if (ending := _ending(row, message)).listed],
        }

    def _deliver(self, job: Row, at: datetime) -> None:
        for message in job["messages"]:
            if _ending(job, message).effect and _end_of(job, message) == at:
                self.world.effect(EFFECTS[job["channel"]], message["ref"])

    def _remind(self, job: Row, step: int) -> None:
        moments = _moments(job)
        if step == len(moments):
            self.open.drop(job["job_id"])
            return
        text = _text(moments[step])
        self.open.put(job["job_id"], {"job_id": job["job_id"], "step": step, "next": text})
        self._due.put(text, job["_seq"], job["job_id"])

    def _job(self, job_id: str) -> Row:
        found = self.table.get(job_id)
        if found is None:
            raise LookupError(job_id)
        return found

    def _setting(self, name: str) -> Any:
        return self.world.settings["push"][name]


def milliseconds(at: datetime) -> str:
    """A moment as this system writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _ending(row: Row, message: Row) -> Ending:
    if row["channel"] == "push":
        return of_device(message["target"])
    return of_number(message["sms"]) if row["channel"] == "sms" else of_address(message["email"])


def _end_of(row: Row, message: Row) -> datetime:
    return moment(row["at"]) + timedelta(seconds=row["seconds"] + _ending(row, message).late_s)


def _done_at(row: Row) -> datetime:
    return max(_end_of(row, message) for message in row["messages"])


def _moments(row: Row) -> list[datetime]:
    """When something about a job changes."""
    start, third = moment(row["at"]), timedelta(seconds=row["seconds"] / 3)
    found = {start + third, start + 2 * third}
    for message in row["messages"]:
        end = _end_of(row, message)
        found |= {end, *(end + timedelta(seconds=s) for _, s in _ending(row, message).events)}
    return sorted(found)


def _state(row: Row, now: datetime) -> list[str]:
    start, third = moment(row["at"]), timedelta(seconds=row["seconds"] / 3)
    attempts = {_ending(row, message).attempt for message in row["messages"]}
    if now >= _done_at(row):
        return ["Complete", "Posted" if "Sent" in attempts else "Error"]
    error = ["Error"] if "Error" in attempts else []
    if now >= start + 2 * third:
        return ["Delivering", *error]
    return ["Processing", *error] if now >= start + third else ["Setup"]


def _delivery(row: Row, message: Row, ending: Ending, now: datetime) -> Row:
    end, channel = _end_of(row, message), row["channel"]
    attempt: Row = {"state": "Pending" if _state(row, now) == ["Setup"] or ending.late_s else "InProcess"}
    if now >= end:
        attempt = {"state": ending.attempt, "first_attempt": milliseconds(end), "gamma_code": ending.gamma_code}
    happened = [(name, milliseconds(at)) for name, s in ending.events if (at := end + timedelta(seconds=s)) <= now]
    return {
        "ref_base64": _base64(message["ref"]),
        channel: _recipient(channel, message),
        "delivery_attempts": [attempt],
        "events": {f"{channel}_delivery_events": _mail_events(happened) if channel == "email" else _events(happened)},
    }


def _recipient(channel: str, message: Row) -> str:
    if channel != "push":
        return str(message[channel])
    return f"…{next(iter(message['target'].values()))[-5:]}"


def _events(happened: list[tuple[str, str]]) -> list[Row]:
    return [{"event_time": at, "status": name} for name, at in happened]


def _mail_events(happened: list[tuple[str, str]]) -> Row:
    at = dict(happened)
    one = {name: {"event_time": at[name]} if name in at else None for name in ("dsn", "opt_out")}
    return {**one, **{name: [{"event_time": at[name]}] if name in at else [] for name in ("html_open", "pull")}}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
