"""The soak: visitors chat while replicas are killed, PostgreSQL is restarted and the provider turns bad.

``python -m scripts.soak`` (``make soak``) runs it; ``judge`` holds what visitors lived through against the record.
"""
