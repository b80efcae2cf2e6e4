"""The description of the HTTP API: an example on every route, and an API that keeps to it."""

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from small_corpus import FakeCorpus

from askcorpus.app import create_app, openapi
from askcorpus.app.models import (
    AnswerBody,
    ArticleBody,
    ArticlesBody,
    AskBody,
    ErrorBody,
    HealthBody,
    SearchBody,
)

LOCAL = {"Host": "127.0.0.1:7860"}
APP = create_app(FakeCorpus())
DESCRIPTION = TestClient(APP, base_url="http://127.0.0.1:7860").get("/openapi.json").json()
ROUTES = [
    (path, method, route)
    for path, methods in DESCRIPTION["paths"].items()
    for method, route in methods.items()
]
NAMES = [f"{method} {path}" for path, method, _ in ROUTES]

schema = schemathesis.openapi.from_asgi("/openapi.json", APP, headers=LOCAL)


@schema.parametrize()
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_the_api_keeps_to_its_description(case):
    """Whatever is sent, the answer has a status, a type and a form that the description names."""
    # That a question needs words, and a date a day that there is, no description can say.
    case.call_and_validate(headers=LOCAL, excluded_checks=[positive_data_acceptance])


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (AnswerBody, openapi.ANSWER),
        (AnswerBody, openapi.NOT_FOUND),
        (SearchBody, openapi.SEARCH),
        (ArticlesBody, openapi.ARTICLES),
        (ArticleBody, openapi.ARTICLE),
        (HealthBody, openapi.HEALTH),
    ],
)
def test_examples_are_what_the_routes_give(model, example):
    """Each example has the form of its route, key for key."""
    given = model.model_validate(example).model_dump(by_alias=True, exclude_unset=True)
    assert given == example


def test_examples_of_questions_can_be_asked():
    """Each keeps to the form of a question, and is in the description as it stands."""
    for example in openapi.ASKED.values():
        body = AskBody.model_validate(example["value"])
        assert body.model_dump(exclude_unset=True) == example["value"]
    content = DESCRIPTION["paths"]["/api/ask"]["post"]["requestBody"]["content"]
    assert content["application/json"]["examples"] == openapi.ASKED


def test_the_example_of_a_citation_is_proved_by_slicing():
    """What the description promises of offsets holds in its own example."""
    (citation,) = openapi.ANSWER["citations"]
    start, end = (citation[name] - citation["sentence_start"] for name in ("start", "end"))
    assert citation["sentence"][start:end] == citation["quote"] == openapi.ANSWER["text"]


@pytest.mark.parametrize(("path", "method", "route"), ROUTES, ids=NAMES)
def test_every_route_has_examples_and_says_what_it_does(path, method, route):
    """An example of what it takes, of what it gives and of every error in JSON; and a sentence."""
    assert route["description"].endswith(".")
    for status, response in route["responses"].items():
        content = response["content"]["application/json"]
        examples = [each["value"] for each in content.get("examples", {}).values()]
        examples += [content["example"]] if "example" in content else []
        assert examples, (path, method, status)
        for example in examples if status != "200" else []:
            ErrorBody.model_validate(example)
    for parameter in route.get("parameters", []):
        if parameter["required"]:
            assert parameter["schema"].get("examples") or parameter.get("examples")
