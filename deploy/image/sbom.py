"""The image's bill of materials, as CycloneDX: ``sbom.py PYTHON BASE OUT``.

CycloneDX's own tool lists the Python packages; what the base image brings (its folder BASE has ``os-release`` and, on
Debian and its kin, dpkg's ``status``) and Python itself are added here.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

Component = dict[str, Any]


def os_release(text: str) -> dict[str, str]:
    """The facts of ``/etc/os-release``."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name: value.strip().strip("\"'") for name, _, value in pairs}


def system(release: dict[str, str]) -> Component:
    """The operating system of the base."""
    return {
        "type": "operating-system",
        "bom-ref": "operating-system",
        "name": release.get("ID", "linux"),
        "version": release.get("VERSION_ID", ""),
        "description": release.get("PRETTY_NAME", ""),
    }


def packages(status: str, release: dict[str, str]) -> Iterator[Component]:
    """The packages that dpkg has installed."""
    where = f"{release.get('ID', 'debian')}-{release.get('VERSION_ID', '')}".rstrip("-")
    for block in status.split("\n\n"):
        lines = (line.partition(": ") for line in block.splitlines() if not line.startswith(" "))
        facts = {name: value for name, _, value in lines}
        if not facts.get("Status", "").endswith(" installed"):
            continue
        name, version, kind = facts["Package"], facts["Version"], facts["Architecture"]
        address = (
            f"pkg:deb/{release.get('ID', 'debian')}/{quote(name)}@{quote(version)}?arch={kind}&distro={where}"
        )
        yield {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address}


def python(version: str) -> Component:
    """The interpreter, which on many a base is no package of the system's."""
    address = f"pkg:generic/python@{version}"
    return {"type": "platform", "bom-ref": address, "name": "python", "version": version, "purl": address}


def base(folder: Path) -> Iterator[Component]:
    """What the base image brings."""
    release = os_release((folder / "os-release").read_text(encoding="utf-8"))
    yield system(release)
    if (status := folder / "status").exists():
        yield from packages(status.read_text(encoding="utf-8"), release)


def wrong(bill: str, version: str) -> str:
    """What the schema of CycloneDX finds wrong with it; '' where it is in order."""
    # Here, for only the environment that builds has it.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    fault = JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(bill)
    return str(fault.data) if fault else ""


def main(interpreter: str, folder: str, out: str) -> None:
    """Write the bill."""
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        interpreter,
        "--of",
        "JSON",
        "--output-reproducible",
    ]
    bill = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    version = subprocess.run(
        [interpreter, "-c", "import platform; print(platform.python_version())"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    bill["metadata"]["component"] = {"type": "application", "bom-ref": "demo-desk", "name": "Demo Desk"}
    bill["components"] += [*base(Path(folder)), python(version)]
    text = json.dumps(bill, ensure_ascii=False, indent=1)
    if fault := wrong(text, bill["specVersion"]):
        sys.exit(f"the bill of materials is not valid: {fault}")
    Path(out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
