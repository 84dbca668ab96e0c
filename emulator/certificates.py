"""Certificates that no client should accept, made when they are needed."""

import datetime
import ssl

_LONG = datetime.timedelta(days=400)
_SHORT = datetime.timedelta(days=2)


def server_context(kind: str) -> ssl.SSLContext:
    """TLS for a server whose certificate is ``untrusted``, ``expired``, of the ``future`` or of a ``wrong_host``."""
    import trustme  # for development only: the emulator itself runs without it

    now = datetime.datetime.now(datetime.UTC)
    begins, ends = {"expired": (now - _LONG, now - _SHORT), "future": (now + _SHORT, now + _LONG)}.get(
        kind, (now - _SHORT, now + _LONG)
    )
    host = "somebody-else.invalid" if kind == "wrong_host" else "localhost"
    authority = trustme.CA()
    certificate = authority.issue_cert(host, not_before=begins, not_after=ends)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
