"""The bytes of a streamed reply, read by aiohttp beside the openai SDK.

Why beside it: on 40 streams of 50 tokens a second the SDK's typed chunks cost 30 % of the
server's time, httpx's reader as much again, and each request through the SDK 8 to 10 ms of CPU
before its first byte, so that 40 messages at once wait in line. The SDK stays the client for
whole replies and for the list of models (``client.py``).
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import orjson

from holysheep.errors import EngineError, NotAProvider, ProviderDown, Unreachable, from_response
from holysheep.providers import Provider

#: An error's body is read up to here; nobody needs more of it.
ERROR_BODY = 64 * 1024


class Transport:
    """One pool of connections to all providers."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def post(self, provider: Provider, body: Mapping[str, Any]) -> aiohttp.ClientResponse:
        """Send a chat request and return the answer once its status is 200.

        The caller closes the answer. Raises EngineError: Unreachable where no connection came
        about, and whatever any other status stands for.
        """
        with translated():
            response = await self._open().post(
                f"{provider.base_url.rstrip('/')}/chat/completions",
                data=orjson.dumps(body),
                headers=_headers(provider),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=provider.connect_s),
                allow_redirects=False,
            )
            if response.status == 200:
                return response
            try:
                body_read = await response.content.read(ERROR_BODY)
            finally:
                response.close()
        raise from_response(response.status, response.headers, body_read)

    def _open(self) -> aiohttp.ClientSession:
        # Made at the first request: a session belongs to the running loop.
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30, ttl_dns_cache=60)
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
        return self._session


def _headers(provider: Provider) -> dict[str, str]:
    # identity: compressed event streams arrive in blocks, which falsifies the time to first token
    return {
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
        "Accept-Encoding": "identity",
        "Authorization": f"Bearer {provider.api_key or 'none'}",
        **provider.headers,
    }


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """aiohttp's errors as ours, in one place."""
    try:
        yield
    except EngineError:
        raise
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorDNSError) as e:
        raise Unreachable(_cause(e)) from None
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as e:
        raise Unreachable(f"the connection was dropped: {_cause(e)}") from None
    except aiohttp.InvalidURL:
        raise Unreachable("the provider's base URL is not a URL") from None
    except aiohttp.ClientResponseError as e:
        raise NotAProvider(f"not an HTTP answer we can read: {type(e).__name__}") from None
    except aiohttp.ClientError as e:
        raise ProviderDown(_cause(e)) from None


def _cause(error: BaseException) -> str:
    """What happened, without the address: a base URL may carry credentials."""
    reason = getattr(error, "os_error", None) or error.__cause__ or error
    text = getattr(reason, "strerror", None) or type(reason).__name__
    return f"{type(error).__name__}: {text}"

