"""Every command that a terminal and the desk share, by its word."""

from collections.abc import Awaitable, Callable, Mapping

from demos import commands, link_commands
from demos.preflight_command import before_a_call
from demos.said import Said

#: Does what the words say, in a workshop. Raises one of ``demos.said.REFUSALS``.
Command = Callable[..., Awaitable[Said]]

COMMANDS: Mapping[str, Command] = {
    "new": commands.new,
    "list": commands.list_demos,
    "show": commands.show,
    "edit": commands.edit,
    "fix": commands.fix,
    "duplicate": commands.duplicate,
    "import": commands.import_,
    "export": commands.export,
    "rehearse": commands.rehearsal,
    "preflight": before_a_call,
    "versions": commands.versions,
    "compare": commands.compare,
    "rollback": commands.rollback,
    "publish": link_commands.publish,
    "activity": link_commands.activity,
    "links": link_commands.links,
    "revoke": link_commands.revoke,
    "pause": link_commands.pause,
    "resume": link_commands.resume,
    "extend": link_commands.extend,
}
