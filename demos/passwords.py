"""An operator's password as it is kept: a hash that knows the password again, and cannot say it."""

import hashlib
import hmac
import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

#: So begins a hash; what begins otherwise is a password.
PREFIX = "scrypt$"
#: Characters that a password has at least.
SHORTEST = 8

# scrypt with N = 2**14, r = 8, p = 5 (RFC 7914): some 16 MB and 0.2 s a try.
_LOG_N, _R, _P = 14, 8, 5
_SALT_BYTES, _KEY_BYTES = 16, 32


@dataclass(frozen=True)
class _Stretched:
    """What a hash holds. Costs above these limits would be an attack on whoever checks it."""

    log_n: int
    r: int
    p: int
    salt: bytes
    key: bytes

    def __post_init__(self) -> None:
        costs = 10 <= self.log_n <= 18 and 1 <= self.r <= 16 and 1 <= self.p <= 16
        if not costs or len(self.salt) < _SALT_BYTES or len(self.key) != _KEY_BYTES:
            raise ValueError("no hash of a password")

    @classmethod
    def read(cls, text: str) -> "_Stretched":
        """As ``hash_password`` wrote it. Raises ValueError."""
        if not text.startswith(PREFIX) or not text.isascii() or text.count("$") != 5:
            raise ValueError("no hash of a password")
        log_n, r, p, salt, key = text.removeprefix(PREFIX).split("$")
        return cls(int(log_n), int(r), int(p), _bytes(salt), _bytes(key))


def hash_password(password: str, salt: bytes | None = None, *, log_n: int = _LOG_N) -> str:
    """``scrypt$14$8$5$SALT$KEY``; blocks for some 0.2 s.

    salt: 16 bytes; None: new ones. log_n: the cost's, 10 to 18. The same password, salt and cost give the same hash.
    """
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    return _written(salt, _stretch(password, salt, log_n, _R, _P), log_n)


def nobodys_hash() -> str:
    """A hash that no password matches, and that takes as long to find out as any."""
    return _written(secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_KEY_BYTES))


def is_hash(text: str) -> bool:
    """Whether ``hash_password`` could have written this."""
    try:
        _Stretched.read(text)
    except ValueError:
        return False
    return True


def matches(password: str, hashed: str) -> bool:
    """Whether it is that password; blocks as ``hash_password`` does. Raises ValueError for what is no hash."""
    kept = _Stretched.read(hashed)
    return hmac.compare_digest(_stretch(password, kept.salt, kept.log_n, kept.r, kept.p), kept.key)


def _stretch(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    # One machine's "ế" is one character, another's three.
    composed = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    memory = 128 * r * (2**log_n + p + 2) + 2**20
    return hashlib.scrypt(composed, salt=salt, n=2**log_n, r=r, p=p, maxmem=memory, dklen=_KEY_BYTES)


def _written(salt: bytes, key: bytes, log_n: int = _LOG_N) -> str:
    text = (urlsafe_b64encode(part).decode().rstrip("=") for part in (salt, key))
    return f"{PREFIX}{log_n}${_R}${_P}${'$'.join(text)}"


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
