"""The address that links carry where the platform knows it."""

from pathlib import Path

import pytest

from settings import load_settings


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "http://localhost:8000"),
        ({"PORT": "7860"}, "http://localhost:7860"),
        ({"RAILWAY_PUBLIC_DOMAIN": "desk.up.railway.app", "PORT": "4321"}, "https://desk.up.railway.app"),
        ({"SPACE_HOST": "lan-desk.hf.space"}, "https://lan-desk.hf.space"),
        ({"SPACE_HOST": "lan-desk.hf.space,desk.example"}, "https://lan-desk.hf.space"),
        ({"RAILWAY_PUBLIC_DOMAIN": "", "PUBLIC_URL": ""}, "http://localhost:8000"),
        ({"SPACE_HOST": "lan-desk.hf.space", "PUBLIC_URL": "https://desk.example"}, "https://desk.example"),
    ],
)
def test_address_of_a_platform(environ: dict[str, str], address: str, folder: Path, env_file: Path) -> None:
    """Railway and Hugging Face name it; PUBLIC_URL wins, and with neither it is this machine."""
    assert load_settings(folder, environ, env_file).environment.public_url == address
