"""The OpenAPI document is valid and complete, and real answers follow it."""

import jsonschema
import openapi_spec_validator
import pytest

TEXT = {"text": 'PARIS, May 2. /TASS/. "We are close," envoy Ines Marceau said.'}


@pytest.fixture
def site(make_site):
    return make_site()


@pytest.fixture
def document(client):
    return client.get("/v1/openapi.json").json()


def test_the_document_is_valid(document):
    openapi_spec_validator.validate(document)


def test_every_route_is_documented_and_every_path_has_its_route(document, site):
    from starlette.routing import Match

    from worker.site.app import build_app

    (mount,) = [one for one in build_app(site.context).routes if one.path == "/v1"]
    documented = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    routed = {
        (method, "/v1" + route.path.replace(":path", ""))
        for route in mount.routes
        for method in route.methods - {"HEAD"}
    }
    assert documented == routed
    for method, path in documented:
        scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
        assert any(
            route.matches({**scope, "path": path.removeprefix("/v1")})[0] is Match.FULL
            for route in mount.routes
        )


def test_every_documented_path_answers_as_documented(document, client):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answer = client.request(method, path.replace("{name}", "items"), content=b"")
            assert str(answer.status_code) in operation["responses"], (method, path)
            check(document, operation, answer)


def check(document, operation, answer):
    """Check that an answer follows the document's schema for its status and media type."""
    kind = answer.headers["content-type"].partition(";")[0]
    content = operation["responses"][str(answer.status_code)]["content"]
    schema = {**content[kind]["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(
        answer.json() if kind.endswith("json") else answer.text
    )


@pytest.fixture
def ask(client, document):
    """Send a request, check the answer against the document, and return it."""

    def send(method, path, template="", **options):
        answer = client.request(method, path, **options)
        found = document["paths"][(template or path).partition("?")[0]][method.lower()]
        check(document, found, answer)
        return answer

    return send


def test_answers_of_the_inbox_and_the_desks_have_their_schemas(ask, make_world):
    world = make_world()
    assert ask("POST", "/v1/inbox", json=[TEXT, TEXT | {"uri": "urn:2"}]).status_code == 202
    assert ask("POST", "/v1/inbox", json={"text": 7}).status_code == 422
    world.work()

    for desk in ("items", "quotes"):
        page = ask("GET", f"/v1/desks/{desk}/events", "/v1/desks/{name}/events").json()
        assert len(page["events"]) == 2
    assert len(ask("GET", "/v1/desks").json()["desks"]) == 3
    assert ask("GET", "/v1/desks/none/events", "/v1/desks/{name}/events").status_code == 404


def test_answers_of_the_parser_have_their_schema(ask):
    parsed = ask("POST", "/v1/parse", json=TEXT).json()
    assert parsed["quotes"][0]["speaker"] == "Ines Marceau"


def test_bodies_have_the_schemas_that_the_document_says(document):
    content = document["paths"]["/v1/inbox"]["post"]["requestBody"]["content"]
    schema = {**content["application/json"]["schema"], "components": document["components"]}
    check_body = jsonschema.Draft202012Validator(schema)
    for body in (TEXT, [TEXT, {"feed": "https://a.example/"}], {"headline": "x", "uri": "urn:x"}):
        check_body.validate(body)
    for body in ([], 7, {"text": 7}, {"feed": "https://a.example/", "text": "x"}):
        assert not check_body.is_valid(body)


def test_each_operation_has_a_name_of_its_own(document):
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(set(names)) == len(names)
