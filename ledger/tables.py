"""The tables, as they stand after the newest migration."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ledger.columns import Instant, Money

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Uuid = String(36)
_Name = String(64)
_Code = String(24)
# SQLite numbers rows by itself in a column of exactly this type only.
_Counter = BigInteger().with_variant(Integer, "sqlite")
# None is no value here, not JSON's null.
_Json = JSON(none_as_null=True)

_OPEN = text("settled_at IS NULL")
_FORGOTTEN = text("forgotten_at IS NOT NULL")
_WORDED = text("question IS NOT NULL OR reply IS NOT NULL")

#: A running program. One that was not seen for the length of its lease is taken for dead.
replicas = Table(
    "replicas",
    metadata,
    Column("id", _Uuid, primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("leased_until", Instant, nullable=False),
    Column("gone_at", Instant),
)

#: An address of one demo for one prospect. outcome: open, won or lost, as the operator says. starts_at, expires_at:
#: when it opens and closes; paused_at, revoked_at: closed by the operator, for a while or for good. passcode: a hash;
#: passcode_failures: wrong tries in a row, locked_until: after too many of them. origins: sites that may frame it, None
#: for no other. overrides: what it shows instead of the demo's own title, greeting, looks. revision: grows with every
#: change. Its limits on money and messages are those of the budget "link:ID".
links = Table(
    "links",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("demo", _Name, nullable=False),
    Column("customer", String(200)),
    Column("created_at", Instant, nullable=False),
    Column("outcome", _Code, nullable=False, server_default="open"),
    Column("outcome_at", Instant),
    Column("starts_at", Instant),
    Column("expires_at", Instant),
    Column("paused_at", Instant),
    Column("revoked_at", Instant),
    Column("passcode", String(200)),
    Column("passcode_failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Column("origins", _Json),
    Column("overrides", _Json),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("author", String(100)),
    Column("note", Text),
    CheckConstraint("outcome IN ('open', 'won', 'lost')", name="outcome"),
    Index(None, "demo"),
)

#: audience: whose turns these are; those of operators and rehearsals are never counted with visitors'.
#: visitor: the browser's secret, hashed. cleared_before: turns with a lower position are off the screen.
#: device: phone, tablet, desktop or other, as its first page's browser said; referring_host: the site whose page led
#: there. None: from before they were kept, or not known.
#: replica: the program that had it in memory last, for as long as that lives; None: it was changed past whoever had.
#: deleted_at: it is off the lists, until somebody writes in it again. forgotten_at: programs that have it in memory let
#: go of it.
conversations = Table(
    "conversations",
    metadata,
    Column("id", _Uuid, primary_key=True),
    Column("visitor", String(64), nullable=False),
    Column("audience", _Code, nullable=False),
    Column("link", ForeignKey("links.id")),
    Column("demo", _Name, nullable=False),
    Column("language", String(2), nullable=False),
    Column("title", Text),
    Column("choices", JSON),
    Column("created_at", Instant, nullable=False),
    Column("touched_at", Instant, nullable=False),
    Column("cleared_before", Integer, nullable=False, server_default="0"),
    Column("deleted_at", Instant),
    Column("forgotten_at", Instant),
    Column("device", _Code),
    Column("referring_host", String(253)),
    Column("replica", _Uuid),
    CheckConstraint("audience IN ('visitor', 'operator', 'rehearsal')", name="audience"),
    Index(None, "visitor", "touched_at"),
    Index(None, "touched_at"),
    Index(None, "link"),
    Index(None, "forgotten_at", sqlite_where=_FORGOTTEN, postgresql_where=_FORGOTTEN),
)

#: One user message and the reply to it. replaced: edited, or answered again: on record, off the screen.
#: settled_at: None while the reply is under way. The texts are None once they were forgotten.
turns = Table(
    "turns",
    metadata,
    Column("id", _Uuid, primary_key=True),
    Column("message", _Uuid, nullable=False),
    Column("conversation", ForeignKey("conversations.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("replica", ForeignKey("replicas.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("question", Text),
    Column("reply", Text),
    Column("replaced", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("conversation", "position"),
    Index("ix_turns_open", "replica", sqlite_where=_OPEN, postgresql_where=_OPEN),
    # What retention looks for; texts that are long gone cost it nothing.
    Index("ix_turns_texts", "asked_at", sqlite_where=_WORDED, postgresql_where=_WORDED),
)

#: A turn's outcome, narrow enough to be read by the million. What is known when the turn begins is written then;
#: ``finish_reason`` is None until it is settled. cost: of all attempts, None where no price is known.
#: computed_cost: ours, beside ``cost`` where the provider's own figure is trusted. sent_tokens: an estimate of the
#: prompt from when the turn began, for a turn that a crash leaves without any other. marks: what else is to be said of
#: it (holysheep.events.Mark), comma separated.
receipts = Table(
    "receipts",
    metadata,
    Column("turn", ForeignKey("turns.id"), primary_key=True),
    Column("conversation", _Uuid, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("audience", _Code, nullable=False),
    Column("demo", _Name, nullable=False),
    Column("demo_version", Integer, nullable=False),
    Column("link", String(32)),
    Column("cohort", _Code),
    Column("provider", _Name),
    Column("model", _Name, nullable=False),
    Column("served_model", String(128)),
    Column("key_fingerprint", String(16)),
    Column("finish_reason", _Code),
    Column("error", _Code),
    Column("ttft_ms", Float),
    Column("latency_ms", Float),
    Column("tokens_per_second", Float),
    Column("prompt_tokens", Integer),
    Column("cached_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("reasoning_tokens", Integer),
    Column("total_tokens", Integer),
    Column("usage_source", _Code),
    Column("cost", Money),
    Column("cost_bound", _Code),
    Column("computed_cost", Money),
    Column("price_version", String(96)),
    Column("attempts", Integer),
    Column("request_id", String(128)),
    Column("sent_tokens", Integer),
    Column("marks", String(120)),
    Index(None, "asked_at"),
    Index(None, "conversation"),
)

#: One HTTP request to a provider. latency_ms: None while it is under way.
attempts = Table(
    "attempts",
    metadata,
    Column("turn", ForeignKey("turns.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("provider", _Name, nullable=False),
    Column("model", _Name, nullable=False),
    Column("key_fingerprint", String(16)),
    Column("latency_ms", Float),
    Column("ttft_ms", Float),
    Column("status", Integer),
    Column("request_id", String(128)),
    Column("error", _Code),
    Column("cost", Money),
    PrimaryKeyConstraint("turn", "number"),
)

#: scope: "installation", "day:2026-11-23" (UTC), "demo:NAME", "link:ID". Never more than ``allowed`` is spent, and
#: never more than ``allowed_turns`` are answered; None: no limit on their number, and ``turns`` does not count them.
#: turns: those that are set aside for and not settled, and those that have ended as ledger.budgets.COUNTED says.
budgets = Table(
    "budgets",
    metadata,
    Column("scope", String(100), primary_key=True),
    Column("allowed", Money, nullable=False),
    Column("spent", Money, nullable=False),
    Column("reserved", Money, nullable=False),
    Column("allowed_turns", Integer),
    Column("turns", Integer, nullable=False, server_default="0"),
)

#: Money set aside before a turn, and its place where turns are counted; an amount of 0 is a place alone. settled: its
#: real cost, once the turn has ended; 0 where it cost nothing.
reservations = Table(
    "reservations",
    metadata,
    Column("turn", ForeignKey("turns.id"), nullable=False),
    Column("scope", ForeignKey("budgets.scope"), nullable=False),
    Column("amount", Money, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("settled", Money),
    Column("settled_at", Instant),
    PrimaryKeyConstraint("turn", "scope"),
)

#: What a visitor thought of a reply. value: 1 or 0, as Chainlit's thumbs give it.
feedback = Table(
    "feedback",
    metadata,
    Column("id", _Uuid, primary_key=True),
    Column("turn", ForeignKey("turns.id"), nullable=False, unique=True),
    Column("value", Integer, nullable=False),
    Column("comment", Text),
    Column("given_at", Instant, nullable=False),
)

#: Every saved change of a demo. digest: of its content, so that a save that changes nothing is no version. content: the
#: demo as TOML; None for those from before it was kept.
demo_versions = Table(
    "demo_versions",
    metadata,
    Column("demo", _Name, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("saved_at", Instant, nullable=False),
    Column("author", String(100)),
    Column("note", Text),
    Column("content", Text),
    PrimaryKeyConstraint("demo", "version"),
)

#: What was done to a demo, and when: the minutes from first draft to first link are counted from these.
#: kind: draft, edit or publish.
demo_work = Table(
    "demo_work",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("demo", _Name, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", _Code, nullable=False),
    Column("link", String(32)),
    CheckConstraint("kind IN ('draft', 'edit', 'publish')", name="kind"),
    Index(None, "demo", "at"),
)

#: The log of the system that stood here before, one row a turn. source: the name it was imported under.
baseline_turns = Table(
    "baseline_turns",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    Column("source", _Name, nullable=False),
    Column("at", Instant, nullable=False),
    Column("latency_ms", Float),
    Column("total_tokens", Integer),
    Column("cost", Money),
    Column("ok", Boolean, nullable=False),
    Index(None, "source", "at"),
)

#: What is only said of that system. measure: latency_ms, cost_month_usd, uptime_percent, demo_minutes, edit_s.
stated_figures = Table(
    "stated_figures",
    metadata,
    Column("source", _Name, nullable=False),
    Column("measure", _Code, nullable=False),
    Column("value", String(40), nullable=False),
    PrimaryKeyConstraint("source", "measure"),
)

#: What several programs know together (holysheep.store): keys set aside, the switch, the rollout. revision: grows with
#: every change.
shared_state = Table(
    "shared_state",
    metadata,
    Column("name", _Name, primary_key=True),
    Column("document", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
)
