"""A file and its halves: one faulty message must not stop the others (contract section 7)."""

from dataclasses import replace

from colophon.errors import ColophonError, GoneError, InvalidError
from colophon.systems.opentext_push.client import PushClient
from colophon.systems.opentext_push.records import PushFile, RefusedMessage, Sent


def send_file(client: PushClient, file: PushFile) -> Sent:
    """Send a file; where the system finds it faulty, its halves, each with an id of its own, until the bad message stands alone.

    :raises ColophonError: nothing of the file was taken for sure. Once a part has been taken, later trouble is in `unknown`.
    """
    found, waiting = Sent(refused=file.refused), [file] if file.refs else []
    while waiting:
        part = waiting.pop(0)
        try:
            found = replace(found, jobs=(*found.jobs, client.submit(part)))
        except (InvalidError, GoneError) as problem:
            if len(part.messages) > 1:
                waiting = [*_halves(client, part), *waiting]
            else:
                found = replace(found, refused=(*found.refused, RefusedMessage(part.refs[0], problem)))
        except ColophonError:
            if not found.jobs:
                raise
            return replace(found, unknown=tuple(ref for left in (part, *waiting) for ref in left.refs))
    return found


def _halves(client: PushClient, file: PushFile) -> list[PushFile]:
    middle = len(file.messages) // 2
    parts = (file.messages[:middle], file.messages[middle:])
    # Halves of a file whose id does not come from its content need identities of their own.
    names = [f"{file.identity}/{number}" if file.identity else "" for number in (1, 2)]
    built = [client.build_file(part, file.use_case, file.occurrence, identity=name) for part, name in zip(parts, names, strict=True)]
    return [part for part in built if part.refs]
