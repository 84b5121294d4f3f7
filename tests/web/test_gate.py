from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import UUID

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from app.db.identities import identity
from app.domain.access import Caller
from app.domain.errors import TooManyAttempts, Unauthorised
from app.security.tokens import Claims
from app.web.callers import Gate
from app.web.limits import Limiter

pytestmark = pytest.mark.anyio

START = datetime(2026, 1, 1, tzinfo=UTC)
READ, WRITE, PEOPLE = "equipment:read", "equipment:write", "trainees:read"
TUNISIA, MOROCCO = UUID(int=1), UUID(int=2)


def caller(*scopes: str, see: tuple[UUID, ...] = (TUNISIA, MOROCCO)) -> Caller:
    kinds = frozenset({"implementer"})
    return Caller(UUID(int=5), UUID(int=5), UUID(int=6), "account", kinds, frozenset(scopes), see=see)


class Desk:
    """Counts how often tokens are verified and rights are asked for."""

    def __init__(self, rights: Caller, *scopes: str, seconds: int = 600) -> None:
        self.verified = 0
        self.rights = rights
        self.claims = Claims(
            "s", "c", "j", 0, int(START.timestamp()) + seconds, frozenset(scopes), "o", "k", MappingProxyType({})
        )
        self.gate = Gate(self.verify, self.ask)

    def verify(self, token: str) -> Claims:
        self.verified += 1
        if token == "bad":
            raise Unauthorised
        return self.claims

    async def ask(self, _claims: Claims) -> Caller:
        return self.rights


async def test_a_token_is_verified_once_a_minute_and_never_after_its_end() -> None:
    desk = Desk(caller(READ), READ, seconds=90)
    with time_machine.travel(START, tick=False) as clock:
        for _ in range(3):
            await desk.gate.caller("t")
        assert desk.verified == 1
        clock.shift(61)
        await desk.gate.caller("t")
        assert desk.verified == 2
        clock.shift(29)
        await desk.gate.caller("t")
        assert desk.verified == 3


async def test_a_bad_token_is_not_remembered_as_good() -> None:
    desk = Desk(caller(READ), READ)
    for attempt in (1, 2):
        with pytest.raises(Unauthorised):
            await desk.gate.caller("bad")
        assert desk.verified == attempt


async def test_the_table_of_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gate, "REMEMBERED", 2)
    desk = Desk(caller(READ), READ)
    with time_machine.travel(START, tick=False):
        for token in ("a", "b", "c", "b", "c", "a"):
            await desk.gate.caller(token)
    assert desk.verified == 4


async def test_a_token_narrows_scopes_views_and_the_identity_of_the_transaction() -> None:
    view = caller(READ, WRITE, PEOPLE, see=(TUNISIA,))
    whole = caller(READ, WRITE, PEOPLE)
    desk = Desk(replace(whole, views={WRITE: view, READ: view}), READ, PEOPLE, "not:mine")
    with time_machine.travel(START, tick=False):
        narrowed = await desk.gate.caller("t")
        assert await desk.gate.caller("t") is narrowed
    assert narrowed.scopes == {READ, PEOPLE}
    assert set(narrowed.views) == {READ}
    assert narrowed.within(READ).see == (TUNISIA,)
    assert narrowed.within(READ).scopes == {READ, PEOPLE}
    assert narrowed.preamble == identity(narrowed)
    without = Desk(whole, READ)
    assert not (await without.gate.caller("t")).sees_people
    assert "'app.flags'" not in (await without.gate.caller("t")).preamble


async def test_rights_that_change_are_seen_with_the_same_token() -> None:
    desk = Desk(caller(READ, WRITE), READ, WRITE)
    assert (await desk.gate.caller("t")).may(WRITE)
    desk.rights = caller(READ)
    assert not (await desk.gate.caller("t")).may(WRITE)


async def test_nothing_is_answered_at_once_that_has_to_be_verified_or_asked() -> None:
    desk = Desk(caller(READ, WRITE), READ, seconds=90)
    fresh: list[Caller | None] = [desk.rights]
    gate = Gate(desk.verify, desk.ask, lambda _claims: fresh[0])
    with time_machine.travel(START, tick=False) as clock:
        assert gate.at_once("t") is None
        told = await gate.caller("t")
        assert gate.at_once("t") is told
        assert not told.may(WRITE)
        fresh[0] = None  # the rights have to be asked for again
        assert gate.at_once("t") is None
        fresh[0] = caller(WRITE)
        changed = gate.at_once("t")
        assert changed is not None
        assert not changed.may(READ)
        clock.shift(61)  # the token has to be verified again
        assert gate.at_once("t") is None
        await gate.caller("t")
        assert gate.at_once("t") is not None
        clock.shift(29)  # and has ended
        assert gate.at_once("t") is None
    assert desk.gate.at_once("t") is None


@given(st.lists(st.floats(0, 30), min_size=1, max_size=60), st.integers(1, 20))
def test_no_more_than_the_quota_and_its_refill_gets_through(pauses: list[float], quota: int) -> None:
    now = 0.0
    limiter = Limiter(quota, clock=lambda: now)
    passed = 0
    for pause in pauses:
        now += pause
        allowance = limiter.take(UUID(int=1))
        if allowance.wait:
            with pytest.raises(TooManyAttempts) as refused:
                allowance.check()
            assert refused.value.facts["retry_after"] >= 1
        else:
            allowance.check()
            passed += 1
        assert 0 <= allowance.left <= quota
        assert passed <= quota + now * quota / 60 + 1e-6


def test_the_caller_seen_longest_ago_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limiter, "REMEMBERED", 2)
    limiter = Limiter(60, clock=lambda: 0.0)
    for caller_id in (1, 2, 1, 3):
        limiter.take(UUID(int=caller_id))
    assert [limiter.take(UUID(int=caller_id)).left for caller_id in (1, 2)] == [57, 59]


def test_waiting_is_told_in_whole_seconds() -> None:
    limiter = Limiter(2, clock=lambda: 0.0)
    allowances = [limiter.take(UUID(int=1)) for _ in range(3)]
    assert [a.wait for a in allowances] == [0, 0, 30]
    policy = (b"ratelimit-policy", b'"caller";q=2;w=60')
    assert allowances[2].headers() == ((b"ratelimit", b'"caller";r=0;t=60'), policy)
