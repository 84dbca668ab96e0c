"""How many connections the system lets one program have open."""

import sys


def make_room(wanted: int) -> int:
    """Raise this process's limit of open files to ``wanted`` where it is lower and the system allows it.

    Gives what may be open now. Many systems begin with 1,024.
    """
    if sys.platform == "win32":
        return wanted  # no such limit
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited or soft >= wanted:
        return wanted
    most = wanted if hard == unlimited else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (ValueError, OSError):  # macOS has a lower limit of its own
        return soft
    return most
