"""When the interpreter looks through all its objects for garbage: between replies, not in the middle of them."""

import asyncio
import gc
from collections.abc import Callable

#: A visitor who has just been answered may be typing; one who has not been for so long may be anywhere.
QUIET_S = 1.0
#: Looks at young objects after which a full one is due all the same: what replies that never pause leave behind in
#: between stays within some 50 MB. With 640 replies at once half a minute goes by.
MANY = 50

_NEVER = 2**31 - 1


def begin() -> None:
    """Leave full looks to ``collect_when_quiet``; objects there are by now are never looked at again.

    With 500 conversations a full look holds all of them for a quarter of a second (measured), and the interpreter's
    own rule makes one every few seconds there. The 200,000 objects that imports leave behind are never garbage.
    """
    gc.collect()
    gc.freeze()
    # The interpreter's own steps for young objects: larger ones would make each look at those long enough to be felt.
    gc.set_threshold(*gc.get_threshold()[:2], _NEVER)


async def collect_when_quiet(busy: Callable[[], bool]) -> None:
    """Until cancelled: look when no reply has run for a moment, and there is enough to make it worth while.

    busy: whether a reply runs now.
    """
    was_busy = True
    while True:
        await asyncio.sleep(QUIET_S)
        is_busy, young = busy(), gc.get_count()[2]
        if young >= MANY or (young and not (is_busy or was_busy)):
            gc.collect()
        was_busy = is_busy
