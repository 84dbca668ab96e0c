"""What deploy/ tells Docker, Kubernetes, Railway and Hugging Face: it fits their schemas, the program, and itself."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import kubernetes_validate
import pytest
import yaml

from assembly.readiness import PARTS
from settings import load_settings
from settings.environment import VARIABLES
from settings.faults import ROOT

DEPLOY = ROOT / "deploy"
#: The oldest that people still run, and the newest that is known here.
KUBERNETES = ("1.30", kubernetes_validate.latest_version())

APP = "app.kubernetes.io/name"


def documents(name: str) -> list[dict[str, Any]]:
    """Those of a YAML file."""
    return [document for document in yaml.safe_load_all((DEPLOY / name).read_text()) if document]


def of_kind(kind: str, name: str = "demo-desk") -> dict[str, Any]:
    """One object of the Kubernetes manifests."""
    every = documents("kubernetes.yaml") + documents("kubernetes-secret.yaml")
    (found,) = (one for one in every if (one["kind"], one["metadata"]["name"]) == (kind, name))
    return found


def compose() -> dict[str, Any]:
    """The compose file, its merges done."""
    (file,) = documents("compose.yaml")
    return file


def replica() -> dict[str, Any]:
    """The pod of a replica."""
    pod: dict[str, Any] = of_kind("Deployment")["spec"]["template"]["spec"]
    return pod


def examples() -> set[str]:
    """What .env.example lists: settings, and the keys of providers."""
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))


def containerfile() -> str:
    """How the image is made."""
    return (DEPLOY / "Containerfile").read_text()


def in_image(name: str) -> str:
    """What the image sets a variable to."""
    (value,) = re.findall(rf"^\s*(?:ENV )?{name}=(\S+)", containerfile(), re.M)
    return str(value)


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("name", ["kubernetes.yaml", "kubernetes-secret.yaml"])
def test_kubernetes_takes_it(name: str, version: str) -> None:
    """Every object fits the schema of its kind, with nothing in it that the schema does not know."""
    for document in documents(name):
        kubernetes_validate.validate(document, version, strict=True)


def test_a_wrong_manifest_is_noticed() -> None:
    """A key that Kubernetes does not know is found, so that the test above says something."""
    wrong = of_kind("Deployment")
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES[0], strict=True)


def test_compose_takes_it() -> None:
    """The compose file fits the specification's schema, which comes with the checker."""
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*checker, DEPLOY / "compose.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("where", ["compose", "kubernetes"])
def test_variables_are_ours(where: str) -> None:
    """Whatever a replica is told is a variable that the program reads."""
    told = (
        set(compose()["services"]["desk1"]["environment"])
        if where == "compose"
        else {variable["name"] for variable in replica()["containers"][0]["env"]}
    )
    plain = {name.removesuffix("_FILE") for name in told}
    assert plain <= {*VARIABLES, *examples()}


def test_a_replica_is_held_in() -> None:
    """It is not root, cannot become root, and writes only where it is given a place."""
    for desk in ("desk1", "desk2"):
        service = compose()["services"][desk]
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"] and "user" not in service
        assert "ports" not in service
    for kind, name in (("Deployment", "demo-desk"), ("StatefulSet", "postgres")):
        pod = of_kind(kind, name)["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"]
        assert pod["automountServiceAccountToken"] is False
        (container,) = pod["containers"]
        own = container["securityContext"]
        assert own["readOnlyRootFilesystem"] and not own["allowPrivilegeEscalation"]
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert {"requests", "limits"} <= container["resources"].keys()


def test_ports_meet() -> None:
    """The image's port is the one that proxy, service and platform speak to; nobody outside reaches the metrics."""
    port, metrics = in_image("PORT"), in_image("METRICS_ADDR").rpartition(":")[2]
    services = compose()["services"]
    assert services["proxy"]["environment"]["DESK_REPLICAS"] == f"desk1:{port} desk2:{port}"
    assert [public.split(":")[0] for public in services["proxy"]["ports"]] == ["80", "443", "443"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    (container,) = replica()["containers"]
    assert {port["name"]: str(port["containerPort"]) for port in container["ports"]} == {
        "http": port,
        "metrics": metrics,
    }
    assert [port["targetPort"] for port in of_kind("Service")["spec"]["ports"]] == ["http"]
    assert f"\napp_port: {port}\n" in (DEPLOY / "huggingface" / "README.md").read_text()


def test_there_is_time_to_leave() -> None:
    """Whoever ends a replica waits longer than it drains."""
    drain_s = load_settings(environ={}, env_file=ROOT / "no such file").environment.drain_seconds
    given = [
        int(compose()["services"]["desk1"]["stop_grace_period"].removesuffix("s")),
        replica()["terminationGracePeriodSeconds"],
        json.loads((ROOT / "railway.json").read_text())["deploy"]["drainingSeconds"],
        int(re.findall(r"--stop-timeout (\d+)", (ROOT / "docs" / "deploy.md").read_text())[0]),
    ]
    assert min(given) >= drain_s + 10


def test_what_replicas_share_closes_none() -> None:
    """Proxy and cluster leave out of the verdict what all replicas lack at once: with the database away they would
    send nobody to any."""
    (asked,) = set(re.findall(r"health_uri (\S+)", (DEPLOY / "Caddyfile").read_text()))
    assert replica()["containers"][0]["readinessProbe"]["httpGet"]["path"] == asked
    path, _, query = asked.partition("?")
    assert (path, set(parse_qs(query)["exclude"])) == ("/readyz", set(PARTS))


def test_kubernetes_names_meet() -> None:
    """Selectors choose the pods they mean, the ingress a service that is there, and every key is in the secret."""
    for kind, name in (("Service", "demo-desk"), ("Service", "postgres")):
        assert of_kind(kind, name)["spec"]["selector"] == {APP: name}
    for kind, name in (("Deployment", "demo-desk"), ("StatefulSet", "postgres")):
        spec = of_kind(kind, name)["spec"]
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"] == {APP: name}
    rule = of_kind("Ingress")["spec"]["rules"][0]
    assert rule["http"]["paths"][0]["backend"]["service"] == {"name": "demo-desk", "port": {"name": "http"}}
    assert [rule["host"]] == of_kind("Ingress")["spec"]["tls"][0]["hosts"]
    env = {one["name"]: one["value"] for one in replica()["containers"][0]["env"]}
    assert env["PUBLIC_URL"] == f"https://{rule['host']}"
    kept = set(of_kind("Secret")["stringData"])
    used = set()
    for kind, name in (("Deployment", "demo-desk"), ("StatefulSet", "postgres")):
        volumes = of_kind(kind, name)["spec"]["template"]["spec"]["volumes"]
        (secret,) = (volume["secret"] for volume in volumes if "secret" in volume)
        assert secret["secretName"] == "demo-desk"
        used |= {item["key"] for item in secret["items"]}
    assert used == kept
    files = {Path(value).name for name, value in env.items() if name.endswith("_FILE")}
    assert files <= kept


def test_unfilled_secrets_do_not_start() -> None:
    """A secret that was applied as it is shipped does not become an installation that anybody can enter."""
    shipped = of_kind("Secret")["stringData"]
    for variable, key in (
        ("CHAINLIT_AUTH_SECRET", "auth_secret"),
        ("OPERATOR_PASSWORD", "operator_password"),
    ):
        with pytest.raises(Exception, match=variable):
            load_settings(environ={variable: shipped[key]}, env_file=ROOT / "no such file")


def test_compose_makes_its_passwords(tmp_path: Path) -> None:
    """What the compose file runs makes each once, for its owner's eyes, and fits what the replicas are told."""
    *python, code = compose()["services"]["keys"]["command"]
    assert python == ["python", "-c"] and "$" not in code
    code = code.replace('"/data"', repr(str(tmp_path)))
    made = []
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], check=True)
        made.append({file.name: file.read_text() for file in tmp_path.iterdir()})
        assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o400}
    assert made[0] == made[1]
    told = compose()["services"]["desk1"]["environment"]
    files = {Path(value).name: name for name, value in told.items() if name.endswith("_FILE")}
    assert files.keys() | {"postgres_password"} == made[0].keys()
    assert f":{made[0]['postgres_password']}@postgres:5432/desk" in made[0]["database_url"]
    given = {variable: str(tmp_path / name) for name, variable in files.items()}
    read = load_settings(environ=given, env_file=tmp_path / "none").environment
    assert read.database_url and read.operator_passwords and read.chainlit_auth_secret


def test_compose_volumes_and_networks_are_there() -> None:
    """Each that a service names is made, and the database has no way out."""
    file = compose()
    named = {
        volume.split(":")[0]
        for service in file["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert named == file["volumes"].keys()
    assert file["networks"]["back"]["internal"] is True
    assert file["services"]["postgres"]["networks"] == ["back"]
    assert file["services"]["proxy"]["networks"] == ["front"]
    for service in ("proxy", "postgres"):
        assert file["services"][service]["healthcheck"]["test"][0] == "CMD"


def test_platforms_build_the_image() -> None:
    """Railway finds the Containerfile, which has nothing in it that Railway refuses; a Space is our image alone."""
    built = json.loads((ROOT / "railway.json").read_text())
    assert (ROOT / built["build"]["dockerfilePath"]).is_file()
    assert not re.search(r"^VOLUME", containerfile(), re.M)
    space = (DEPLOY / "huggingface" / "Dockerfile").read_text()
    assert re.findall(r"^[A-Z]+", space, re.M) == ["FROM", "ENV"]
    _, front, _ = (DEPLOY / "huggingface" / "README.md").read_text().split("---\n")
    assert yaml.safe_load(front)["sdk"] == "docker"
