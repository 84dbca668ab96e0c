"""The tables of the ledger.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "baseline_turns",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("latency_ms", sa.Float(), nullable=True),
        sa.Column("total_tokens", sa.Integer(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline_turns")),
    )
    op.create_index(op.f("ix_baseline_turns_source_at"), "baseline_turns", ["source", "at"], unique=False)
    op.create_table(
        "budgets",
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("allowed", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_budgets")),
    )
    op.create_table(
        "demo_versions",
        sa.Column("demo", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("demo", "version", name=op.f("pk_demo_versions")),
    )
    op.create_table(
        "demo_work",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("demo", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("link", sa.String(length=32), nullable=True),
        sa.CheckConstraint("kind IN ('draft', 'edit', 'publish')", name=op.f("ck_demo_work_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_work")),
    )
    op.create_index(op.f("ix_demo_work_demo_at"), "demo_work", ["demo", "at"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("demo", sa.String(length=64), nullable=False),
        sa.Column("customer", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=24), server_default="open", nullable=False),
        sa.Column("outcome_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("outcome IN ('open', 'won', 'lost')", name=op.f("ck_links_outcome")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_demo"), "links", ["demo"], unique=False)
    op.create_table(
        "replicas",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replicas")),
    )
    op.create_table(
        "stated_figures",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("measure", sa.String(length=24), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("source", "measure", name=op.f("pk_stated_figures")),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("visitor", sa.String(length=64), nullable=False),
        sa.Column("audience", sa.String(length=24), nullable=False),
        sa.Column("link", sa.String(length=32), nullable=True),
        sa.Column("demo", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.Column("cleared_before", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "audience IN ('visitor', 'operator', 'rehearsal')", name=op.f("ck_conversations_audience")
        ),
        sa.ForeignKeyConstraint(["link"], ["links.id"], name=op.f("fk_conversations_link")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index(op.f("ix_conversations_link"), "conversations", ["link"], unique=False)
    op.create_index(op.f("ix_conversations_touched_at"), "conversations", ["touched_at"], unique=False)
    op.create_index(
        op.f("ix_conversations_visitor_touched_at"), "conversations", ["visitor", "touched_at"], unique=False
    )
    op.create_table(
        "turns",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("message", sa.String(length=36), nullable=False),
        sa.Column("conversation", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("replica", sa.String(length=36), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replaced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], name=op.f("fk_turns_conversation")),
        sa.ForeignKeyConstraint(["replica"], ["replicas.id"], name=op.f("fk_turns_replica")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
        sa.UniqueConstraint("conversation", "position", name=op.f("uq_turns_conversation_position")),
    )
    op.create_index(
        "ix_turns_open",
        "turns",
        ["replica"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "ix_turns_texts",
        "turns",
        ["asked_at"],
        unique=False,
        sqlite_where=sa.text("question IS NOT NULL OR reply IS NOT NULL"),
        postgresql_where=sa.text("question IS NOT NULL OR reply IS NOT NULL"),
    )
    op.create_table(
        "attempts",
        sa.Column("turn", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("key_fingerprint", sa.String(length=16), nullable=True),
        sa.Column("latency_ms", sa.Float(), nullable=True),
        sa.Column("ttft_ms", sa.Float(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.String(length=128), nullable=True),
        sa.Column("error", sa.String(length=24), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name=op.f("fk_attempts_turn")),
        sa.PrimaryKeyConstraint("turn", "number", name=op.f("pk_attempts")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("turn", sa.String(length=36), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name=op.f("fk_feedback_turn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("turn", name=op.f("uq_feedback_turn")),
    )
    op.create_table(
        "receipts",
        sa.Column("turn", sa.String(length=36), nullable=False),
        sa.Column("conversation", sa.String(length=36), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.String(length=24), nullable=False),
        sa.Column("demo", sa.String(length=64), nullable=False),
        sa.Column("demo_version", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(length=32), nullable=True),
        sa.Column("cohort", sa.String(length=24), nullable=True),
        sa.Column("provider", sa.String(length=64), nullable=True),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("served_model", sa.String(length=128), nullable=True),
        sa.Column("key_fingerprint", sa.String(length=16), nullable=True),
        sa.Column("finish_reason", sa.String(length=24), nullable=True),
        sa.Column("error", sa.String(length=24), nullable=True),
        sa.Column("ttft_ms", sa.Float(), nullable=True),
        sa.Column("latency_ms", sa.Float(), nullable=True),
        sa.Column("tokens_per_second", sa.Float(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("cached_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("reasoning_tokens", sa.Integer(), nullable=True),
        sa.Column("total_tokens", sa.Integer(), nullable=True),
        sa.Column("usage_source", sa.String(length=24), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("cost_bound", sa.String(length=24), nullable=True),
        sa.Column("computed_cost", sa.BigInteger(), nullable=True),
        sa.Column("price_version", sa.String(length=96), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name=op.f("fk_receipts_turn")),
        sa.PrimaryKeyConstraint("turn", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_asked_at"), "receipts", ["asked_at"], unique=False)
    op.create_index(op.f("ix_receipts_conversation"), "receipts", ["conversation"], unique=False)
    op.create_table(
        "reservations",
        sa.Column("turn", sa.String(length=36), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["scope"], ["budgets.scope"], name=op.f("fk_reservations_scope")),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name=op.f("fk_reservations_turn")),
        sa.PrimaryKeyConstraint("turn", "scope", name=op.f("pk_reservations")),
    )
