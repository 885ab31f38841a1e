"""The files of ``deploy/`` and ``docker-compose.yml``: settings that exist, pins that fit, nothing that may do more than it has to."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings_table import all_settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
KUBERNETES = sorted((ROOT / "deploy" / "k8s").rglob("*.yaml"))
# read by the proxy, by compose itself, by `footnote backup`, by KEDA
OTHERS = {"FOOTNOTE_SITE", "FOOTNOTE_CERTIFICATES", "FOOTNOTE_LISTEN", "FOOTNOTE_BACKUP_KEY", "FOOTNOTE_BACKUPS"}
OTHERS |= {"FOOTNOTE_KEDA_DATABASE_URL", "FOOTNOTE_LLM_MODEL"}
GRACE_S = 60


def manifests() -> Iterator[Any]:
    """Every object for Kubernetes."""
    for path in KUBERNETES:
        if path.name != "kustomization.yaml":
            yield from yaml.safe_load_all(path.read_text())


def pod_specs() -> list[tuple[str, Any]]:
    """Name and specification of the pods of every deployment and job."""
    found = []
    for each in manifests():
        spec = each.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "containers" in spec.get("template", {}).get("spec", {}):
            found.append((each["metadata"]["name"], spec["template"]["spec"]))
    return found


@pytest.mark.parametrize(
    "path", [ROOT / "docker-compose.yml", *sorted((ROOT / "deploy").rglob("*.*"))], ids=lambda path: path.name
)
def test_every_variable_exists(path: Path) -> None:
    named = set(re.findall(r"\bFOOTNOTE_[A-Z_]+[A-Z]\b", path.read_text(encoding="utf-8")))
    assert named - {setting.variable for setting in all_settings()} - OTHERS == set()


def test_the_qdrant_server_is_of_the_clients_version_or_one_beside_it() -> None:
    server = re.search(r":v(\d+)\.(\d+)", SERVICES["qdrant"]["image"])
    assert server
    client = version("qdrant-client").split(".")
    assert server[1] == client[0]
    assert abs(int(server[2]) - int(client[1])) <= 1


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_may_do_more_than_it_has_to(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"]
    assert set(service.get("cap_add", [])) <= {"NET_BIND_SERVICE"}
    assert {"mem_limit", "cpus", "pids_limit", "image"} <= service.keys()


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy", "grafana"]
    assert SERVICES["grafana"]["profiles"] == ["observe"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["grafana"]["ports"])


def test_the_proxy_knows_the_web_processes_and_is_trusted() -> None:
    caddyfile = (ROOT / "deploy" / "compose" / "Caddyfile").read_text()
    known = re.findall(rf"{COMPOSE['name']}-web-(\d+):8000", caddyfile)
    assert SERVICES["web"]["scale"] <= len(known)
    address = SERVICES["proxy"]["networks"]["default"]["ipv4_address"]
    assert SERVICES["web"]["environment"]["FOOTNOTE_TRUSTED_PROXIES"] == address


def test_processes_share_the_files_and_no_folder() -> None:
    for name in ("web", "worker", "migrate"):
        assert SERVICES[name]["volumes"] == ["files:/data/blobs"]
        assert SERVICES[name]["stop_grace_period"] == f"{GRACE_S}s"


@pytest.mark.parametrize(("name", "spec"), pod_specs(), ids=[name for name, _ in pod_specs()])
def test_no_pod_may_do_more_than_it_has_to(name: str, spec: Any) -> None:
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["runAsUser"] == spec["securityContext"]["fsGroup"]
    assert spec["automountServiceAccountToken"] is False
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} <= container["resources"].keys()
    if spec.get("restartPolicy") != "Never":
        assert spec["terminationGracePeriodSeconds"] == GRACE_S
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()


def test_a_queue_has_one_deployment() -> None:
    from ingestion.jobs.queue import ALL_QUEUES

    listened = [spec["containers"][0]["args"][-1] for name, spec in pod_specs() if "-worker-" in name]
    assert sorted(listened) == sorted(ALL_QUEUES)


def test_azure_asks_the_database_what_kubernetes_asks() -> None:
    scale = (ROOT / "deploy" / "k8s" / "overlays" / "large" / "scale.yaml").read_text()
    bicep = (ROOT / "deploy" / "azure" / "apps.bicep").read_text().replace("\\'", "'")
    asked = re.findall(r'query: "(.*?)"', scale)
    assert len(asked) == 2
    for query in asked:
        assert f"query: '{query}'" in bicep
