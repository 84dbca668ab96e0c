"""Passwords as hashes."""

import unicodedata

import pytest

from demos.passwords import hash_password, is_hash, matches, nobodys_hash

pytestmark = pytest.mark.slow

GOOD = hash_password("Mật khẩu tốt")


@pytest.mark.parametrize(
    ("password", "right"),
    [
        ("Mật khẩu tốt", True),
        (unicodedata.normalize("NFD", "Mật khẩu tốt"), True),
        ("mật khẩu tốt", False),
        ("Mật khẩu tốt ", False),
        ("", False),
        ("\udcff" * 8, False),
        (GOOD, False),
    ],
    ids=["the same", "decomposed", "another case", "a blank more", "nothing", "no text", "the hash itself"],
)
def test_a_hash_knows_its_password(password: str, right: bool) -> None:
    """It knows that one, however the machine spells its letters, and no other."""
    assert matches(password, GOOD) == right


def test_nobodys_hash_is_nobodys() -> None:
    """It looks like any other, for the same work is done with it, and no password is right."""
    nobody = nobodys_hash()
    assert is_hash(nobody) and nobody.split("$")[:4] == GOOD.split("$")[:4]
    assert not matches("", nobody)


def test_salts() -> None:
    """Two hashes of a password differ, unless their salt is given."""
    assert hash_password("Mật khẩu tốt") != GOOD
    assert hash_password("a", b"s" * 16) == hash_password("a", b"s" * 16)


SALT, KEY = GOOD.split("$")[4:]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "scrypt$",
        "Mật khẩu tốt",
        GOOD.removesuffix(GOOD[-4:]),
        GOOD + "$",
        f"scrypt$30$8$5${SALT}${KEY}",
        f"scrypt$14$8$500${SALT}${KEY}",
        f"scrypt$14$-8$5${SALT}${KEY}",
        f"scrypt$14$8$x${SALT}${KEY}",
        f"scrypt$14$8$5${SALT[:8]}${KEY}",
        f"scrypt$14$8$5${SALT}$é{KEY[1:]}",
    ],
    ids=range(11),
)
def test_what_is_no_hash(text: str) -> None:
    """Cut, foreign, or so costly that to check it would be an attack."""
    assert not is_hash(text)
    with pytest.raises(ValueError, match=r"no hash|base64|literal|padding"):
        matches("a", text)
