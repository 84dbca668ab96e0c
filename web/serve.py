"""The server: uvicorn on uvloop where there is one."""

import errno
import logging
import socket
import sys
from typing import Any

import uvicorn

_BUSY = (
    "Dừng chương trình đang dùng cổng này hoặc đặt PORT khác trong .env (với chainlit run: --port). / "
    "Stop the program that uses the port, or set another PORT in .env (with chainlit run: --port)."
)
_FOREIGN = (
    "Sửa HOST hoặc PORT trong .env (với chainlit run: --host, --port). / "
    "Mend HOST or PORT in .env (with chainlit run: --host, --port)."
)

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
    try:
        claimed.bind((host, port))
    except OSError as error:
        claimed.close()
        mend = _BUSY if error.errno == errno.EADDRINUSE else _FOREIGN
        raise CannotListen(f"port {port} on {host}: {error.strerror}. {mend}") from None
    return claimed


def serve(app: Any, claimed: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM.

    permessage-deflate is off: compressing each frame costs more than the bytes it saves.
    """
    config = uvicorn.Config(
        app,
        loop="auto",
        ws="auto",
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[claimed])
