"""What was said and what it cost: the totals of each conversation."""

from ledger.totals import Ledger, Totals

__all__ = ["Ledger", "Totals"]
