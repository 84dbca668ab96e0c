"""The server: uvicorn on uvloop where there is one."""

import errno
import logging
import socket
import sys
from typing import Any

import uvicorn

from web.connections import OPERATORS_BYTES, REQUESTS, Watch, careful
from web.descriptors import make_room
from web.seldom import Seldom

_BUSY = (
    "Dừng chương trình đang dùng cổng này hoặc đặt PORT khác trong .env (với chainlit run: --port). / "
    "Stop the program that uses the port, or set another PORT in .env (with chainlit run: --port)."
)
_FOREIGN = (
    "Sửa HOST hoặc PORT trong .env (với chainlit run: --host, --port). / "
    "Mend HOST or PORT in .env (with chainlit run: --host, --port)."
)

#: What the system keeps of an answer that is on its way (Linux: twice as much): a megabyte a second at 250 ms.
UNTAKEN_BYTES = 128 * 1024

log = logging.getLogger(__name__)


class CannotListen(Exception):
    """Another program listens there already, the host is not ours, or the port not for us.

    ``str()`` is one line that says which and how to mend it, Vietnamese / English.
    """


def claim(host: str, port: int) -> socket.socket:
    """A socket bound to host and port. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    claimed = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Its connections inherit it. Left alone the system keeps up to 4 MB for each client that takes nothing.
        claimed.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNTAKEN_BYTES)
    try:
        claimed.bind((host, port))
    except OSError as error:
        claimed.close()
        mend = _BUSY if error.errno == errno.EADDRINUSE else _FOREIGN
        raise CannotListen(f"port {port} on {host}: {error.strerror}. {mend}") from None
    return claimed


def serve(app: Any, claimed: socket.socket, sockets: int, trusted: str) -> None:
    """Serve until SIGINT or SIGTERM.

    sockets: that may be open at once. trusted: the proxies whose word on who comes is taken, by address.
    permessage-deflate is off: compressing each frame costs more than the bytes it saves.
    """
    if (room := make_room(sockets + REQUESTS)) < sockets + REQUESTS:
        log.warning(
            "the system allows %d open files: fewer pages than MAX_SOCKETS=%d may be open", room, sockets
        )
    logging.getLogger("uvicorn.error").addFilter(Seldom())
    http, socket_protocol = careful(Watch(min(sockets, max(room - REQUESTS, 10)), trusted))
    config = uvicorn.Config(
        app,
        loop="auto",
        http=http,
        ws=socket_protocol,
        ws_max_size=OPERATORS_BYTES,
        forwarded_allow_ips=trusted,
        ws_per_message_deflate=False,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[claimed])
