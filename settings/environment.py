"""The server's own knobs, from the environment over ``.env``. Nothing else in the program reads either."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path

from ledger.address import read_address
from ledger.unusable import DatabaseUnusable
from settings.checks import Wrong, choice, switch, usd, web_address, whole
from settings.faults import ROOT, Say
from settings.passwords import PASSWORD_VARIABLES, read_passwords
from settings.variables import Variables

#: Where platforms that run containers say under which name they show them: Railway, Hugging Face Spaces.
PLATFORM_HOSTS = ("RAILWAY_PUBLIC_DOMAIN", "SPACE_HOST")
#: Characters of the installation's secret at least; 32 of them are 128 bits in hexadecimal.
SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Environment:
    """Each field is the variable of the same name in capitals; ``.env.example`` says the same to operators.

    Provider addresses and keys are not here: they are named in ``providers.toml`` and stand in each ``Provider``.
    """

    host: str = "127.0.0.1"
    """Loopback: others are let in by whoever decides to."""

    port: int = 8000
    """Where Chainlit, and everybody's habit, expects it."""

    public_url: str = "http://localhost:8000"
    """The address people open, no slash at the end; behind a proxy the server cannot know it by itself. Besides local
    names its host is the only one that is answered."""

    operator_passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Who may sign in at ``/``: name -> password, or its hash. OPERATOR_PASSWORD is that of "operator". None: on
    loopback an address for one use is printed at the start; elsewhere a password is made and printed once."""

    chainlit_auth_secret: str = field(default="", repr=False)
    """Signs sessions and the tokens of links; blank: made once and kept in ``data_dir``. Replicas share one."""

    tunnel_command: str = ""
    """What ``publish --share`` starts to be reached from elsewhere; {url} stands for our own address."""

    data_dir: Path = ROOT / "data"
    """One folder for all that is kept, so that one folder is backed up."""

    database_url: str = field(default="", repr=False)  # it may hold a password
    """Blank: SQLite in ``data_dir``, with nothing to install; PostgreSQL for more than one replica."""

    retention_days: int = 90
    """How long texts are kept: long enough to follow a sale up, short enough not to hoard what people said."""

    mask_secrets: bool = False
    """Off: what a customer types is on record as typed, until an operator decides otherwise."""

    budget_usd: Decimal | None = None
    """All that may ever be spent; None: no limit, for a provider's own limit may do."""

    budget_usd_per_day: Decimal | None = None
    """What may be spent in one day (UTC), so that a bad night does not empty the account; None: no limit."""

    settings_dir: Path = ROOT / "settings"
    """The files that an operator edits; elsewhere when they are kept apart from the program."""

    default_demo: str = ""
    """The demo that ``/`` shows; blank means the first by file name, so that deleting a demo breaks nothing."""

    metrics_addr: tuple[str, int] | None = ("127.0.0.1", 9464)
    """Where Prometheus reads the figures: this machine only, and never the port that people come to. None: nowhere."""

    drain_seconds: int = 20
    """How long replies under way may take to end once the program is told to leave: most do, and container platforms
    kill after 30."""

    max_turns: int = 600
    """Replies at once, the rest waits in line: two thirds of what one core streams at full pace, measured."""

    max_sockets: int = 3000
    """Open pages at once: some 60 KiB each, measured, so less than 200 MiB in all."""

    forwarded_allow_ips: str = "127.0.0.1"
    """Whose ``X-Forwarded-For`` and ``-Proto`` are believed: a proxy on this machine, until one elsewhere is named."""

    log_level: str = "info"
    """Enough to follow a day's work, not every request: debug, info, warning or error."""

    log_format: str = "text"
    """For eyes; ``json`` for a log collector."""


#: Secrets may also stand in a file that a variable of this name names, as in Docker and Kubernetes.
SECRET_FILES = ("CHAINLIT_AUTH_SECRET_FILE", "DATABASE_URL_FILE")

VARIABLES = tuple(
    sorted({*PASSWORD_VARIABLES, *SECRET_FILES, *(field.name.upper() for field in fields(Environment))})
)


def read_environment(variables: Variables) -> Environment:
    """The typed environment; wrong values are noted in ``variables.faults`` and stand at their default."""
    default = Environment()
    port = variables.get("PORT", whole(1, 65535), default.port)
    return Environment(
        host=variables.get("HOST", _host, default.host),
        port=port,
        public_url=variables.get("PUBLIC_URL", web_address, _usual_address(variables, port)),
        operator_passwords=read_passwords(variables),
        chainlit_auth_secret=variables.checked_secret("CHAINLIT_AUTH_SECRET", _secret, ""),
        tunnel_command=variables.get("TUNNEL_COMMAND", _word, ""),
        data_dir=variables.get("DATA_DIR", _folder, default.data_dir),
        database_url=variables.checked_secret("DATABASE_URL", _database, default.database_url),
        retention_days=variables.get("RETENTION_DAYS", whole(1, 36_500), default.retention_days),
        mask_secrets=variables.get("MASK_SECRETS", switch, default.mask_secrets),
        budget_usd=variables.get("BUDGET_USD", usd, None),
        budget_usd_per_day=variables.get("BUDGET_USD_PER_DAY", usd, None),
        settings_dir=variables.get("SETTINGS_DIR", _folder, default.settings_dir),
        default_demo=variables.get("DEFAULT_DEMO", _word, default.default_demo),
        metrics_addr=_metrics_addr(variables, default.metrics_addr),
        drain_seconds=variables.get("DRAIN_SECONDS", whole(0, 600), default.drain_seconds),
        max_turns=variables.get("MAX_TURNS", whole(1, 100_000), default.max_turns),
        max_sockets=variables.get("MAX_SOCKETS", whole(10, 100_000), default.max_sockets),
        forwarded_allow_ips=variables.get("FORWARDED_ALLOW_IPS", _proxies, default.forwarded_allow_ips),
        log_level=variables.get("LOG_LEVEL", choice("debug", "info", "warning", "error"), default.log_level),
        log_format=variables.get("LOG_FORMAT", choice("text", "json"), default.log_format),
    )


def _usual_address(variables: Variables, port: int) -> str:
    """Where people come to, as the platform says, which speaks https with them; else this machine."""
    given = (variables.get(name, _first_host, "") for name in PLATFORM_HOSTS)
    return next((f"https://{host}" for host in given if host), f"http://localhost:{port}")


def _first_host(value: object) -> str:
    """Of a Space with a domain of its own there are several."""
    return _host(str(value).partition(",")[0])


def _host(value: object) -> str:
    host = str(value).strip()
    if re.fullmatch(r"[\w.:-]+", host, re.ASCII):
        return host
    raise Wrong(Say("một tên máy hoặc địa chỉ IP như 0.0.0.0", "a host name or IP address such as 0.0.0.0"))


def _metrics_addr(variables: Variables, default: tuple[str, int] | None) -> tuple[str, int] | None:
    """Here a blank value is an answer: no figures, whatever ``.env`` says."""
    layer = next((layer for layer in variables.layers if "METRICS_ADDR" in layer.values), None)
    if layer is not None and layer.values["METRICS_ADDR"].strip().lower() in ("", "off"):
        return None
    return variables.get("METRICS_ADDR", _address, default)


def _address(value: object) -> tuple[str, int]:
    """``HOST:PORT``; an IPv6 address in brackets."""
    host, _, port = str(value).strip().rpartition(":")
    name = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    bracketed = name != host
    if (
        re.fullmatch(r"[\w.:-]+", name, re.ASCII)
        and bracketed == (":" in name)
        and re.fullmatch(r"[0-9]{1,5}", port)
        and 1 <= int(port) <= 65535
    ):
        return name, int(port)
    example = "127.0.0.1:9464"
    raise Wrong(Say(f"máy:cổng như {example}, hoặc off", f"host:port such as {example}, or off"))


def _proxies(value: object) -> str:
    """Addresses and networks, comma separated; ``*``: whoever connects, for where nobody else can reach the port."""
    names = [name.strip() for name in str(value).split(",") if name.strip()]
    try:
        for name in names:
            if name != "*":
                ip_network(name, strict=False)
    except ValueError:
        raise Wrong(
            Say(
                "địa chỉ hay dải địa chỉ của proxy, cách nhau bằng dấu phẩy, như 10.0.0.0/8",
                "addresses or networks of proxies, comma separated, such as 10.0.0.0/8",
            )
        ) from None
    return ",".join(names)


def _folder(value: object) -> Path:
    """A path from the project's folder, so that it does not depend on where the program is started."""
    return ROOT / Path(str(value).strip()).expanduser()


def _database(value: object) -> str:
    """The address as it is, but an SQLite file's path from the project's folder. It is never shown."""
    address = str(value).strip()
    if scheme := re.match(r"sqlite(\+aiosqlite)?:///(?!:memory:|$)", address):
        address = scheme.group() + _folder(address[scheme.end() :]).as_posix()
    try:
        read_address(address, ROOT)
    except DatabaseUnusable:
        expected = Say(
            "sqlite:///ĐƯỜNG/DẪN.db hoặc postgresql://USER:PASSWORD@HOST:5432/NAME (ký tự lạ trong mật khẩu: %40)",
            "sqlite:///PATH.db or postgresql://USER:PASSWORD@HOST:5432/NAME (odd characters of the password: %40)",
        )
        raise Wrong(expected, Say("một địa chỉ không đọc được", "an address that cannot be read")) from None
    return address


def _secret(value: object) -> str:
    """Long enough that nobody guesses it. It is never shown."""
    secret = str(value).strip()
    if len(secret) < SHORTEST_SECRET:
        expected = Say(f"ít nhất {SHORTEST_SECRET} ký tự", f"at least {SHORTEST_SECRET} characters")
        raise Wrong(expected, Say(f"{len(secret)} ký tự", f"{len(secret)} characters"))
    return secret


def _word(value: object) -> str:
    return str(value).strip()
