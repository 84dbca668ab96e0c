"""Rows 1 to 13: the socket, TLS, the pool, the proxy."""

import os
from collections.abc import Iterator
from unittest import mock

from case import Case
from drivers import pool_exhausted
from families import alone, always, elsewhere, ends, line, times
from seen import Seen
from world import WELL, World

import emulator.lines

UNREACHABLE = r"H1 unreachable 0, H1 unreachable 0"


def reused(seen: Seen, world: World) -> Iterator[str]:
    """The first of the two requests went out on a connection that had served before."""
    numbers = [asked.connection for asked in world.lines["holysheep"].seen]
    if numbers != [1, 1, 2]:
        yield f"the requests came on connections {numbers}"


def key_is_fine(seen: Seen, world: World) -> Iterator[str]:
    """The fault was not the key's."""
    states = [key["state"] for key in world.ring()]
    if set(states) != {"ready"}:
        yield f"the keys are {states}"


def sent_nothing(seen: Seen, world: World) -> Iterator[str]:
    """Not a byte of the question went over this line."""
    if asked := world.lines["holysheep"].seen:
        yield f"{len(asked)} requests were sent"


async def in_its_environment(world: World) -> Seen:
    """The environment names a proxy, which is none of ours."""
    async with emulator.lines.playing("proxy_407") as proxy:
        address = proxy.base_url.removesuffix("/v1")
        named = {
            name: address for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy")
        }
        with mock.patch.dict(os.environ, named):
            seen = await world.ask()
        assert not proxy.seen
    return seen


CERTIFICATES = ("untrusted_certificate", "wrong_host_certificate", "expired_certificate")

CASES: tuple[Case, ...] = (
    elsewhere(1, "no_such_host", line("no_such_host"), UNREACHABLE, took=(0.2, 1.3), also=key_is_fine),
    alone(1, "no_such_host", line("no_such_host"), UNREACHABLE, "unreachable"),
    elsewhere(2, "refused_port", line("refused_port"), UNREACHABLE, took=(0.4, 1.3), also=key_is_fine),
    alone(2, "refused_port", line("refused_port"), UNREACHABLE, "unreachable"),
    *(
        case
        for name in ("syn_ignored", "tls_ignored")
        for case in (
            elsewhere(3, name, line(name), "H1 unreachable 0", took=(5.2, 5.3)),
            alone(3, name, line(name), "H1 unreachable 0", "unreachable", took=(5.0, 5.1)),
        )
    ),
    *(elsewhere(4, name, line(name), "H1 bad_certificate 0", also=sent_nothing) for name in CERTIFICATES),
    alone(
        4, "untrusted_certificate", line("untrusted_certificate"), "H1 bad_certificate 0", "bad_certificate"
    ),
    elsewhere(
        5,
        "certificate_not_yet_valid",
        line("certificate_not_yet_valid"),
        "H1 bad_certificate 0",
        also=sent_nothing,
    ),
    elsewhere(
        6,
        "reset",
        always("reset"),
        r"H1 unreachable \?(, H1 unreachable \?){1,2}",
        gaps=((0.0, 0.1),),
        bound="at_least",
        also=key_is_fine,
    ),
    Case(
        6, "reset", times("reset"), None, r"H1 unreachable \?, H1 ok \$", gaps=((0.0, 0.1),), bound="at_least"
    ),
    elsewhere(
        6, "hangs_up", line("hangs_up"), r"H1 unreachable \?(, H1 unreachable \?){1,2}", bound="at_least"
    ),
    Case(
        7,
        "stale_keepalive",
        line("stale_keepalive"),
        WELL,
        r"H1 unreachable 0, H1 ok \$",
        turns=2,
        text="Xin chào!",
        changes={"retries": 0},
        gaps=((0.0, 0.0),),
        also=reused,
    ),
    elsewhere(8, "goaway", line("goaway"), r"H1 (not_a_provider|unreachable|garbled) [0?]", bound=None),
    ends(
        9,
        "pool_exhausted",
        always("no_headers"),
        r"(H1 at_capacity 0)?",
        "at_capacity",
        drive=pool_exhausted,
    ),
    Case(10, "proxy_407", WELL, None, drive=in_its_environment),
    *(
        elsewhere(
            10,
            name,
            line(name),
            "H1 proxy_refused 0",
            changes={"proxy": True},
        )
        for name in ("proxy_407", "proxy_502")
    ),
    *(
        alone(11, f"redirect_{code}", always(f"redirect_{code}"), "H1 moved 0", "moved")
        for code in (301, 302, 307, 308)
    ),
    elsewhere(11, "redirect_307", always("redirect_307"), "H1 moved 0"),
    elsewhere(12, "headers_too_large", always("headers_too_large"), r"H1 (\w+) [0?], H1 \1 [0?]", bound=None),
    elsewhere(13, "http_garbage", always("http_garbage"), r"H1 not_a_provider [0?]", bound=None),
    elsewhere(13, "html_200", always("html_200"), "H1 not_a_provider 0"),
    elsewhere(13, "portal_200", always("portal_200"), r"H1 (\w+) [0?](, H1 \1 [0?])?", bound=None),
    alone(13, "html_200", always("html_200"), "H1 not_a_provider 0", "not_a_provider"),
)
