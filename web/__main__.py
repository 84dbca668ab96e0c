"""``python -m web password``: the hash of a password, for OPERATOR_PASSWORD and OPERATOR_PASSWORDS."""

import argparse
import getpass
import sys

from demos.passwords import SHORTEST, hash_password
from settings.faults import Say, reader_language


def main() -> int:
    """Ask for a password and print its hash; 1 where it is too short."""
    parser = argparse.ArgumentParser(prog="python -m web")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("password", help="ask for a password and print its hash, for OPERATOR_PASSWORD")
    parser.parse_args()
    # A pipe on Windows would not take Vietnamese.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(encoding="utf-8")
    language = reader_language()
    prompt = Say("Mật khẩu: ", "Password: ").to(language)
    password = (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if len(password) < SHORTEST:
        short = Say(f"Cần ít nhất {SHORTEST} ký tự.", f"At least {SHORTEST} characters are needed.")
        print(short.to(language), file=sys.stderr)
        return 1
    print(hash_password(password))
    return 0


if __name__ == "__main__":
    sys.exit(main())
