"""The schemas of today against those that were released: nothing breaks under an old number.

docs/schema/released/<number>/ keeps what was published under each number. A consumer may validate
against it for as long as events bear that number, and a producer may write what it allows: so
fields may be added, and nothing else may change.

What to do when this fails: raise CODEC in worker/model/codec.py, say in CHANGELOG.md what breaks,
and write the new number's schemas with `copytaster schema --write docs/schema/released/<number>`.
Before a number's first release, its folder may be written anew instead.
"""

import copy
import json
from pathlib import Path

import pytest

from worker.model.codec import CODEC, SCHEMAS, json_schema

RELEASED = Path(__file__).parents[2] / "docs" / "schema" / "released"

EXACT = (
    *("type", "enum", "const", "default", "pattern", "format", "additionalProperties"),
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"),
)
"""What a field may be. Narrower breaks those who write it, wider those who read it."""


def read_released(number):
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in (RELEASED / str(number)).glob("*.json")
        if path.stem != "asyncapi"
    }


def find_breaks(old, new):
    """What stops somebody who holds to the old schema, one line each."""
    return _breaks(old, new, old, new, "$")


def _breaks(old, new, old_root, new_root, path):
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    if "anyOf" in old or "anyOf" in new:
        return _choice_breaks(old, new, old_root, new_root, path)
    found = [
        f"{path}: `{key}` was {_shown(old, key)} and is {_shown(new, key)}"
        for key in EXACT
        if _shown(old, key) != _shown(new, key)
    ]
    was, now = old.get("properties", {}), new.get("properties", {})
    found += [f"{path}.{name}: removed or renamed" for name in was if name not in now]
    found += _required_breaks(old, new, path)
    for name in was.keys() & now.keys():
        found += _breaks(was[name], now[name], old_root, new_root, f"{path}.{name}")
    for key in ("items", "prefixItems"):
        found += _part_breaks(old.get(key), new.get(key), old_root, new_root, f"{path}[]")
    return found


def _required_breaks(old, new, path):
    was, now = set(old.get("required", ())), set(new.get("required", ()))
    there = new.get("properties", {})
    return [f"{path}.{name}: newly required" for name in sorted(now - was)] + [
        f"{path}.{name}: not always there any more" for name in sorted(was - now) if name in there
    ]


def _part_breaks(old, new, old_root, new_root, path):
    if isinstance(old, dict) and isinstance(new, dict):
        return _breaks(old, new, old_root, new_root, path)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = zip(old, new, strict=True)
        return [one for was, now in pairs for one in _breaks(was, now, old_root, new_root, path)]
    return [] if old == new else [f"{path}: other members"]


def _choice_breaks(old, new, old_root, new_root, path):
    """Each old alternative must go on as one of the new ones, and there may be no others."""
    was, now = old.get("anyOf", [old]), new.get("anyOf", [new])
    if old.get("default") != new.get("default") or len(was) != len(now):
        return [f"{path}: other types"]
    found = []
    for one in was:
        tried = [_breaks(one, other, old_root, new_root, path) for other in now]
        found += min(tried, key=len)
    return found


def _resolved(schema, root):
    while "$ref" in schema:
        target = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**target, **beside}
    return schema


def _shown(schema, key):
    value = schema.get(key, "anything")
    return json.dumps(sorted(value, key=str) if key == "enum" else value)


# what is released


def test_the_number_of_today_is_the_last_released_or_a_new_one():
    numbers = sorted(int(path.name) for path in RELEASED.iterdir())
    assert numbers == list(range(1, len(numbers) + 1))
    assert CODEC in (numbers[-1], numbers[-1] + 1)


@pytest.mark.parametrize("number", sorted(path.name for path in RELEASED.iterdir()))
def test_each_released_schema_bears_its_number(number):
    released = read_released(number)
    assert {name: schema["$id"] for name, schema in released.items()} == {
        name: f"urn:copytaster:schema:{name}:{number}" for name in released
    }
    assert "item" in released


def test_no_schema_of_this_number_is_gone():
    assert read_released(CODEC).keys() <= SCHEMAS.keys()


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_nothing_breaks_without_a_new_number(name):
    released = read_released(CODEC).get(name)
    assert released is None or find_breaks(released, json_schema(name)) == []


# the comparison itself

PERSON = {
    "$ref": "#/$defs/Person",
    "$defs": {
        "Person": {
            "type": "object",
            "description": "Somebody.",
            "properties": {
                "name": {"type": "string"},
                "age": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
                "label": {"$ref": "#/$defs/Label"},
                "at": {"type": "array", "items": {"$ref": "#/$defs/Point"}},
                "pair": {
                    "type": "array",
                    "prefixItems": [{"type": "number"}, {"type": "number"}],
                },
            },
            "required": ["name", "label"],
        },
        "Label": {"enum": ["A", "B"]},
        "Point": {"type": "object", "properties": {"x": {"type": "integer", "minimum": 0}}},
    },
}


def edited(edit):
    changed = copy.deepcopy(PERSON)
    edit(changed["$defs"])
    return changed


def put(*path, value):
    def edit(defs):
        target = defs
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value

    return edit


def drop(*path):
    def edit(defs):
        target = defs
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]

    return edit


def rename(defs):
    fields = defs["Person"]["properties"]
    fields["years"] = fields.pop("age")


FIELDS = ("Person", "properties")


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (drop(*FIELDS, "age"), "$.age: removed or renamed"),
        (rename, "$.age: removed or renamed"),
        (
            put("Person", "required", value=["name", "label", "age"]),
            "$.age: newly required",
        ),
        (put("Person", "required", value=["name"]), "$.label: not always there any more"),
        (
            put(*FIELDS, "name", "type", value="integer"),
            '$.name: `type` was "string" and is "integer"',
        ),
        (put(*FIELDS, "age", value={"type": "integer"}), "$.age: other types"),
        (
            put(*FIELDS, "name", value={"anyOf": [{"type": "string"}, {"type": "null"}]}),
            "$.name: other types",
        ),
        (
            put(*FIELDS, "age", "anyOf", value=[{"type": "number"}, {"type": "null"}]),
            '$.age: `type` was "integer" and is "number"',
        ),
        (
            put("Label", "enum", value=["A"]),
            '$.label: `enum` was ["A", "B"] and is ["A"]',
        ),
        (
            put("Label", "enum", value=["A", "B", "C"]),
            '$.label: `enum` was ["A", "B"] and is ["A", "B", "C"]',
        ),
        (
            put("Point", "properties", "x", "minimum", value=1),
            "$.at[].x: `minimum` was 0 and is 1",
        ),
        (
            put("Point", "properties", "x", "maximum", value=9),
            '$.at[].x: `maximum` was "anything" and is 9',
        ),
        (drop("Point", "properties", "x"), "$.at[].x: removed or renamed"),
        (
            put(*FIELDS, "pair", "prefixItems", value=[{"type": "number"}]),
            "$.pair[]: other members",
        ),
        (
            put("Person", "additionalProperties", value=False),
            '$: `additionalProperties` was "anything" and is false',
        ),
        (
            put(*FIELDS, "name", "default", value="x"),
            '$.name: `default` was "anything" and is "x"',
        ),
    ],
)
def test_a_breaking_change_is_found_and_named(edit, line):
    assert find_breaks(PERSON, edited(edit)) == [line]


@pytest.mark.parametrize(
    "edit",
    [
        lambda defs: None,
        put("Person", "description", value="Anybody."),
        put(*FIELDS, "nick", value={"type": "string", "default": ""}),
        put("Label", "enum", value=["B", "A"]),
        put(*FIELDS, "age", "anyOf", value=[{"type": "null"}, {"type": "integer"}]),
        put(*FIELDS, "label", value={"enum": ["A", "B"]}),
        put("Point", "properties", "y", value={"type": "integer"}),
    ],
)
def test_what_only_adds_or_explains_breaks_nothing(edit):
    assert find_breaks(PERSON, edited(edit)) == []
