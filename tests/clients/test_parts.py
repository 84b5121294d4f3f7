"""The parts of the client that need no service: webhooks, event streams, generated files."""

from __future__ import annotations

import base64
import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmp_client import errors, webhooks
from bmp_client._sse import Comings, Reader, Sent
from scripts.clients.files import made

SECRET = webhooks.PREFIX + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER = webhooks.PREFIX + base64.b64encode(b"another secret of 32 bytes......").decode()
EVENT = json.dumps({"specversion": "1.0", "type": "bmp.equipment.changed", "data": {"id": "1"}}).encode()
NOW = 1_790_000_000.0


def signed(payload: bytes = EVENT, secret: str = SECRET) -> dict[str, str]:
    return webhooks.sign(payload, "msg_1", secret, now=NOW)


def test_an_example_of_others_is_verified_also_while_secrets_are_rotated() -> None:
    """A vector that other implementations of Standard Webhooks publish."""
    payload, secret = b'{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = {
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,AAAA v1a,other v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    for secrets in (secret, [SECRET, secret]):
        assert webhooks.verify(payload, headers, secrets, now=1614265330) == {"test": 2432232314}
    assert webhooks.verify(EVENT, signed(), SECRET, now=NOW)["type"] == "bmp.equipment.changed"


@pytest.mark.parametrize(
    ("payload", "change", "now"),
    [
        (EVENT + b" ", {}, NOW),
        (EVENT, {"webhook-id": "msg_2"}, NOW),
        (EVENT, {"webhook-timestamp": str(int(NOW) + 1)}, NOW),
        (EVENT, {"webhook-timestamp": "now"}, NOW),
        (EVENT, {"webhook-timestamp": ""}, NOW),
        (EVENT, {"webhook-id": ""}, NOW),
        (EVENT, {"webhook-signature": ""}, NOW),
        (EVENT, {"webhook-signature": "v1,"}, NOW),
        (EVENT, {"webhook-signature": "v1,not base64"}, NOW),
        (EVENT, {"webhook-signature": signed()["webhook-signature"].replace("v1,", "v0,")}, NOW),
        (EVENT, signed(secret=OTHER), NOW),
        (EVENT, {}, NOW + 301),
        (EVENT, {}, NOW - 301),
    ],
)
def test_what_was_not_signed_with_the_secret_lately_is_not_believed(
    payload: bytes, change: dict[str, str], now: float
) -> None:
    with pytest.raises(errors.SignatureInvalid):
        webhooks.verify(payload, {**signed(), **change}, SECRET, now=now)


def test_signed_is_not_yet_an_event_and_a_secret_is_needed() -> None:
    for payload in (b"no json", b"[1]"):
        with pytest.raises(errors.SignatureInvalid):
            webhooks.verify(payload, signed(payload), SECRET, now=NOW)
    with pytest.raises(ValueError, match="no secret"):
        webhooks.verify(EVENT, signed(), "", now=NOW)


def read(text: str) -> tuple[list[Sent], Reader]:
    reader = Reader("before")
    return [sent for line in text.split("\n") if (sent := reader.line(line)) is not None], reader


def test_events_are_read_as_the_standard_says() -> None:
    sent, reader = read('retry: 1500\nid: a\n\nid: b\ndata: {"x":1}\n\n: here\n\nevent: close\ndata: 1\ndata:2\n\n')
    assert sent == [Sent("message", '{"x":1}', "b"), Sent("close", "1\n2", "b")]
    assert (reader.retry_s, reader.last_id) == (1.5, "b")
    sent, reader = read("id: a\ndata: cut off")
    assert (sent, reader.last_id) == ([], "before"), "an id counts when its event is whole"
    reader.begin()
    assert [reader.line(line) for line in ("data: whole", "")] == [None, Sent("message", "whole", "before")]


@given(st.lists(st.text(st.characters(exclude_characters="\r\n"), min_size=1), min_size=1))
def test_whatever_is_sent_is_read(lines: list[str]) -> None:
    sent, _ = read("\n".join(f"data: {line}" for line in lines) + "\n\n")
    assert sent == [Sent("message", "\n".join(lines), "before")]


def test_streams_are_come_back_to_with_pauses_that_grow() -> None:
    coming = Comings()
    rests = []
    for _ in range(8):
        coming.ended("lost")
        rests.append(coming.rest_s)
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60]
    coming.heard()
    coming.ended("token_expired")
    assert (coming.rest_s, coming.needs_token) == (1.0, True), "never without a pause when it lasted no time at all"
    coming.ended("unauthorised")
    with pytest.raises(errors.Unauthorised):
        coming.ended("unauthorised")


def test_generated_files_are_those_of_this_contract() -> None:
    old = [path.name for path, text in made().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    assert old == [], "run `make clients`"


def test_the_package_depends_on_httpx_alone() -> None:
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "clients/python/pyproject.toml").read_text())["project"]
    assert [dependency.split(">")[0] for dependency in project["dependencies"]] == ["httpx"]
