"""What `kubectl kustomize` prints for the folders of deploy/kubernetes, without kubectl.

Of kustomize's language it knows what those folders use, and refuses the rest; a test compares it
with kubectl where that is installed.
"""

import copy
import re

import yaml

KNOWN = {
    *("apiVersion", "kind", "namespace", "resources", "patches", "labels", "images"),
    "configMapGenerator",
}
MERGED_BY = {"containers": "name", "env": "name", "ports": "containerPort", "volumes": "name"}
"""Lists that a strategic merge joins by a key; all others it replaces."""


def build(folder):
    """The resources of a folder with a kustomization, in order; every file named must be there."""
    said = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    assert {*said} <= KNOWN, f"{folder}: {sorted({*said} - KNOWN)} is not known here"
    resources = [found for name in said["resources"] for found in _read(folder / name)]
    resources += [_make_config_map(folder, made) for made in said.get("configMapGenerator", ())]
    for patch in said.get("patches", ()):
        text = patch.get("patch") or (folder / patch["path"]).read_text(encoding="utf-8")
        resources = _patch(resources, yaml.safe_load(text), patch.get("target"))
    for resource in resources:
        _label(resource, said.get("labels", ()))
        _name_images(resource, said.get("images", ()))
        if resource["kind"] != "Namespace":
            resource["metadata"]["namespace"] = said["namespace"]
    return resources


def _read(path):
    if path.is_dir():
        return build(path)
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def _make_config_map(folder, made):
    data = {name: (folder / name).read_text(encoding="utf-8") for name in made["files"]}
    metadata = {"name": made["name"]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "data": data, "metadata": metadata}


def _patch(resources, patch, target):
    if target is None:
        name = (patch["kind"], patch["metadata"]["name"])
        at = [(found["kind"], found["metadata"]["name"]) for found in resources].index(name)
        if patch.get("$patch") == "delete":
            return resources[:at] + resources[at + 1 :]
        return [*resources[:at], _merge(resources[at], patch), *resources[at + 1 :]]
    chosen = [
        resource
        for resource in resources
        if resource["kind"] == target["kind"]
        and re.fullmatch(target["name"], resource["metadata"]["name"])
    ]
    assert chosen, f"{target} is there not once"
    for resource in chosen:
        for step in copy.deepcopy(patch):
            _take(resource, step)
    return resources


def _merge(old, new):
    """A strategic merge: null removes, objects join, lists join by key or are replaced."""
    merged = dict(old)
    for key, value in new.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(old.get(key), dict):
            merged[key] = _merge(old[key], value)
        else:
            assert key not in MERGED_BY, f"a list that is joined by a key: {key}"
            merged[key] = value
    return merged


def _take(resource, step):
    """One step of a JSON patch. Source: RFC 6902."""
    *way, last = step["path"].strip("/").split("/")
    place = resource
    for word in way:
        place = place[int(word) if isinstance(place, list) else word]
    if step["op"] == "add" and last == "-":
        place.append(step["value"])
    elif step["op"] == "test":
        assert place[last] == step["value"], step
    else:
        assert (step["op"], last in place) == ("replace", True), step
        place[last] = step["value"]


def _label(resource, labels):
    for label in labels:
        assert label.get("includeTemplates")
        places = [resource["metadata"]]
        spec = resource.get("spec", {})
        if "template" in spec:
            places.append(spec["template"]["metadata"])
        places += [claim["metadata"] for claim in spec.get("volumeClaimTemplates", ())]
        for place in places:
            place["labels"] = place.get("labels", {}) | label["pairs"]


def _name_images(resource, images):
    for container in containers_of(resource):
        for image in images:
            if container["image"].partition(":")[0] in {image["name"], image.get("newName")}:
                name = image.get("newName", image["name"])
                container["image"] = f"{name}:{image['newTag']}"


def containers_of(resource):
    template = resource.get("spec", {}).get("template", {})
    return template.get("spec", {}).get("containers", [])
