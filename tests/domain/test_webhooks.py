"""Where webhooks go, how they are signed, when they are tried again."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.webhooks import (
    LONGEST_REST_S,
    LONGEST_WAIT_S,
    SCHEDULE_S,
    Allowed,
    asked_to_wait,
    fault_of_url,
    is_public,
    rest_after,
    signature,
    wait_after,
    written_secret,
)

NOWHERE = Allowed()


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255"),  # noqa: S104
        *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1"),
        *("198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "100::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1"),
    ],
)
def test_what_is_not_the_open_internet(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1111"])
def test_what_is(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_no_address_is_public_by_being_written_as_another_kind(address: object) -> None:
    assert not is_public(ip_address(f"::ffff:{address}"))


@pytest.mark.parametrize(
    "url",
    [
        *("http://receiver.example/", "ftp://receiver.example/", "https://", "https:///x", "receiver.example/x"),
        *("https://user:pass@receiver.example/", "https://receiver.example/#part", "https://receiver.example/#"),
        *("https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/x", "https://169.254.169.254/latest"),
        *("https://localhost/", "https://intranet/", "https://127.1/", "https://2130706433/", "https://0x7f.0.0.0x1/"),
        *("https://receiver.example:0/", "https://receiver.example:99999/", "https://receiver.example\\@localhost/"),
        *("https://receiver example/", "https://receiver.example/a b", "https://réceiver.example/", "https://[::1"),
    ],
)
def test_targets_that_are_refused_when_they_are_written_down(url: str) -> None:
    assert fault_of_url(url, NOWHERE) is not None


@pytest.mark.parametrize(
    "url", ["https://receiver.example/x?y=1", "https://8.8.8.8/", "https://receiver.example:8443/"]
)
def test_targets_that_are_not(url: str) -> None:
    assert fault_of_url(url, NOWHERE) is None


def test_a_deployment_allows_its_own() -> None:
    allowed = Allowed(["receiver.internal", "10.1.0.0/16", "127.0.0.1"])
    for url in (
        "http://receiver.internal/x",
        "http://10.1.2.3/",
        "https://127.0.0.1:9/",
        "https://Receiver.Internal./",
    ):
        assert fault_of_url(url, allowed) is None
    for url in ("http://10.2.0.1/", "http://other.internal/", "https://10.2.0.1/", "https://127.0.0.2/"):
        assert fault_of_url(url, allowed) is not None
    assert allowed.may_connect("receiver.internal", ip_address("192.168.0.1"))
    assert allowed.may_connect("any.example", ip_address("10.1.2.3"))
    assert not allowed.may_connect("any.example", ip_address("10.2.0.1"))


@pytest.mark.parametrize("url", ["http://receiver.example/", "https://10.1.2.3/", "https://intranet/"])
def test_a_refusal_says_what_is_allowed_and_who_may_allow_more(url: str) -> None:
    told = fault_of_url(url, Allowed(["192.168.7.0/24"]))
    assert told is not None
    assert told.endswith(
        "Webhooks go to https addresses on the open internet. Whoever runs this service may allow receivers of "
        "its own, plain http included, by the setting BMP_WEBHOOK_ALLOW."
    )
    assert "192.168" not in told, "what is allowed here is nobody else's business"


def test_every_live_secret_signs() -> None:
    secrets = [b"n" * 32, b"o" * 32]
    both = signature(secrets, "msg", 1_700_000_000, b"{}").split(" ")
    assert both == [signature([each], "msg", 1_700_000_000, b"{}") for each in secrets]
    assert all(each.startswith("v1,") and len(base64.b64decode(each[3:])) == 32 for each in both)
    assert written_secret(b"n" * 32) == "whsec_" + base64.b64encode(b"n" * 32).decode()


def test_attempts_spread_over_about_a_day_and_end() -> None:
    waits = [wait_after(n, 0.5) for n in range(1, len(SCHEDULE_S) + 1)]
    assert waits == list(SCHEDULE_S)
    assert 22 * 3600 < sum(SCHEDULE_S) < 26 * 3600
    assert wait_after(len(SCHEDULE_S) + 1, 0.5) is None
    assert wait_after(1, 0.0) == 4.0
    assert wait_after(1, 0.5, asked=90) == 90
    assert wait_after(1, 0.5, asked=1e9) == LONGEST_WAIT_S
    assert [rest_after(n) for n in (0, 1, 2, 3)] == [1, 1, 2, 4]
    assert rest_after(10_000) == LONGEST_REST_S


def test_retry_after_is_a_number_or_a_date() -> None:
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert asked_to_wait(None, now) is None
    assert asked_to_wait("120", now) == 120
    assert asked_to_wait("9" * 300, now) == LONGEST_WAIT_S
    assert asked_to_wait("Tue, 24 Nov 2026 12:01:30 GMT", now) == 90
    assert asked_to_wait("Tue, 24 Nov 2026 12:01:30 -0000", now) == 90
    assert asked_to_wait("Tue, 24 Nov 2026 11:00:00 GMT", now) == 0
    assert asked_to_wait("soon", now) is None
