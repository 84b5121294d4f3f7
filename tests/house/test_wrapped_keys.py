"""No column of wrapped keys is forgotten when keys are rotated."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import models  # noqa: F401  all tables
from app.db.base import Base
from app.services.wrapped_keys import WRAPPED

#: Bytes that no key-encryption key opens: (table, column).
OTHER_BYTES = {
    # hashes
    *(("client_secrets", "secret_hash"), ("refresh_tokens", "secret_hash"), ("one_time_links", "secret_hash")),
    *(("items", "head"), ("events", "text_hash"), ("events", "previous"), ("events", "hash")),
    *(("checkpoints", "digest"), ("idempotency_keys", "body_hash"), ("vault", "blind_index")),
    # texts, sealed with the key beside them or not at all
    *(("vault", "sealed_name"), ("vault", "sealed_contact"), ("webhook_secrets", "sealed_secret")),
    *(("event_texts", "salt"), ("idempotency_keys", "answer")),
}


def test_every_column_of_bytes_is_declared_or_no_wrapped_key() -> None:
    """A column that is missing in both is lost to everybody when an old key is retired: say which it is."""
    bytes_ = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
    }
    declared = {(each.table, each.column) for each in WRAPPED}
    assert bytes_ == declared | OTHER_BYTES
    assert not declared & OTHER_BYTES
