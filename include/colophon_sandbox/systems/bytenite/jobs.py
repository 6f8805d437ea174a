"""Jobs: drafts, runs, and the states between (contract sections 2 and 3)."""

from datetime import timedelta
from typing import Any

from colophon_sandbox.system import RefusedError
from colophon_sandbox.systems.bytenite.media import SECONDS, SHAPES, outputs
from colophon_sandbox.world import Row, Table, World, moment, stamp

NEW, PARTITIONING, COMPLETE, FAILED = "JOB_STATE_NEW", "JOB_STATE_PARTITIONING", "JOB_STATE_COMPLETE", "JOB_STATE_FAILED"
WAY = (NEW, PARTITIONING, "JOB_STATE_SANDBOX_RUNNING", "JOB_STATE_SANDBOX_ASSEMBLING", COMPLETE)
ABORTED, ODD = "JOB_STATE_ABORTED", "JOB_STATE_SANDBOX_ODD"
ENDS = {"fail": FAILED, "odd": ODD}
"""Templates that end otherwise than well; the template `slow` never ends."""
TEMPLATES = {
    "video-render": "Video rendering",
    "social-cut": "Cuts for social channels",
    "audio-sample": "Audio samples",
    "fail": "Always fails",
    "odd": "Ends in a state without a name",
    "slow": "Never ends",
}
STEP_S = 30
"""A job that nobody looks at moves one step in so many seconds."""


class Jobs:
    """All jobs of the account."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def table(self) -> Table:
        """Jobs by id."""
        return self.world.store.table("bytenite.jobs")

    def get(self, job_id: str) -> Row:
        """A job; RefusedError (404) where there is none."""
        row = self.table.get(job_id)
        if row is None:
            raise RefusedError(404, "not_found", "there is no such job")
        return row

    def create(self, given: Row) -> Row:
        """A draft, or changes to a draft of the same `jobId`."""
        if given["templateId"].partition("@")[0] not in TEMPLATES:
            raise RefusedError(400, "bad_body", "there is no such template", name="/templateId")
        number = self.world.next_id("bytenite.jobs")
        job_id = given.get("jobId") or f"00000000-0000-4000-8000-{number:012d}"
        row = self.table.get(job_id)
        if row is None:
            row = {"_seq": number, "id": job_id, "state": NEW, "createdAt": self._now, "stateTimestamps": {NEW: self._now}, "config": {}}
        self._must_be_draft(row)
        return self._attach(row, {name: value for name, value in given.items() if name != "jobId"})

    def change(self, job_id: str, given: Row) -> Row:
        """Attach data or parameters to a draft."""
        row = self.get(job_id)
        self._must_be_draft(row)
        return self._attach(row, given)

    def uploaded(self, job_id: str) -> Row:
        """The bytes of a `file` source are all there."""
        row = self.get(job_id)
        if job_id not in self.world.store.table("bytenite.uploads").rows:
            raise RefusedError(400, "no_upload", "nothing was uploaded for this job")
        return self.table.put(job_id, {**row, "_uploaded": True})

    def run(self, job_id: str, config: Row) -> None:
        """Start a draft: once, and only with data and parameters."""
        row = self.get(job_id)
        self._must_be_draft(row)
        source = row.get("dataSource") or {}
        if not source or "params" not in row or "dataDestination" not in row:
            raise RefusedError(400, "incomplete", "the job has no data or no parameters")
        if source["dataSourceDescriptor"] == "file" and not row.get("_uploaded"):
            raise RefusedError(400, "incomplete", "the job's upload is not complete")
        row["config"] = {**row["config"], **config}
        row.update(submittedAt=self._now, startedAt=self._now, _movedAt=self._now)
        self.table.put(job_id, row)
        self.world.effect("media.run", job_id)

    def step(self, row: Row) -> None:
        """One step on its way; an ended job, a draft and a slow job's middle stay."""
        if row["state"] not in WAY[:-1] or "startedAt" not in row:
            return
        template = row["templateId"].partition("@")[0]
        following = WAY[WAY.index(row["state"]) + 1]
        if following == COMPLETE and template == "slow":
            return
        self._enter(row, ENDS.get(template, COMPLETE) if following == COMPLETE else following)

    def poll(self, job_id: str) -> Row:
        """The job as this poll finds it: `steps_per_poll` steps further."""
        row = self.get(job_id)
        for _ in range(self.world.settings["bytenite"]["steps_per_poll"]):
            self.step(row)
        return row

    def tick(self) -> int:
        """Jobs that nobody polls move by the clock; how many steps."""
        moved = 0
        for row in self.table:
            while "startedAt" in row and "endedAt" not in row:
                since = moment(row["_movedAt"])
                if since + timedelta(seconds=STEP_S) > self.world.now:
                    break
                before = row["state"]
                self.step(row)
                row["_movedAt"] = stamp(since + timedelta(seconds=STEP_S))
                moved += row["state"] != before
        return moved

    def abort(self, job_id: str) -> None:
        """Stop it; a draft is deleted."""
        row = self.get(job_id)
        if row["state"] == NEW and "startedAt" not in row:
            self.table.drop(job_id)
        elif "endedAt" not in row:
            self._enter(row, ABORTED)

    def delete(self, job_id: str) -> None:
        """Forget it."""
        self.get(job_id)
        self.table.drop(job_id)

    def files(self, row: Row) -> dict[str, tuple[str, bytes]]:
        """What the job gave; nothing before its end."""
        asked = (row.get("params") or {}).get("app") or {}
        shape = asked["shape"] if asked.get("shape") in SHAPES else SHAPES[0]
        return outputs(row["templateId"], int(asked.get("seconds") or SECONDS), shape) if row["state"] == COMPLETE else {}

    def is_expired(self, row: Row) -> bool:
        """Whether the links of its files have ended."""
        hours = self.world.settings["bytenite"]["link_hours"]
        return self.world.now >= moment(row["endedAt"]) + timedelta(hours=hours)

    @property
    def _now(self) -> str:
        return stamp(self.world.now)

    def _must_be_draft(self, row: Row) -> None:
        if "startedAt" in row:
            raise RefusedError(400, "started", "the job has been started already")

    def _attach(self, row: Row, given: Row) -> Row:
        row.update({name: value for name, value in given.items() if name != "config"})
        row["config"] = {**row["config"], **given.get("config", {})}
        return self.table.put(row["id"], row)

    def _enter(self, row: Row, state: str) -> None:
        row["state"] = state
        row["stateTimestamps"] = {**row["stateTimestamps"], state: self._now}
        row["_movedAt"] = self._now
        if state not in WAY or state == COMPLETE:
            row["endedAt"] = self._now
            row["errorMessage"] = {FAILED: "the encoder ended with code 1", ABORTED: "aborted by its owner"}.get(state, "")
        self.table.put(row["id"], row)


def shown(row: Row, host: str) -> dict[str, Any]:
    """A job as the API shows it; of the 64-bit numbers half come as text."""
    made = {name: value for name, value in row.items() if not name.startswith("_")}
    config = {"taskTimeout": 3600, "jobTimeout": 86400, "isTestJob": False, **row["config"]}
    config.update(taskTimeout=str(config["taskTimeout"]), jobTimeout=int(config["jobTimeout"]))
    made.update(config=config, numChunks="4" if "startedAt" in row else 0, errorMessage=row.get("errorMessage", ""))
    source = row.get("dataSource") or {}
    if source.get("dataSourceDescriptor") == "file":
        made["dataSource"] = {**source, "params": {**source["params"], "tempUrl": f"{host}uploads/{row['id']}"}}
    return made
