"""With what, and from where, a visitor comes."""

import pytest

from chat.arrival import device_of, host_of, offset_of

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("says", "device"),
    [
        (f"{MOZILLA} (Linux; Android 15; Pixel 9) {WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36", "phone"),
        (f"{MOZILLA} (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", "phone"),
        (f"{MOZILLA} (Android 15; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0", "phone"),
        (f"{MOZILLA} (Linux; Android 14; SM-A546E) {WEBKIT} Chrome/140 Mobile Safari/537.36 Zalo", "phone"),
        (f"{MOZILLA} (Linux; Android 15; SM-X710) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", "tablet"),
        (f"{MOZILLA} (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", "tablet"),
        (f"{MOZILLA} (Android 15; Tablet; rv:150.0) Gecko/150.0 Firefox/150.0", "tablet"),
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", "desktop"),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5", "desktop"),
        (f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", "desktop"),
        ("curl/8.5.0", "other"),
        ("", "other"),
    ],
)
def test_the_kind_of_device(says: str, device: str) -> None:
    """By what browsers of the day say; whatever else asks is something else."""
    assert device_of(says) == device


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("shop.example", "shop.example"),
        (" WWW.Shop.Example. ", "www.shop.example"),
        ("shop.example:8443", "shop.example"),
        ("xn--tim-bnh-8ya.vn", "xn--tim-bnh-8ya.vn"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("a_b.example", "a_b.example"),
        ("", None),
        ("shop.example/path", None),
        ("https://shop.example", None),
        ("<script>", None),
        ("shop..example", None),
        ("-shop.example", None),
        ("tiệm.vn", None),
        (f"{'a' * 64}.example", None),
        ("a." * 126 + "ab", None),
        ("a." * 126 + "a", "a." * 126 + "a"),
        ("shop.example\n", "shop.example"),
        ("shop\n.example", None),
        ("demo.example", None),
        ("demo.example:443", None),
    ],
)
def test_the_site_that_led_here(given: str, host: str | None) -> None:
    """A host's name of at most 253 characters, and no other site than ourselves."""
    assert host_of(given, "demo.example:8000") == host


@pytest.mark.parametrize(
    ("given", "offset"),
    [
        ("420", 420),
        ("-330", -330),
        ("0", 0),
        ("-0", 0),
        ("840", 840),
        ("841", None),
        ("", None),
        ("7h", None),
        ("٤٢", None),
    ],
)
def test_how_far_a_clock_is_ahead(given: str, offset: int | None) -> None:
    """Minutes that a clock of this world can be ahead of UTC; nothing else is believed."""
    assert offset_of(given) == offset
