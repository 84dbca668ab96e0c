"""What a reader says of the forms that it takes."""

import pytest
from starlette.datastructures import Headers

from web.encoding import takes_gzip


@pytest.mark.parametrize(
    ("accepts", "takes"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP ; q=0.2", True),
        ("*", True),
        ("identity;q=0.5, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("br, not-gzip", False),
        ("identity", False),
        ("gzip;q=x", False),
        ("", False),
    ],
)
def test_what_may_be_compressed(accepts: str, takes: bool) -> None:
    """Only for readers that offer it, and for none that offers it with no weight at all."""
    assert takes_gzip(Headers({"accept-encoding": accepts})) is takes


def test_a_reader_that_says_nothing() -> None:
    """It may be a tool that cannot unpack."""
    assert takes_gzip(Headers({})) is False
