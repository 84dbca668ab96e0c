"""What was said and what it cost: messages, attempts, receipts, budgets, reports, on SQLite or PostgreSQL."""

from ledger.books import Books
from ledger.conversations import (
    ListedConversation,
    Which,
    delete_conversation,
    find_conversation,
    latest_of,
    list_conversations,
    load_conversation,
    rename_conversation,
)
from ledger.database import Database
from ledger.entry import TurnEntry
from ledger.feedback import give_feedback, take_feedback_back
from ledger.ids import new_id as id_on_record
from ledger.masking import mask_secrets
from ledger.migrations import upgrade
from ledger.privacy import Retention, expire
from ledger.refused import expire_refused
from ledger.rows import Audience, ConversationStart, MessageStart, TurnStart
from ledger.stored import StoredConversation, StoredTurn
from ledger.totals import Totals
from ledger.unusable import DatabaseUnusable
from ledger.versions import DemoVersion, latest_versions

__all__ = [
    "Audience",
    "Books",
    "ConversationStart",
    "Database",
    "DatabaseUnusable",
    "DemoVersion",
    "ListedConversation",
    "MessageStart",
    "Retention",
    "StoredConversation",
    "StoredTurn",
    "Totals",
    "TurnEntry",
    "TurnStart",
    "Which",
    "delete_conversation",
    "expire",
    "expire_refused",
    "find_conversation",
    "give_feedback",
    "id_on_record",
    "latest_of",
    "latest_versions",
    "list_conversations",
    "load_conversation",
    "mask_secrets",
    "rename_conversation",
    "take_feedback_back",
    "upgrade",
]
