"""The calls of the contract (sections 1, 3 and 6), declared: what they do, and what may be done when an answer is lost."""

from colophon.http.operation import DeliveryClass, Operation

_B = DeliveryClass.B

HEALTH = Operation("health", "GET", "/health", accept="*/*", expect=frozenset(range(200, 500)))
GET_MODULE = Operation("get_module", "GET", "/modules/{module}")
LIST_OBJECTS = Operation("iter_objects", "GET", "/modules/{module}/objects")
GET_OBJECT = Operation("get_object", "GET", "/modules/{module}/objects/{id}")
# Our own ids make a repeat write the same.
PATCH_OBJECTS = Operation("upsert_objects", "PATCH", "/modules/{module}/objects", _B)
DELETE_OBJECT = Operation("delete_object", "DELETE", "/modules/{module}/objects/{id}", _B, accept="*/*", expect=frozenset({200, 204, 404}))
DOWNLOAD = Operation("download", "GET", "/modules/file/objects/{id}/media/{usage}", accept="*/*")
MOUNT_EVENT = Operation(
    "mount_event", "POST", "/extensions/dam/mounts/data/events/{kind}", _B, accept="*/*", expect=frozenset({200, 201, 202, 204})
)

# Below `webdav_url` and the file's folder.
DAV_PUT = Operation("upload", "PUT", "/{name}", _B, accept="*/*", expect=frozenset({201, 204}))
# 405: the folder is there already.
DAV_MKCOL = Operation("make_folder", "MKCOL", "/{name}", _B, accept="*/*", expect=frozenset({201, 405}))
# A repeat finds nothing at the old place, which is how it should be.
DAV_MOVE = Operation("move_file", "MOVE", "/{name}", _B, accept="*/*", expect=frozenset({201, 204, 404}))
DAV_DELETE = Operation("delete_file", "DELETE", "/{name}", _B, accept="*/*", expect=frozenset({200, 204, 404}))
REST_UPLOAD = Operation("rest_upload", "POST", "", _B, accept="*/*", expect=frozenset({200, 201, 204}))

LOGIN = Operation("login", "POST", "/service/usermanagement/login")
LOGOUT = Operation("logout", "POST", "/rest/LoginRemoteService/logout")
GET_EVENTS = Operation("get_events", "POST", "/rest/PAPRemoteService/getEvents")
GET_BEANS = Operation("get_beans", "POST", "/rest/PAPRemoteService/getBeans")
GET_CONNECTOR_CONFIG = Operation("get_connector_config", "POST", "/rest/PAPRemoteService/getConnectorConfig")
GET_MODULE_CONFIG = Operation("get_module_config", "POST", "/rest/PAPRemoteService/getModuleConfig")

OPERATIONS = (
    HEALTH,
    GET_MODULE,
    LIST_OBJECTS,
    GET_OBJECT,
    PATCH_OBJECTS,
    DELETE_OBJECT,
    DOWNLOAD,
    MOUNT_EVENT,
    DAV_PUT,
    DAV_MKCOL,
    DAV_MOVE,
    DAV_DELETE,
    REST_UPLOAD,
    LOGIN,
    LOGOUT,
    GET_EVENTS,
    GET_BEANS,
    GET_CONNECTOR_CONFIG,
    GET_MODULE_CONFIG,
)
