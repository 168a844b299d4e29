"""deploy/kubernetes: manifests that Kubernetes takes, hold pods tightly and fit together.

The schemas are Kubernetes' own, as the package kubernetes-validate bundles them.
"""

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path

import click
import jsonschema
import pytest
import yaml

from worker.broker.acl import ROLES
from worker.cli.root import cli
from worker.desks import read_desks
from worker.settings import load_settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/kubernetes"
FOLDERS = ["base", *(f"overlays/{path.name}" for path in sorted((FOLDER / "overlays").iterdir()))]
VERSIONS = ("1.30", "1.37")
OURS = ("dispatch", "poller", "worker", "web")


def load_kustomize():
    spec = importlib.util.spec_from_file_location(
        "kustomize", Path(__file__).parent / "kustomize.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


kustomize = load_kustomize()
BUILT = {name: kustomize.build(FOLDER / name) for name in FOLDERS}


def find(folder, kind, name):
    resources = [r for r in BUILT[folder] if (r["kind"], r["metadata"]["name"]) == (kind, name)]
    assert len(resources) == 1
    return resources[0]


def pods(folder):
    """The workloads of a folder: their names, and the specifications of their pods."""
    kinds = {"Deployment", "StatefulSet"}
    return [
        (found["metadata"]["name"], found["spec"]["template"])
        for found in BUILT[folder]
        if found["kind"] in kinds
    ]


PODS = [(folder, name) for folder in FOLDERS for name, _ in pods(folder)]


def pod(folder, name):
    return dict(pods(folder))[name]


# the schemas


@pytest.fixture(scope="module")
def kubernetes_validate():
    if importlib.util.find_spec("kubernetes_validate") is None:
        words = "no schemas of Kubernetes: pip install kubernetes-validate"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    import kubernetes_validate

    return kubernetes_validate


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_resource_is_one_by_kubernetes_own_schema(folder, version, kubernetes_validate):
    for resource in BUILT[folder]:
        if not resource["apiVersion"].startswith("keda.sh/"):
            kubernetes_validate.validate(resource, version, strict=True)


def test_a_misspelt_field_is_found(kubernetes_validate):
    wrong = json.loads(json.dumps(find("base", "Deployment", "worker")))
    wrong["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def obj(required, **properties):
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


TEXT, COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}
METADATA = {"type": "object", "required": ["name", "namespace"]}
TRIGGER = obj(
    "type metadata",
    type={"const": "redis-streams"},
    metadata=obj(
        "address stream streamLength",
        **dict.fromkeys(("address", "username", "databaseIndex", "stream", "streamLength"), TEXT),
    ),
    authenticationRef=obj("name", name=TEXT),
)
KEDA = {
    "ScaledObject": obj(
        "scaleTargetRef triggers",
        scaleTargetRef=obj("name", name=TEXT),
        minReplicaCount=COUNT,
        maxReplicaCount=COUNT,
        pollingInterval=COUNT,
        cooldownPeriod=COUNT,
        triggers={"type": "array", "minItems": 1, "items": TRIGGER},
    ),
    "TriggerAuthentication": obj(
        "secretTargetRef",
        secretTargetRef={
            "type": "array",
            "items": obj("parameter name key", parameter=TEXT, name=TEXT, key=TEXT),
        },
    ),
}
"""The parts of KEDA's definitions that are used, written down here: no package bundles them."""


def test_keda_scales_the_workers_by_what_waits_on_the_work_streams():
    scaled = find("overlays/autoscale", "ScaledObject", "worker")
    login = find("overlays/autoscale", "TriggerAuthentication", "broker")
    for resource in (scaled, login):
        jsonschema.validate(resource["spec"], KEDA[resource["kind"]])
        jsonschema.validate(resource["metadata"], METADATA)
    streams = {trigger["metadata"]["stream"] for trigger in scaled["spec"]["triggers"]}
    assert streams == {"copytaster:work", "copytaster:work:urgent"}
    assert {t["authenticationRef"]["name"] for t in scaled["spec"]["triggers"]} == {"broker"}
    user = {t["metadata"]["username"] for t in scaled["spec"]["triggers"]}
    assert user == {f"copytaster-{login['spec']['secretTargetRef'][0]['key']}"}
    role = next(role for role in ROLES if {f"copytaster-{role.name}"} == user)
    assert {"xlen"} <= {*role.commands.split()}
    assert {"work", "work:urgent"} <= {*role.keys.split()}
    target = find("overlays/autoscale", "Deployment", scaled["spec"]["scaleTargetRef"]["name"])
    assert "replicas" not in target["spec"], "two would count the workers"


# kustomize


def test_no_file_lies_about_that_no_kustomization_names():
    used = set()
    for path in FOLDER.rglob("kustomization.yaml"):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = [*said["resources"], *(p["path"] for p in said.get("patches", ()) if "path" in p)]
        names += [n for made in said.get("configMapGenerator", ()) for n in made["files"]]
        used |= {path, *(path.parent / name for name in names)}
    there = {path for path in FOLDER.rglob("*") if path.is_file()}
    assert {path.resolve() for path in used if not path.is_dir()} == there


@pytest.mark.parametrize("folder", FOLDERS)
def test_kubectl_builds_the_same(folder):
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl")
    command = [kubectl, "kustomize", str(FOLDER / folder)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    theirs = list(yaml.safe_load_all(printed))
    # A generated map has a digest of its content at the end of its name there.
    made = [r["metadata"]["name"] for r in theirs if "copytaster-desks-" in r["metadata"]["name"]]
    text = json.dumps(theirs)
    for name in made:
        text = text.replace(name, "copytaster-desks")

    def by_name(resources):
        return {(r["kind"], r["metadata"]["name"]): r for r in resources}

    assert by_name(json.loads(text)) == by_name(BUILT[folder])


# the pods


@pytest.mark.parametrize(("folder", "name"), PODS)
def test_every_pod_is_unprivileged_and_read_only_and_bounded(folder, name):
    spec = pod(folder, name)["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False, "COPYTASTER_ variables come from settings alone"
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        assert {*container["resources"]["requests"]} == {"cpu", "memory"}
        assert {"livenessProbe", "startupProbe"} <= {*container}
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        claims = find(folder, "StatefulSet", name)["spec"] if name == "redis" else {}
        own = {claim["metadata"]["name"] for claim in claims.get("volumeClaimTemplates", ())}
        assert mounted == {volume["name"] for volume in spec["volumes"]} | own


@pytest.mark.parametrize(("folder", "name"), [case for case in PODS if case[1] != "redis"])
def test_each_of_our_pods_has_its_command_its_user_and_its_password_alone(folder, name):
    spec = pod(folder, name)["spec"]
    (container,) = spec["containers"]
    program, verb, *options = container["command"]
    assert program == "copytaster"
    cli.get_command(click.Context(cli), verb).make_context(verb, options)
    environ = {one["name"]: one["value"] for one in container["env"]}
    assert environ["COPYTASTER_REDIS_URL"].split("://")[1].startswith(f"copytaster-{name}@")
    (volume,) = [volume for volume in spec["volumes"] if volume["name"] == "secrets"]
    items = [{"key": name, "path": "password"}]
    assert volume["secret"] == {"secretName": "copytaster-broker", "items": items}
    settings = find(folder, "ConfigMap", "copytaster-settings")["data"]
    assert container["envFrom"] == [{"configMapRef": {"name": "copytaster-settings"}}]
    load_settings(settings | environ | {"COPYTASTER_REDIS_PASSWORD_FILE": ""})
    assert Path(settings["COPYTASTER_HEARTBEAT"]).parent == Path("/tmp")  # the writable volume


def test_pods_run_the_commands_of_the_containers():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for name in OURS:
        assert pod("base", name)["spec"]["containers"][0]["command"] == services[name]["command"]
    for folder, name in (("sinks", "relay"), ("sources", "source")):
        (container,) = pod(f"overlays/{folder}", name)["spec"]["containers"]
        assert container["command"] == services[name]["command"]
        assert container["livenessProbe"]["exec"]["command"] == ["copytaster", "health", name]
    assert pod("base", "redis")["spec"]["containers"][0]["args"] == [
        word.replace("/run/secrets", "/secrets") for word in services["redis"]["command"]
    ]


def test_processes_are_well_by_their_heartbeat_and_the_web_by_its_addresses():
    for name in ("dispatch", "poller", "worker"):
        container = pod("base", name)["spec"]["containers"][0]
        assert container["livenessProbe"]["exec"]["command"] == ["copytaster", "health", name]
    web = pod("base", "web")["spec"]["containers"][0]
    assert web["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_every_secret_is_a_reference():
    for path in FOLDER.rglob("*.yaml"):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            assert not isinstance(document, dict) or document.get("kind") != "Secret"
    names = {role.name for role in ROLES} | {"users.acl"}
    for _, spec in pods("base"):
        for volume in spec["spec"]["volumes"]:
            assert {i["key"] for i in volume.get("secret", {}).get("items", ())} <= names


# what pods may talk to


def is_chosen(selector, labels):
    """Does a selector of pods choose one with these labels?"""
    wanted = selector.get("matchLabels", {})
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    rules = selector.get("matchExpressions", ())
    assert all(rule["operator"] == "In" for rule in rules)
    return all(labels.get(rule["key"]) in rule["values"] for rule in rules)


def policies(folder, direction, labels):
    """The rules in one direction of the policies that choose a pod."""
    chosen = [
        found["spec"]
        for found in BUILT[folder]
        if found["kind"] == "NetworkPolicy" and is_chosen(found["spec"]["podSelector"], labels)
    ]
    assert any(direction.capitalize() in spec["policyTypes"] for spec in chosen)
    return [rule for spec in chosen for rule in spec.get(direction, ())]


def labels_of(folder, name):
    return pod(folder, name)["metadata"]["labels"]


def may_reach(folder, source, target):
    """May a pod of ours open a connection to another one, by the rules of both?"""

    def names(rules, side, labels):
        peers = [peer for rule in rules for peer in rule[side]]
        return any(
            "podSelector" in peer
            and "namespaceSelector" not in peer
            and is_chosen(peer["podSelector"], labels)
            for peer in peers
        )

    source, target = labels_of(folder, source), labels_of(folder, target)
    out = names(policies(folder, "egress", source), "to", target)
    return out and names(policies(folder, "ingress", target), "from", source)


@pytest.mark.parametrize("folder", ["overlays/sinks", "overlays/sources"])
def test_our_pods_reach_the_broker_and_nothing_else_of_ours(folder):
    every = [name for name, _ in pods(folder)]
    reached = {(a, b) for a in every for b in every if may_reach(folder, a, b)}
    assert reached == {(name, "redis") for name in every if name != "redis"}


@pytest.mark.parametrize(("folder", "more"), [("sinks", "relay"), ("sources", "source")])
def test_only_the_poller_and_what_an_overlay_adds_have_a_way_out(folder, more):
    folder = f"overlays/{folder}"
    outside = {
        name
        for name, _ in pods(folder)
        for rule in policies(folder, "egress", labels_of(folder, name))
        if any("ipBlock" in peer for peer in rule["to"])
    }
    assert outside == {"poller", more}


def test_everything_is_denied_that_no_policy_allows():
    for folder in FOLDERS:
        spec = find(folder, "NetworkPolicy", "deny-all")["spec"]
        assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("folder", FOLDERS)
def test_services_and_budgets_choose_pods_that_are_there(folder):
    labels = [spec["metadata"]["labels"] for _, spec in pods(folder)]
    for found in BUILT[folder]:
        if found["kind"] == "Service":
            assert any(is_chosen({"matchLabels": found["spec"]["selector"]}, one) for one in labels)
        if found["kind"] in {"PodDisruptionBudget", "Deployment", "StatefulSet"}:
            assert any(is_chosen(found["spec"]["selector"], one) for one in labels)


# overlays


def test_with_a_broker_elsewhere_none_runs_here_and_all_know_its_name():
    folder = "overlays/external-broker"
    assert {name for name, _ in pods(folder)} == {*OURS}
    for name, template in pods(folder):
        url = template["spec"]["containers"][0]["env"][0]["value"]
        assert url == f"rediss://copytaster-{name}@broker.example:6379/0"
    (peer,) = find(folder, "NetworkPolicy", "to-broker")["spec"]["egress"][0]["to"]
    assert {*peer} == {"ipBlock"}


def test_with_sinks_all_who_need_the_desks_have_them():
    folder = "overlays/sinks"
    text = (FOLDER / folder / "desks.toml").read_text(encoding="utf-8")
    assert any(desk.sink for desk in read_desks(text, subject="desks.toml"))
    having = {
        name
        for name, template in pods(folder)
        for one in template["spec"]["containers"][0].get("env", ())
        if one["name"] == "COPYTASTER_DESKS"
    }
    assert having == {"dispatch", "worker", "web", "relay"}


def test_with_sources_one_pod_alone_has_their_file():
    folder = "overlays/sources"
    having = {
        name
        for name, template in pods(folder)
        for volume in template["spec"]["volumes"]
        if volume.get("secret", {}).get("secretName") == "copytaster-sources"
    }
    assert having == {"source"}
    (container,) = pod(folder, "source")["spec"]["containers"]
    environ = {one["name"]: one["value"] for one in container["env"]}
    (mounted,) = [m["mountPath"] for m in container["volumeMounts"] if m["name"] == "sources"]
    assert environ["COPYTASTER_SOURCES"] == f"{mounted}/sources.toml"


def test_the_image_is_that_of_this_version():
    for folder in FOLDERS:
        for name, template in pods(folder):
            image = template["spec"]["containers"][0]["image"]
            assert image == (
                "docker.io/library/redis:7.4-alpine"
                if name == "redis"
                else yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["cli"][
                    "image"
                ]
            )
