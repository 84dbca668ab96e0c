"""The words of ``python -m holysheep``."""

import argparse

#: Seconds that ``verify`` gives each question.
TIMEOUT_S = 60.0


def make_parser() -> argparse.ArgumentParser:
    """``command`` and its arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m holysheep", description="The engine: who answers, and how well."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _ask(commands)
    verify = _add(commands, "verify", "ask each provider and key a small real question for each model")
    verify.add_argument("--provider", metavar="NAME", help="only this one")
    verify.add_argument("--model", metavar="NAME", help="only this one")
    _timeout(verify)
    switch = _add(commands, "switch", "ask another provider first from now on, in the running program too")
    where = switch.add_mutually_exclusive_group(required=True)
    where.add_argument("--to", metavar="NAME", help="this one is asked first; it is verified before")
    where.add_argument("--back", action="store_true", help="undo the last switch or migration")
    _timeout(switch)
    migrate = _add(commands, "migrate", "ask one provider first wherever another one was")
    migrate.add_argument("--from", dest="origin", metavar="NAME", required=True, help="whose models move")
    migrate.add_argument("--to", metavar="NAME", required=True, help="where they go; it is verified before")
    _timeout(migrate)
    _rollout(commands)
    status = _add(commands, "status", "keys, breakers, errors and times, as running programs see them")
    status.add_argument("--all", action="store_true", help="also programs that were not heard of for a while")
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, help: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help, description=help)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _timeout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=TIMEOUT_S,
        metavar="SECONDS",
        help=f"for each question ({TIMEOUT_S:g})",
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("more than 0 and at most 3600")
    return seconds


def _ask(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    ask = commands.add_parser(
        "ask",
        help="ask one question; exit code 0 only for a whole reply",
        description="Ask one question. The reply goes to stdout as it comes, all else to stderr.",
    )
    ask.add_argument("question", help="-: what stdin holds")
    ask.add_argument("--model", metavar="NAME", help="an id of models.toml (its default)")
    ask.add_argument(
        "--provider", metavar="NAME", help="only this one; else all that can answer, in their order"
    )
    ask.add_argument(
        "--json", action="store_true", help="print each event as a JSON object on a line of its own"
    )


def _rollout(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    rollout = _add(commands, "rollout", "where the move from one provider to another stands, and why")
    steps = rollout.add_subparsers(dest="step", metavar="STEP")
    for name, help in (
        ("pause", "nothing goes forward until somebody resumes"),
        ("resume", "it goes on, also after it went back by itself"),
        ("restart", "from the beginning"),
        ("history", "what happened, when and why"),
    ):
        step = steps.add_parser(name, help=help, description=help)
        # Not set where it is left out: it may stand before the step, too.
        step.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object"
        )
        if name != "history":
            step.add_argument("--reason", default="", metavar="TEXT", help="for the history")
    chosen = steps.add_parser("set", help="this share, from now on, until somebody resumes")
    chosen.add_argument("percent", type=int, metavar="N", help="0 to 100")
    chosen.add_argument("--reason", required=True, metavar="TEXT", help="for the history")
    chosen.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object"
    )
