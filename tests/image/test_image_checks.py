"""How ``make image-test`` judges what it has found."""

from typing import Any

import pytest

from scripts.image_test.checks import MB, Figures, of_bill, of_figures, of_image, of_log
from scripts.image_test.engines import Config

DEB = "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12"
SEEN: dict[str, Any] = {
    "packages": {"SQLAlchemy": "2.1.9", "typing_extensions": "4.16.0"},
    "debs": {"libc6": "2.36-9"},
    "python": "3.12.9",
    "bill": {
        "components": [
            {"purl": "pkg:pypi/sqlalchemy@2.1.9"},
            {"purl": "pkg:pypi/typing-extensions@4.16.0"},
            {"purl": "pkg:generic/python@3.12.9"},
            {"purl": DEB},
            {"name": "debian"},
        ]
    },
}
GOOD = Figures(400 * MB, 160 * MB, (1.5, 1.6, 9.0), 1.4, 0.5, 100 * MB, 120 * MB, 118 * MB, 0.2, 0.1)
CONFIG = Config.of(
    {
        "User": "1000:1000",
        "Cmd": ["python", "app.py"],
        "Healthcheck": {"Test": ["CMD", "python", "healthy.py"]},
        "Labels": {
            f"org.opencontainers.image.{name}": "x" for name in ("title", "version", "licenses", "base.name")
        },
    }
)


def test_a_whole_bill() -> None:
    """Names are compared as pip compares them; the system itself is no package."""
    assert of_bill(SEEN).kept


@pytest.mark.parametrize(
    "change", [{"packages": {"SQLAlchemy": "2.1.9"}}, {"debs": {}}, {"python": "3.12.10"}]
)
def test_a_bill_that_differs(change: dict[str, Any]) -> None:
    """What is listed and not there, or there and not listed, is named."""
    finding = of_bill({**SEEN, **change})
    assert not finding.kept and "differ: " in finding.found


@pytest.mark.parametrize(
    ("log", "kept"), [('{"a": 1}\n\n{"b": 2}\n', True), ('{"a": 1}\nTraceback\n', False), ("", False)]
)
def test_a_log(log: str, kept: bool) -> None:
    """Every line is an object, and there is one."""
    assert of_log(log).kept is kept


def test_an_image_in_order() -> None:
    """Its user is a number, its command no shell's, its health is asked, its labels are there."""
    assert [finding.promise for finding in of_image(CONFIG) if not finding.kept] == []
    loose = Config.of({"User": "root", "Cmd": ["/bin/sh", "-c", "python app.py"], "Volumes": {"/data": {}}})
    assert [finding.promise for finding in of_image(loose) if finding.kept] == []


def test_limits() -> None:
    """The median start counts, for the machine's other work shows in one of them; of memory the largest figure."""
    assert all(finding.kept for finding in of_figures(GOOD))
    over = Figures(411 * MB, 160 * MB, (3.1, 3.2, 1.0), 1.4, 0.5, 100 * MB, 120 * MB, 181 * MB, 0.2, 0.1)
    assert [finding.kept for finding in of_figures(over)] == [False, False, False, True]
