"""The calls of both parts of the contract, declared: what they do, and what may be done when an answer is lost."""

from colophon.http.operation import DeliveryClass, Operation

_NOT_TAKEN = frozenset({503})
_A, _B, _C = DeliveryClass.A, DeliveryClass.B, DeliveryClass.C
_JOBS = "/{service}/jobs"
_JOB = f"{_JOBS}/{{job_id}}"

# A. Media jobs (DOC), below the version's prefix. Asking for a token changes nothing, so a lost answer is simply asked for again.
ACCESS_TOKEN = Operation("access_token", "POST", "/auth/access_token", expect=frozenset({200, 401}))
USER = Operation("user", "GET", "/auth/user")
TEMPLATES = Operation("templates", "GET", f"{_JOBS}/templates")
CREATE_JOB = Operation("create_job", "POST", _JOBS, _B)
GET_JOB = Operation("get_job", "GET", _JOB)
RESULTS = Operation("results", "GET", f"{_JOB}/results", expect=frozenset({200, 404}))
LOGS = Operation("logs", "POST", "/{service}/logs")
ABORT = Operation("abort", "POST", f"{_JOB}/abort", _B)
UPLOAD = Operation("upload", "PUT", "/{temp_url}", _B, accept="*/*", expect=frozenset({200, 201, 204}))
FETCH_OUTPUT = Operation("fetch_output", "GET", "", accept="*/*")

RUN = {
    "2025": Operation("run", "POST", f"{_JOB}/run", _C),
    "2023": Operation("run", "POST", f"{_JOBS}/run/{{job_id}}", _C),
}
JOB_CLASS = str(_C)
"""The class of a delivery that is a job: that of its one call which may not be repeated unseen."""

UPLOADED = {
    "2025": Operation("upload_completed", "PATCH", f"{_JOB}/uploadcompleted", _B),
    "2023": Operation("upload_completed", "POST", f"{_JOBS}/uploadcompleted/{{job_id}}", _B),
}

# B. The video library (EXT), below its own prefix.
_VIDEO = "/videos/{video_id}"
INFO = Operation("info", "GET", "/info", expect=frozenset({200, 404}))
PUT_VIDEO = Operation("put_video", "PUT", _VIDEO, _B, _NOT_TAKEN, expect=frozenset({200, 201}))
GET_VIDEO = Operation("get_video", "GET", _VIDEO)
ARCHIVE = Operation("archive", "DELETE", _VIDEO, _B, _NOT_TAKEN, accept="*/*", expect=frozenset({204}))
LIST_VIDEOS = Operation("list_videos", "GET", "/videos")
PUT_CONTENT = Operation("put_content", "PUT", f"{_VIDEO}/content", _B, _NOT_TAKEN, expect=frozenset({202}))
PUT_RULES = Operation("put_rules", "PUT", f"{_VIDEO}/rules", _B, _NOT_TAKEN, expect=frozenset({200, 409}))
GET_RULES = Operation("get_rules", "GET", f"{_VIDEO}/rules")
PUBLISH = Operation("publish", "POST", f"{_VIDEO}/publish", _A, _NOT_TAKEN, expect=frozenset({202}))
UNPUBLISH = Operation("unpublish", "POST", f"{_VIDEO}/unpublish", _A, _NOT_TAKEN, expect=frozenset({202}))
LIST_PLACEMENTS = Operation("list_placements", "GET", "/placements")
LIST_DAILY = Operation("list_daily", "GET", "/analytics/daily")
LIST_EVENTS = Operation("list_events", "GET", "/events")
