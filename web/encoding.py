"""In which form a reader takes an answer."""

from starlette.datastructures import Headers


def takes_gzip(headers: Headers) -> bool:
    """Whether ``Accept-Encoding`` lets us compress (RFC 9110, 12.5.3); a reader that says nothing gets it as it is."""
    weights: dict[str, float] = {}
    for offer in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = offer.replace(" ", "").partition(";q=")
        weights[name] = _number(weight)
    return weights.get("gzip", weights.get("*", 0)) > 0


def _number(weight: str) -> float:
    try:
        return float(weight or 1)
    except ValueError:
        return 0
