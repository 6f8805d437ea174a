"""4ALLPORTAL: objects in modules, files on a mounted folder, the legacy feed, and hints by web hook.

system.py   routes and settings; objects and media
modules.py  modules with their fields, and which values a field takes
objects.py  what is kept, how a PATCH changes it, events
mount.py    the mounted folder by WebDAV, and what the DAM sees of it
legacy.py   login and the older RPC feed
hooks.py    outbound web hooks
seed.py     objects made by people, with every awkward case
"""

from colophon_sandbox.systems.fourallportal.system import Fourallportal

__all__ = ["Fourallportal"]
