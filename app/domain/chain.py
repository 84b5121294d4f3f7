r"""The hash chain over an item's events (DOMAIN 3, Chain): the exact format, version 1.

An event is hashed over fourteen fields in this order. `app.event_hash` in the database is the twin; a test compares
the two over random events.

====  ===========  ==================================================================================================
  #   field        text
====  ===========  ==================================================================================================
  1   version      `1`
  2   item_id      lower-case hyphenated uuid
  3   position     decimal, counting from 1
  4   kind         as stored
  5   occurred_at  microseconds since 1970-01-01T00:00:00Z, decimal, `-` before 1970
  6   recorded_at  likewise
  7   actor_id     uuid of the account or client
  8   person_id    uuid of the natural person
  9   changes      canonical JSON (below)
 10   payload      canonical JSON
 11   text_hash    lower-case hex of the salted hash of the free texts; NULL when there are none
 12   corrects     decimal position; NULL when the event corrects nothing
 13   document_id  uuid; NULL when no document brought the event about
 14   previous     lower-case hex of the hash before; the empty text for the first event
====  ===========  ==================================================================================================

Each field is written as the length of its UTF-8 bytes in four bytes, big-endian, followed by these bytes. NULL is the
length `ff ff ff ff` and no bytes, so NULL and the empty text differ, and no two rows give the same string. The fields
are joined without separators; the hash is SHA-256 of that string, 32 bytes.

Canonical JSON is what PostgreSQL prints for `jsonb::text`: keys sorted by the length of their UTF-8 bytes, then by the
bytes; `", "` between members and `": "` after keys; only `"`, `\` and control characters escaped (`\b \f \n \r \t`,
otherwise `\u00xx`). Numbers are whole: nothing that is hashed may depend on how fractions print.

Free texts are hashed as SHA-256 of a random salt of 16 bytes followed by their canonical JSON. When text and salt are
erased, the chain still verifies and nothing can be guessed back.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

VERSION = 1
#: What stands for "the hash before" at the first event.
START = b""
SALT_BYTES = 16

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NULL = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """The columns of an event that its hash covers, and the hash that was stored with it."""

    item_id: UUID
    position: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor_id: UUID | None
    person_id: UUID | None
    changes: Mapping[str, Any]
    payload: Mapping[str, Any]
    text_hash: bytes | None
    corrects: int | None
    document_id: UUID | None
    previous: bytes
    hash: bytes = b""


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """The first thing that is wrong with a chain.

    `gap`: a position is missing, doubled or out of order; `link`: `previous` is not the hash of the event before;
    `hash`: the event does not have the hash it was stored with; `count` and `head`: the chain ends earlier, later or
    otherwise than the item (or a checkpoint) says, so its tail was cut or grown.
    """

    kind: Literal["gap", "link", "hash", "count", "head"]
    position: int
    detail: str


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda k: (len(k.encode()), k.encode()))}
    if isinstance(value, (list, tuple)):
        return [_sorted(member) for member in value]
    if isinstance(value, float) or "\0" in (value if isinstance(value, str) else ""):
        raise ValueError("fractions and NUL are not hashed")
    return value


def canonical(value: Mapping[str, Any]) -> str:
    """The canonical JSON of the module's docstring. Raises ValueError for fractions, NUL, lone surrogates."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(", ", ": "))


def micros(at: datetime) -> int:
    """Microseconds since the epoch; exact, never by way of a float."""
    return (at - _EPOCH) // _MICROSECOND


def text_hash(texts: Mapping[str, str], salt: bytes) -> bytes | None:
    """The salted hash of an event's free texts; None when there are none."""
    return hashlib.sha256(salt + canonical(texts).encode()).digest() if texts else None


def _field(text: str | None) -> bytes:
    if text is None:
        return _NULL
    data = text.encode()
    return struct.pack(">I", len(data)) + data


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def event_bytes(event: ChainedEvent) -> bytes:
    """The byte string that is hashed; see the module's docstring."""
    fields = (
        str(VERSION),
        str(event.item_id),
        str(event.position),
        event.kind,
        str(micros(event.occurred_at)),
        str(micros(event.recorded_at)),
        _text(event.actor_id),
        _text(event.person_id),
        canonical(event.changes),
        canonical(event.payload),
        None if event.text_hash is None else event.text_hash.hex(),
        _text(event.corrects),
        _text(event.document_id),
        event.previous.hex(),
    )
    return b"".join(map(_field, fields))


def event_hash(event: ChainedEvent) -> bytes:
    """SHA-256 of `event_bytes`: 32 bytes."""
    return hashlib.sha256(event_bytes(event)).digest()


def verify(events: Iterable[ChainedEvent], head: bytes, count: int) -> ChainProblem | None:
    """The first problem of one item's chain, or None. `events` in the order of their positions.

    `head` and `count` are what the item's row (or a checkpoint) says. Events are read once: a stream will do.
    """
    before, position = START, 0
    for event in events:
        position += 1
        if event.position != position:
            return ChainProblem("gap", position, f"Position {position} is missing; {event.position} follows instead.")
        if event.previous != before:
            return ChainProblem("link", position, "This event does not continue the one before it.")
        if event_hash(event) != event.hash:
            return ChainProblem("hash", position, "This event is not what was hashed when it was recorded.")
        before = event.hash
    if position != count:
        return ChainProblem("count", position, f"There are {position} events where there should be {count}.")
    if before != head:
        return ChainProblem("head", position, "The last event is not the one that the item names as its head.")
    return None


def head_bytes(item_id: UUID, count: int, head: bytes) -> bytes:
    """One chain's part of a digest over many: three fields written as for events, the head in lower-case hex."""
    return _field(str(item_id)) + _field(str(count)) + _field(head.hex())


def heads_digest(heads: Iterable[tuple[UUID, int, bytes]]) -> tuple[int, int, bytes]:
    """Items, events and SHA-256 over the `head_bytes` of all chains, for a checkpoint; in the order of `item_id`.

    A vanished item or a cut tail gives another digest.
    """
    digest = hashlib.sha256()
    items = events = 0
    for item_id, count, head in heads:
        digest.update(head_bytes(item_id, count, head))
        items += 1
        events += count
    return items, events, digest.digest()
