"""What was said and what it cost: messages, attempts, receipts, budgets, reports, on SQLite or PostgreSQL."""

from holysheep.lazily import offered

__all__, __getattr__ = offered(__name__, __file__)  # from __init__.pyi
