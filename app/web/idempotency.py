"""Idempotency-Key (API 10): the answer is kept in the transaction of its effect, so a retry repeats only that.

Keys are scoped to caller and operation. What they belong to is the whole request: path, query and body. Two requests
with one key never run side by side: an advisory lock says so at once, and the primary key is the wall behind it.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.db.session import KeyUsed, Statement, Tx
from app.db.tenancy import TABLE_OF
from app.domain.access import Caller
from app.domain.errors import NotFound, StillRunning
from app.problems import AnswerNotKept, KeyReused, Malformed
from app.web.answers import Ready

#: Larger answers are not kept; a replay then points to where they can be read again.
MAX_ANSWER_BYTES = 256 * 1024
PRIMARY_KEY = "pk_idempotency_keys"

_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_KEPT_HEADERS = ("content-type", "etag", "location", "content-location")
_OBJECT_PATH = re.compile(r"/api/v1/([a-z-]+)/([0-9a-f-]{36})(?:/|$)", re.ASCII)

# The function in the list of results is evaluated before the row is shown, but the row was read by the statement's
# snapshot: an answer kept between the two is not seen, and the primary key then refuses the second effect.
_FIND = Statement(
    "SELECT pg_try_advisory_xact_lock(CAST(:lock AS bigint)) AS free, k.body_hash, k.status, k.headers, k.answer, "
    "k.resource, k.object_id FROM (SELECT) one LEFT JOIN idempotency_keys k "
    "ON k.caller_id = :caller_id AND k.operation = :operation AND k.key = :key"
)
_IN_SIGHT = {
    resource: Statement(f"SELECT 1 FROM {table} WHERE id = :id") for resource, table in TABLE_OF.items()
}  # fmt: skip


@dataclass(slots=True)
class Idempotency:
    """The key of one request, at `request.state.idempotency` (None without a key).

    A service whose answer has no `Location` may name the object in `subject`, so that a replay is refused once it is
    out of sight.
    """

    caller_id: UUID
    operation: str
    key: str
    body_hash: bytes
    #: 64 bits of caller, operation and key for `pg_try_advisory_xact_lock`.
    lock: int
    path: str
    #: Answers with personal data or secrets are never kept, only that they were given.
    personal: bool = False
    subject: tuple[str, UUID] | None = None

    @property
    def claim(self) -> str:
        """What the transaction says when it begins; numbers, ids and hexadecimal digits only (HOUSE 3.4)."""
        return f";SELECT app.claim_key({self.lock}, {self._name})"

    def keeping(self, status: int, headers: dict[str, str], answer: bytes, subject: tuple[str, UUID] | None) -> str:
        """What the transaction says when it ends; as `claim`, and words of ours."""
        about = f"'{subject[0]}', '{subject[1]}'" if subject else "NULL, NULL"
        return (
            f"SELECT app.keep_answer({self._name}, '{self.body_hash.hex()}', {status}, "
            f"'{orjson.dumps(headers).hex()}', '{answer.hex()}', {about});"
        )

    @property
    def _name(self) -> str:
        return f"'{self.caller_id}', '{self.operation}', '{self.key.encode('ascii').hex()}'"


def asked(request: Request, key: str, caller: Caller, operation: str, body: bytes, *, personal: bool) -> Idempotency:
    """Read the key of a request; Malformed when it is not 1 to 200 visible ASCII characters."""
    if _KEY.fullmatch(key) is None:
        raise Malformed("Idempotency-Key has to be 1 to 200 visible ASCII characters.")
    scope = request.scope
    # Keyed, because a plain hash of a short text could be guessed open.
    whole = hmac.new(request.app.state.database.cursor_secret, digestmod="sha256")
    whole.update(f"{scope['path']}?{scope['query_string'].decode('latin-1')}\n".encode())
    whole.update(body)
    name = blake2b(f"{caller.id}|{operation}|{key}".encode(), digest_size=8).digest()
    lock = int.from_bytes(name, "big", signed=True)
    return Idempotency(caller.id, operation, key, whole.digest(), lock, scope["path"], personal=personal)


async def claim(tx: Tx, wanted: Idempotency) -> Response | None:
    """Begin the transaction with the key claimed for it: None. Where the key was used before: its kept answer.

    Most keys are new, so the claim travels with BEGIN and costs no round trip of its own.
    """
    tx.claim = wanted.claim
    try:
        await tx.begin()
    except KeyUsed:
        await tx.close()
        tx.claim = ""
        return await replay_of(tx, wanted)
    return None


async def replay_of(tx: Tx, wanted: Idempotency) -> Response | None:
    """The kept answer, or None when this key is new; from then on nobody else can run with it before the commit.

    StillRunning (409) when somebody does, KeyReused (422) for another request, NotFound (404) when the caller may no
    longer see what the answer tells about.
    """
    row = await tx.row(
        _FIND, lock=wanted.lock, caller_id=wanted.caller_id, operation=wanted.operation, key=wanted.key
    )  # fmt: skip
    if row is None or not row["free"]:
        raise StillRunning
    if row["body_hash"] is None:
        return None
    if row["body_hash"] != wanted.body_hash:
        raise KeyReused
    kept = row["headers"]
    if "sight" in kept and kept["sight"] != _sight(tx.caller):
        raise NotFound
    await _still_in_sight(tx, row["resource"], row["object_id"])
    return _again(row["status"], kept, row["answer"])


def remember(tx: Tx, wanted: Idempotency, response: Response) -> None:
    """Keep a successful answer in the transaction of its effect; it travels with COMMIT, as the claim with BEGIN."""
    body = bytes(response.body)
    kept = {name: value for name in _KEPT_HEADERS if (value := response.headers.get(name)) is not None}
    if wanted.personal or len(body) > MAX_ANSWER_BYTES:
        kept["not-kept"] = "1"
    subject = wanted.subject or _subject(kept.get("location"), wanted.path, body)
    if subject is None:
        kept["sight"] = _sight(tx.caller)
    told = b"" if "not-kept" in kept else body
    tx.parting = wanted.keeping(response.status_code, kept, told, subject)


def _again(status: int, kept: dict[str, str], body: bytes) -> Response:
    if "not-kept" in kept and "location" not in kept:
        raise AnswerNotKept
    if "not-kept" in kept:
        kept = kept | {"location": kept.get("content-location", kept["location"])}
    headers = [(k.encode("ascii"), v.encode("latin-1")) for k, v in kept.items() if k in _KEPT_HEADERS]
    headers += [(b"idempotency-replayed", b"true"), (b"cache-control", b"private, no-store")]
    return Ready(body, 303 if "not-kept" in kept else status, headers)


async def _still_in_sight(tx: Tx, resource: str | None, object_id: UUID | None) -> None:
    if resource is None or object_id is None or resource not in _IN_SIGHT:
        return
    if await tx.row(_IN_SIGHT[resource], id=object_id) is None:
        raise NotFound


def _subject(location: str | None, path: str, body: bytes) -> tuple[str, UUID] | None:
    """Which object an answer tells about: by its `Location`, by the path, or by the `id` of the answer itself.

    None for answers about several objects, or about something that is part of another one.
    """
    match = _OBJECT_PATH.match(location or "") or _OBJECT_PATH.match(path)
    if match is not None and match[1] in _IN_SIGHT:
        return match[1], UUID(match[2])
    resource = path.removeprefix("/api/v1/").partition("/")[0]
    try:
        value = orjson.loads(body) if resource in _IN_SIGHT and body else None
        return (resource, UUID(value["id"])) if isinstance(value, dict) else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _sight(caller: Caller | None) -> str:
    """A fingerprint of what a caller may see: answers about many objects are repeated only while it stays the same."""
    if caller is None:
        return ""
    parts = (caller.see, caller.manage, caller.joined, caller.roots, caller.manage_roots, sorted(caller.scopes))
    return blake2b(repr([sorted(str(each) for each in part) for part in parts]).encode(), digest_size=16).hexdigest()
