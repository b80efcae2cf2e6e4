"""Examples for the description of the HTTP API: what each route gives for the seed articles."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

from askcorpus.types import SCHEMA, Json

_SENTENCE = (
    "Trump has said he has no plans to withdraw the 5,200 troops in the country and that Iraq "
    "could be used for US airstrikes inside Syria after the US withdraws its troops from that "
    "country."
)
_ARTICLE: Json = {
    "article_id": "002_1e39d45edb4f56e9.txt",
    "title": "Iraqi militia leader wants US troops to leave",
    "publisher": "Associated Press",
    "authors": ["Qassim Abdul-Zahra", "Zeina Karam"],
    "published": "2019-01-28",
    "url": None,
}
_TOLD: Json = {"modified": None, "section": None, "language": "en"}
_PASSAGE: Json = {
    "passage_id": "002_1e39d45edb4f56e9.txt#2592-2779",
    "article_id": "002_1e39d45edb4f56e9.txt",
    "text": _SENTENCE,
    "start": 2592,
    "end": 2592 + len(_SENTENCE),
    "score": 0.93,
}

ASKED: dict[str, Example] = {
    "plain": {"value": {"question": "How many US troops are in Iraq?"}},
    "narrowed": {
        "summary": "Only some articles are read",
        "value": {
            "question": "How many US troops are in Iraq?",
            "since": "2018",
            "publisher": "Associated Press",
            "language": "en",
        },
    },
}
ANSWER: Json = {
    "schema": SCHEMA,
    "question": "How many US troops are in Iraq?",
    "status": "answered",
    "text": "5,200",
    "confidence": 0.76,
    "citations": [
        {
            **_ARTICLE,
            "quote": "5,200",
            "start": 2639,
            "end": 2644,
            "sentence": _SENTENCE,
            "sentence_start": 2592,
            "paragraph": 13,
            "passage_id": _PASSAGE["passage_id"],
            "link": "/article/3?s=2639&e=2644#p13",
            "copies": [],
        }
    ],
    "alternatives": [],
    "passages": [_PASSAGE],
    "generation": 1,
    "seconds": 0.08,
}
NOT_FOUND: Json = {
    "schema": SCHEMA,
    "question": "Who won the election in Brazil?",
    "status": "not_found",
    "text": None,
    "confidence": 0.02,
    "citations": [],
    "alternatives": [],
    "passages": [_PASSAGE],
    "generation": 1,
    "seconds": 0.07,
}
SEARCH: Json = {
    "schema": SCHEMA,
    "question": "US troops in Iraq",
    "passages": [_PASSAGE],
    "generation": 1,
}
ARTICLES: Json = {
    "schema": SCHEMA,
    "articles": [{"number": 3, **_ARTICLE, **_TOLD, "link": "/article/3"}],
    "total": 5,
    "skipped": [{"path": "notes.xls", "reason": "files of the kind .xls are not read"}],
    "generation": 1,
}
_TEXT = "Iraqi militia leader wants US troops to leave\nBy Associated Press 28/1/2019"
ARTICLE: Json = {
    "schema": SCHEMA,
    "number": 3,
    **_ARTICLE,
    **_TOLD,
    "text": _TEXT,
    "paragraphs": [
        {"start": 0, "end": 45, "kind": "headline"},
        {"start": 46, "end": len(_TEXT), "kind": "byline"},
    ],
    "facts": [
        {
            "field": "published",
            "value": "2019-01-28",
            "raw": "28/1/2019",
            "where": "line 23: byline",
        }
    ],
    "removed": [{"text": "Sign In / Up", "reason": "navigation", "line": 1}],
    "warnings": [],
}
HEALTH: Json = {"schema": SCHEMA, "status": "ok", "articles": 5, "passages": 64, "generation": 1}


def given(**examples: Json) -> dict[int | str, dict[str, Any]]:
    """Describe what a route gives where all goes well, by examples with names."""
    named = {name: {"value": example} for name, example in examples.items()}
    return {200: {"content": {"application/json": {"examples": named}}}}


def refused(code: str, message: str) -> dict[str, Any]:
    """Describe an error by an example."""
    body = {"schema": SCHEMA, "error": {"code": code, "message": message}}
    return {"content": {"application/json": {"example": body}}}
