"""The bytes of a streamed reply, read by aiohttp beside the openai SDK.

Why beside it: on 40 streams of 50 tokens a second the SDK's typed chunks cost 30 % of the
server's time, httpx's reader as much again, and each request through the SDK 8 to 10 ms of CPU
before its first byte, so that 40 messages at once wait in line. The SDK stays the client for
whole replies and for the list of models (``client.py``).
"""

import asyncio
import contextlib
import errno
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import orjson

from holysheep.answers import from_response
from holysheep.errors import (
    AtCapacity,
    BadCertificate,
    ConnectTimeout,
    Cut,
    Dropped,
    EngineError,
    Garbled,
    NotAProvider,
    ProxyRefused,
    Unreachable,
)
from holysheep.providers import Key, Provider
from holysheep.request import address, authorization

#: An error's body is read up to here and for so long; nobody needs more of it.
ERROR_BODY = 64 * 1024
ERROR_BODY_S = 2.0
#: A reply that comes in one piece is no longer than this.
WHOLE_BODY = 8 << 20


class Transport:
    """One pool of connections to all providers. requests leave only through the proxy that a provider names."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._left: list[aiohttp.ClientSession] = []
        self._closed = False

    async def close(self) -> None:
        """Close every connection; nothing can be sent any more."""
        self._closed = True
        for session in (*self._left, self._session):
            if session is not None:
                await session.close()

    def renew(self) -> None:
        """Use none of the connections again that are open now: what comes over them may be another's."""
        if self._session is not None:
            self._left.append(self._session)
            self._session = None

    async def post(self, provider: Provider, key: Key, body: Mapping[str, Any]) -> aiohttp.ClientResponse:
        """Send a chat request and return the answer once its status says that there is one.

        The caller leaves the answer with ``leave``. Raises EngineError: what came instead, or why nothing did.
        """
        used = _Connection()
        try:
            response = await self._open().post(
                f"{address(provider)}/chat/completions",
                data=orjson.dumps(body),
                headers=_headers(provider, key),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=provider.connect_s),
                allow_redirects=False,
                proxy=provider.proxy or None,
                trace_request_ctx=used,
            )
        except (aiohttp.ClientError, OSError) as error:
            ours = translate(error)
            if used.before and isinstance(ours, Dropped):
                ours.ran = False  # the other side had closed it: nobody has read the request
            raise ours from None
        if 200 <= response.status < 300:
            return response
        try:
            said = await _error_body(response.content)
        finally:
            leave(response)
        raise from_response(response.status, lower(response.headers), said, key.value)

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise Unreachable("the engine is closed", repeats=0, next="stop")
        # Made at the first request: a session belongs to the running loop.
        if self._session is None:
            connector = _Connector(limit=0, keepalive_timeout=30, ttl_dns_cache=60)
            trace = aiohttp.TraceConfig()
            trace.on_connection_reuseconn.append(_used_before)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                trace_configs=[trace],
                max_field_size=LONGEST_HEADER,
            )
        return self._session


class _Connector(aiohttp.TCPConnector):
    """Uses no connection again on which something came that nobody asked for: it would be taken for the next reply."""

    async def _get(self, key: Any, traces: Any) -> Any:
        while (connection := await super()._get(key, traces)) is not None:
            protocol = connection.protocol
            if protocol is not None and not protocol.should_close:
                return connection
            connection.close()
        return None


class _Connection:
    """Of one request. before: another one was sent over it already."""

    before = False


async def _used_before(session: aiohttp.ClientSession, context: Any, parameters: object) -> None:
    context.trace_request_ctx.before = True


def leave(response: aiohttp.ClientResponse) -> None:
    """Give the connection back to the pool if the answer was read to its end, else close it.

    Bytes of a reply that stayed in the connection would be the next visitor's.
    """
    if response.content.at_eof():
        response.release()
    else:
        response.close()


async def read_some(content: aiohttp.StreamReader) -> bytes:
    """More of a body, b"" at its end; raises EngineError where the connection broke."""
    try:
        return await content.readany()
    except aiohttp.ClientError as error:
        # aiohttp gives out nothing more once the connection is lost, not even what had come before
        # that and lies in its buffer. There is no public way to ask for it.
        if data := content._read_nowait(-1):
            return data
        raise translate(error) from None


async def read_all(content: aiohttp.StreamReader, most: int = WHOLE_BODY) -> bytes:
    """The whole body; raises Garbled where it is longer than ``most``."""
    body = b""
    while data := await read_some(content):
        body += data
        if len(body) > most:
            raise Garbled(f"a body of more than {most} bytes")
    return body


async def _error_body(content: aiohttp.StreamReader) -> bytes:
    """What came of it in time: the status alone tells most."""
    body = b""
    with contextlib.suppress(EngineError, TimeoutError):
        async with asyncio.timeout(ERROR_BODY_S):
            while len(body) < ERROR_BODY and (data := await read_some(content)):
                body += data
    return body[:ERROR_BODY]


def _headers(provider: Provider, key: Key) -> dict[str, str]:
    # identity: compressed event streams arrive in blocks, which falsifies the time to first token
    return {
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
        "Accept-Encoding": "identity",
        "Authorization": authorization(key),
        **provider.headers,
    }


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by lower-case name."""
    return {name.lower(): value for name, value in headers.items()}


#: Foreign errors as ours. The first line that fits holds, so the special stand before the general.
_TRANSLATIONS: tuple[tuple[type[Exception], Callable[[str], EngineError]], ...] = (
    (aiohttp.ClientConnectorCertificateError, BadCertificate),
    (aiohttp.ClientSSLError, lambda cause: Unreachable(cause, repeats=0, next="provider")),
    (aiohttp.ConnectionTimeoutError, ConnectTimeout),
    (aiohttp.ClientProxyConnectionError, ProxyRefused),
    (aiohttp.ClientHttpProxyError, ProxyRefused),
    (aiohttp.ClientConnectorError, Unreachable),
    (aiohttp.ClientConnectionError, Dropped),
    (aiohttp.ClientPayloadError, Cut),
    (aiohttp.ClientResponseError, NotAProvider),
    (aiohttp.ClientError, lambda cause: Unreachable(cause, repeats=0, next="provider")),
    (OSError, Dropped),
)

#: This machine, or this program, has no connection left.
_FULL = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL))
#: Bytes of one header of an answer; proxies in front of providers are talkative.
LONGEST_HEADER = 100 << 10
#: How aiohttp words, with no error of its own, that one is longer.
_TOO_LONG = "Got more than"


def translate(error: aiohttp.ClientError | OSError) -> EngineError:
    """aiohttp's error as ours."""
    cause = _cause(error)
    system = getattr(error, "os_error", error)
    if getattr(system, "errno", None) in _FULL:
        return AtCapacity(cause)
    if isinstance(error, aiohttp.ClientResponseError) and error.message.startswith(_TOO_LONG):
        return Garbled(cause, repeats=1, next="same")
    ours = next(make for kind, make in _TRANSLATIONS if isinstance(error, kind))
    return ours(cause)


def _cause(error: BaseException) -> str:
    """What happened, without the address: a base URL may carry credentials."""
    reason = getattr(error, "os_error", None) or error.__cause__ or error
    text = getattr(reason, "strerror", None) or type(reason).__name__
    return f"{type(error).__name__}: {text}"
