"""Who takes part, how each is started, and where its page keeps composer and replies."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

_SHORT = "_short"

CONTENDERS = Path(__file__).resolve().parent / "contenders"


@dataclass(frozen=True)
class Seat:
    """What a contender is told when it starts."""

    port: int
    spare_port: int
    upstream: str
    folder: Path


@dataclass(frozen=True)
class Page:
    """CSS selectors of a contender's page."""

    composer: str
    replies: str


@dataclass(frozen=True)
class Contender:
    """One tool in the comparison.

    `speaks_chainlit` tells whether the lean socket client can talk to it; the others are only asked in a browser.
    `is_house`: Demo Desk itself. `session_timeout_s` replaces the time for which Chainlit keeps a closed session; None
    leaves it.
    """

    name: str
    label: str
    command: Callable[[Seat], Sequence[str]]
    environment: Callable[[Seat], Mapping[str, str]]
    page: Page
    health: str = "/"
    speaks_chainlit: bool = False
    is_house: bool = False
    session_timeout_s: int | None = None

    @property
    def family(self) -> str:
        """The name without the time-out: for what the time-out does not touch."""
        return self.name.removesuffix(_SHORT)


CHAINLIT_PAGE = Page(composer="#chat-input", replies='[data-step-type="assistant_message"] .message-content')
GRADIO_PAGE = Page(composer="textarea", replies=".message.bot .prose, .message.bot .md")
STREAMLIT_PAGE = Page(
    composer='textarea[data-testid="stChatInputTextArea"]',
    replies='[data-testid="stChatMessage"]:has([data-testid="stChatMessageAvatarAssistant"])'
    ' [data-testid="stChatMessageContent"]',
)

FIRST_PAGE = {
    "ours": Page(
        composer=f"#desk-first-input, {CHAINLIT_PAGE.composer}",
        replies=f"#desk-first .desk-theirs, {CHAINLIT_PAGE.replies}",
    )
}
"""Where a link's page has them before Chainlit's own stands."""

BUBBLE = "demo-desk-bubble button"
"""What a shop's visitor presses."""


def _bare_command(seat: Seat) -> Sequence[str]:
    script = str(CONTENDERS / "bare_chainlit" / "app.py")
    return [sys.executable, "-m", "chainlit", "run", script, "--headless", "--port", str(seat.port)]


def _bare_environment(seat: Seat) -> Mapping[str, str]:
    return {
        "BENCH_UPSTREAM": seat.upstream,
        "CHAINLIT_APP_ROOT": str(seat.folder),
        "CHAINLIT_HOST": "127.0.0.1",
    }


def _our_environment(seat: Seat) -> Mapping[str, str]:
    return {
        "HOST": "127.0.0.1",
        "PORT": str(seat.port),
        "METRICS_ADDR": f"127.0.0.1:{seat.spare_port}",
        "HOLYSHEEP_API_KEY": "bench",
        "HOLYSHEEP_API_KEYS": "",
        "HOLYSHEEP_BASE_URL": seat.upstream,
        "OPERATOR_PASSWORD": "",
        "OPERATOR_PASSWORDS": "",
        "DATA_DIR": str(seat.folder / "data"),
        "CHAINLIT_APP_ROOT": str(seat.folder),
    }


def _peer_environment(seat: Seat) -> Mapping[str, str]:
    return {
        "BENCH_UPSTREAM": seat.upstream,
        "BENCH_PORT": str(seat.port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    }


def _gradio_command(_seat: Seat) -> Sequence[str]:
    return [sys.executable, str(CONTENDERS / "gradio_chat.py")]


def _streamlit_command(seat: Seat) -> Sequence[str]:
    script = str(CONTENDERS / "streamlit_chat.py")
    options = ["--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", str(seat.port)]
    return [sys.executable, "-m", "streamlit", "run", script, *options]


OURS = Contender(
    name="ours",
    label="Demo Desk",
    command=lambda _seat: [sys.executable, "app.py"],
    environment=_our_environment,
    page=CHAINLIT_PAGE,
    health="/health",
    speaks_chainlit=True,
    is_house=True,
)
BARE = Contender(
    name="bare",
    label="bare Chainlit",
    command=_bare_command,
    environment=_bare_environment,
    page=CHAINLIT_PAGE,
    speaks_chainlit=True,
)
OURS_SHORT = replace(
    OURS, name=OURS.name + _SHORT, label="Demo Desk, session_timeout 5 s", session_timeout_s=5
)
BARE_SHORT = replace(
    BARE, name=BARE.name + _SHORT, label="bare Chainlit, session_timeout 5 s", session_timeout_s=5
)
GRADIO = Contender(
    name="gradio",
    label="Gradio",
    command=_gradio_command,
    environment=_peer_environment,
    page=GRADIO_PAGE,
)
STREAMLIT = Contender(
    name="streamlit",
    label="Streamlit",
    command=_streamlit_command,
    environment=_peer_environment,
    page=STREAMLIT_PAGE,
    health="/_stcore/health",
)

DIRECT = "direct"
"""The row of the control: the load asking the emulator with no chat server between them."""


def replica(number: int, database_url: str, secret: str) -> Contender:
    """One of several Demo Desks over one database."""

    def environment(seat: Seat) -> Mapping[str, str]:
        return {**_our_environment(seat), "DATABASE_URL": database_url, "CHAINLIT_AUTH_SECRET": secret}

    return replace(OURS, name=f"replica_{number}", environment=environment)


ALL = {contender.name: contender for contender in (OURS, BARE, GRADIO, STREAMLIT, OURS_SHORT, BARE_SHORT)}

SQLITE, POSTGRESQL = "sqlite", "postgresql"
LAYER = "layer_"
"""Before the database's name: Chainlit's own data layer on it."""

STORES = {
    SQLITE: "Demo Desk on SQLite",
    POSTGRESQL: "Demo Desk on PostgreSQL",
    LAYER + SQLITE: "Chainlit's data layer on SQLite",
    LAYER + POSTGRESQL: "Chainlit's data layer on PostgreSQL",
}
"""The columns of the ledger's measurements."""

RAW, ENGINE, SDK, ROUTER = "raw", "engine", "sdk", "router"

CLIENTS = {
    RAW: "raw aiohttp",
    ENGINE: "Demo Desk's engine",
    SDK: "openai SDK",
    ROUTER: "LiteLLM's Router",
}
"""The columns of what clients of a provider add; also the names of their files."""

LABELS = (
    {name: contender.label for name, contender in ALL.items()} | {DIRECT: "emulator alone"} | STORES | CLIENTS
)
