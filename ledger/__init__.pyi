from ledger.activity import Activity, read_activity
from ledger.batch import TakenElsewhere
from ledger.books import Books
from ledger.budgets import BudgetReached, MessagesReached
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
from ledger.elsewhere import Elsewhere
from ledger.entry import TurnEntry
from ledger.feedback import give_feedback, take_feedback_back
from ledger.ids import new_id as id_on_record
from ledger.links import (
    Link,
    ListedLink,
    change_link,
    clear_passcode_failures,
    count_passcode_failure,
    create_link,
    find_links,
    list_links,
)
from ledger.links import revisions as link_revisions
from ledger.masking import mask_secrets
from ledger.migrations import upgrade
from ledger.outcomes import NoSuchLink
from ledger.privacy import Retention, expire
from ledger.refused import expire_refused
from ledger.rows import Audience, ConversationStart, MessageStart, TurnStart
from ledger.stored import StoredConversation, StoredTurn
from ledger.totals import Totals
from ledger.unusable import DatabaseUnusable
from ledger.versions import (
    DemoVersion,
    latest_versions,
    newest_numbers,
    note_work,
    save_version,
    version_of,
    versions_of,
)

__all__ = [
    "Activity",
    "Audience",
    "Books",
    "BudgetReached",
    "ConversationStart",
    "Database",
    "DatabaseUnusable",
    "DemoVersion",
    "Elsewhere",
    "Link",
    "ListedConversation",
    "ListedLink",
    "MessageStart",
    "MessagesReached",
    "NoSuchLink",
    "Retention",
    "StoredConversation",
    "StoredTurn",
    "TakenElsewhere",
    "Totals",
    "TurnEntry",
    "TurnStart",
    "Which",
    "change_link",
    "clear_passcode_failures",
    "count_passcode_failure",
    "create_link",
    "delete_conversation",
    "expire",
    "expire_refused",
    "find_conversation",
    "find_links",
    "give_feedback",
    "id_on_record",
    "latest_of",
    "latest_versions",
    "link_revisions",
    "list_conversations",
    "list_links",
    "load_conversation",
    "mask_secrets",
    "newest_numbers",
    "note_work",
    "read_activity",
    "rename_conversation",
    "save_version",
    "take_feedback_back",
    "upgrade",
    "version_of",
    "versions_of",
]
