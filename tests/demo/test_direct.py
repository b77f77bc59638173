"""The route that answers what is typed, past Gradio's queue: who may ask, and what comes of nonsense."""

import json
from dataclasses import replace

import httpx
import pytest

pytest.importorskip("gradio")

from serving import served

from demo.studio.limits import NO_LIMITS

FIELDS = {"id": 4, "prompt": "red circle moving left", "seed": 2, "count": 2, "frames": 5, "seconds": 0.5}


def ask(address: str, fields=FIELDS, **options) -> httpx.Response:
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    return httpx.post(f"{address}draw", content=body, timeout=60, **options)


def words_of(answer: httpx.Response) -> str:
    return " ".join(note["text"] for note in answer.json()["notes"])


def test_what_is_typed_is_answered_past_the_queue(page_address):
    answer = ask(page_address[0]).json()
    assert (answer["id"], answer["prompt"], answer["seed"]) == (4, "red circle moving left", 2)
    assert answer["sheet"].startswith("data:image/jpeg") and answer["frames"] == 5
    russian = ask(
        page_address[0], FIELDS | {"prompt": "красный круг движется влево"}, headers={"accept-language": "ru"}
    )
    assert "красный круг движется влево · зерно 2" in words_of(russian)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 15_000, b'{"prompt": "%s"}' % (b"x" * 30_000)])
def test_nonsense_to_the_route_is_refused_in_words(page_address, body):
    answer = ask(page_address[0], body)
    assert answer.status_code == 400 and "no request of the page" in words_of(answer)


@pytest.mark.parametrize("fields", [[], 7, {}, {"prompt": "\ud800"}, FIELDS | {"seed": float("nan")}])
def test_a_wrong_request_to_the_route_is_answered(page_address, fields):
    answer = ask(page_address[0], fields)
    assert answer.status_code == 200 and words_of(answer)


def test_no_more_wait_at_the_route_than_may(folders):
    with served(replace(folders, limits=replace(NO_LIMITS, waiting=0))) as address:
        answer = ask(address)
    assert answer.status_code == 503 and "Too many" in words_of(answer)


def test_the_route_lets_in_whom_gradio_lets_in(folders):
    with served(folders, auth=("teacher", "secret")) as address:
        assert ask(address).status_code == 401
        assert ask(address, cookies={"access-token-x": "x", "access-token-unsecure-": ""}).status_code == 401
        with httpx.Client() as visitor:
            visitor.post(f"{address}login", data={"username": "teacher", "password": "secret"}).raise_for_status()
            answer = visitor.post(f"{address}draw", json=FIELDS, timeout=60)
        assert answer.status_code == 200 and "sheet" in answer.json()
