"""Image, compose file and manifests: linted, hardened, and of commands that exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from engage.cli import parser
from tests.deploy.operators import DEPLOY, ROOT, SECRETS

BIN = Path(sys.executable).parent
PROFILES = ("embedded", "redis", "cluster", "observability")
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
# Kinds of the Prometheus operator: no part of the API's own schemas.
FOREIGN = {"rules.yaml", "monitor.yaml"}


def ran(command, *arguments, **how):
    """Run a tool of the environment; returns its exit code and all it said."""
    done = subprocess.run(
        [BIN / command, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        **how,
    )
    return done.returncode, done.stdout + done.stderr


@cache
def composed():
    """Return the services of every profile as compose understands them."""
    profiles = [part for name in PROFILES for part in ("--profile", name)]
    code, said = ran(
        "docker-compose", *profiles, "config", env={**os.environ, **SECRETS}
    )
    assert code == 0, said
    return yaml.safe_load(said)["services"]


def resources(kind):
    """Return every manifest of a kind."""
    every = [one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text())]
    return [one for one in every if one["kind"] == kind]


def containers():
    """Return every container with the pod it stands in."""
    pods = [one["spec"]["template"]["spec"] for one in resources("StatefulSet")]
    return [(pod, container) for pod in pods for container in pod["containers"]]


def test_dockerfile():
    """Hadolint finds nothing in the Dockerfile."""
    assert ran("hadolint", "Dockerfile") == (0, "")


def test_image_is_not_root():
    """The image runs as a numbered user, ends on SIGTERM, and says what is in it."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    last_stage = lines[max(n for n, one in enumerate(lines) if one[:4] == "FROM") :]

    assert "USER 10001:10001" in last_stage
    assert "STOPSIGNAL SIGTERM" in last_stage
    assert any("engage.sbom=" in one for one in last_stage)
    assert not any(one.startswith("RUN") and "pip" in one for one in last_stage)


def test_lock_is_whole():
    """The image installs what is locked: all the service needs, in range, by hash."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = map(
        Requirement,
        project["dependencies"] + project["optional-dependencies"]["redis"],
    )
    text = (ROOT / "requirements.lock").read_text()
    entries = re.findall(r"^([\w-]+)==(\S+)(.*\n(?: .*\n)+)", text, re.MULTILINE)
    locked = {name: version for name, version, _ in entries}

    assert "--require-hashes" in (ROOT / "Dockerfile").read_text()
    assert all("--hash=sha256:" in rest for *_, rest in entries)
    assert len(entries) == text.count("==")
    assert "//" not in text
    for one in needed:
        assert one.specifier.contains(locked[one.name]), one


def test_compose_needs_its_secrets():
    """Without the shop's key nothing starts, and the message says what is missing."""
    bare = {name: value for name, value in os.environ.items() if "ENGAGE" not in name}
    code, said = ran("docker-compose", "--profile", "embedded", "config", env=bare)

    assert code != 0
    assert "ENGAGE_" in said


def test_compose_services_are_hardened():
    """Read-only root, no capabilities, no new privileges: every service."""
    for name, service in composed().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["profiles"], name


def test_compose_publishes_on_loopback():
    """No port of any profile is open to the network."""
    hosts = {
        port["host_ip"]
        for service in composed().values()
        for port in service.get("ports", [])
    }

    assert hosts == {"127.0.0.1"}


def test_compose_publishes_the_console():
    """Each way to run it has the console on this machine: the learner's, if any."""
    published = {
        name: {port["published"] for port in service.get("ports", [])}
        for name, service in composed().items()
    }

    assert "9464" in published["engage"]
    assert published["learner"] == published["learner-cluster"] == {"9463"}


def test_compose_commands_exist():
    """Each of our services is started with a command line that `engage` takes."""
    ours = [s for s in composed().values() if s.get("image", "").startswith("engage:")]
    commands = [one["command"] for one in ours if one.get("command")]

    assert {command[0] for command in commands} == {"serve", "learn"}
    for command in commands:
        parser().parse_args(command)


def test_what_compose_mounts_is_there():
    """Every file that a service gets from this tree exists."""
    sources = [
        Path(volume["source"])
        for service in composed().values()
        for volume in service.get("volumes", [])
        if volume["type"] == "bind"
    ]

    assert sources
    assert [str(path) for path in sources if not path.exists()] == []


@pytest.mark.parametrize(
    "name", ["compose/redis", "compose/cluster", "several.example"]
)
def test_shipped_configurations(name):
    """The configurations that come along pass `engage check`."""
    path = DEPLOY / f"{name}.toml"
    code, said = ran("engage", "check", path, env={**os.environ, **SECRETS})

    assert code == 0, said


@pytest.mark.parametrize(
    "path",
    [path for path in MANIFESTS if path.name not in FOREIGN],
    ids=lambda path: path.stem,
)
def test_manifests_fit_the_api(path):
    """Each manifest fits the schema of its kind, without an unknown field."""
    code, said = ran("kubernetes-validate", "--strict", "--quiet", path)

    assert code == 0, said


def test_pods_are_hardened():
    """Non-root, read-only root, no capabilities, no token, and time to drain."""
    for pod, container in containers():
        own = container["securityContext"]

        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["terminationGracePeriodSeconds"] >= 30
        assert own["readOnlyRootFilesystem"] is True
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


def test_pods_run_commands_that_exist():
    """Each container's arguments are a command line that `engage` takes."""
    for _, container in containers():
        args = [one.replace("$(POD_IP)", "10.0.0.7") for one in container["args"]]
        parser().parse_args(args)


def test_there_is_one_learner():
    """The learner has one replica; whatever has a journal has a volume that stays."""
    sets = {one["metadata"]["name"]: one["spec"] for one in resources("StatefulSet")}

    assert sets["engage-learner"]["replicas"] == 1
    for spec in sets.values():
        [claim] = spec["volumeClaimTemplates"]
        assert claim["metadata"]["name"] == "data"
        assert set(spec["persistentVolumeClaimRetentionPolicy"].values()) == {"Retain"}


def test_services_lead_to_ports():
    """Every named port of a service is one of the pods it selects."""
    ports = {
        pod_set["metadata"]["labels"]["app.kubernetes.io/component"]: {
            port["name"]
            for container in pod_set["spec"]["template"]["spec"]["containers"]
            for port in container["ports"]
        }
        for pod_set in resources("StatefulSet")
    }
    for service in resources("Service"):
        component = service["spec"]["selector"]["app.kubernetes.io/component"]
        wanted = {port["targetPort"] for port in service["spec"]["ports"]}

        assert wanted <= ports[component], service["metadata"]["name"]


def test_configured_shop_is_sound(tmp_path):
    """The ConfigMap's configuration passes `engage check`."""
    [settings] = [
        one for one in resources("ConfigMap") if one["metadata"]["name"] == "engage"
    ]
    path = tmp_path / "engage.toml"
    path.write_text(settings["data"]["engage.toml"])
    code, said = ran("engage", "check", path, env={**os.environ, **SECRETS})

    assert code == 0, said


def test_monitoring_finds_the_services():
    """The ServiceMonitor selects services by a label that both headless ones have."""
    [monitor] = resources("ServiceMonitor")
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    found = {
        one["metadata"]["name"]
        for one in resources("Service")
        if wanted <= one["metadata"]["labels"].items()
    }

    assert found == {"engage-workers", "engage-learner"}
    assert monitor["spec"]["jobLabel"] == "app.kubernetes.io/name"


@pytest.mark.parametrize("name", ["prometheus/prometheus.yml"])
def test_prometheus_configuration(name):
    """Promtool finds nothing wrong with the configuration, rules included."""
    done = subprocess.run(
        ["promtool", "check", "config", DEPLOY / name],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        (["redis-server"], 0, ""),
        (["prometheus"], 1, "Missing: prometheus. "),
        (["firefox-esr", "redis-server"], 1, "Missing: firefox-esr. "),
        (["fortune"], 0, ""),
    ],
)
def test_system_packages(tmp_path, asked, code, said):
    """What is asked for by name is there afterwards, or named; nothing is passed over.

    On a machine with two programs and no package manager.
    """
    for name in ("redis-server", "fortune"):
        (tmp_path / name).touch(mode=0o755)
    done = subprocess.run(
        ["/bin/bash", ROOT / "scripts/system-packages", *asked],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr[: len(said)]) == (code, said)
