"""The operators' passwords, by name. Nothing that is one, or may be meant as one, is ever shown."""

import re
from collections.abc import Iterator

from demos.passwords import PREFIX, SHORTEST, is_hash
from settings.faults import Say
from settings.variables import Secret, Variables

#: The name of whoever signs in with OPERATOR_PASSWORD.
OPERATOR = "operator"
ONE, MANY = "OPERATOR_PASSWORD", "OPERATOR_PASSWORDS"
PASSWORD_VARIABLES = (ONE, f"{ONE}_FILE", MANY, f"{MANY}_FILE")

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")

_PAIR = Say(
    "tên:mật khẩu, tên gồm a-z, 0-9, dấu chấm, gạch dưới, gạch nối",
    "name:password, the name of a-z, 0-9, dot, underscore, hyphen",
)
_LONGER = Say(f"ít nhất {SHORTEST} ký tự", f"at least {SHORTEST} characters")
_HASH = Say("mã băm như `python -m web password` in ra", "a hash as `python -m web password` prints it")


def read_passwords(variables: Variables) -> dict[str, str]:
    """Name -> password or its hash. What is wrong is noted in ``variables.faults``, by its place in the list."""
    passwords: dict[str, str] = {}
    for secret, place, name, password in _pairs(variables):
        if name in passwords:
            found = Say(
                f"tên của {place.vi} đã có mật khẩu", f"a name in {place.en} that has a password already"
            )
            variables.faults.append(secret.fault(found, Say("mỗi tên một lần", "each name only once")))
        elif password.startswith(PREFIX) and not is_hash(password):
            found = Say(
                f"mã băm không đọc được trong {place.vi}", f"a hash that cannot be read in {place.en}"
            )
            variables.faults.append(secret.fault(found, _HASH))
        elif len(password) < SHORTEST:
            found = Say(
                f"{len(password)} ký tự trong {place.vi}", f"{len(password)} characters in {place.en}"
            )
            variables.faults.append(secret.fault(found, _LONGER))
        else:
            passwords[name] = password
    return passwords


def _pairs(variables: Variables) -> Iterator[tuple[Secret, Say, str, str]]:
    """Each password with its variable, its place there, and its name."""
    if one := variables.secret(ONE):
        yield one, Say("mật khẩu", "the password"), OPERATOR, one.value
    many = variables.secret(MANY)
    if many is None:
        return
    entries = [entry.strip() for entry in re.split(r"[,\n]", many.value) if entry.strip()]
    for number, entry in enumerate(entries, 1):
        place = Say(f"mục {number}", f"entry {number}")
        name, colon, password = entry.partition(":")
        if colon and _NAME.fullmatch(name.strip()):
            yield many, place, name.strip(), password.strip()
        else:
            found = Say(f"{place.vi} không phải tên:mật khẩu", f"{place.en} that is no name:password")
            variables.faults.append(many.fault(found, _PAIR))
