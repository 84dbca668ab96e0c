"""The rooms put together: the only place that knows all of them. ``app.py`` hands Chainlit's events over to it.

Nothing is imported here: ``books`` and ``secret`` are needed before Chainlit may be imported, the rest after.
"""
