"""What listings about people share: how a trainee is shown, and rows of an agency with everything below it."""

from __future__ import annotations

from app.db.columns import Column
from app.db.listing import Filter


def pseudonym(name: str, key: str) -> Column:
    """`{id, reference, label}` of a trainee. The reference is the pseudonym itself, the label its beginning."""
    label = f"'T-' || upper(left(({key})::text, 8))"
    shown = f"json_build_object('id', {key}, 'reference', {key}, 'label', {label})"
    return Column(
        name,
        f"CASE WHEN {key} IS NULL THEN NULL ELSE {shown} END",
        cells=((f"{name}_id", key),),
    )


def below(column: str) -> Filter:
    """Rows of these agencies and of everything below them."""
    return Filter(
        f"{column} = ANY (app.below(ARRAY[:value]::uuid[]))", f"{column} = ANY (app.below(:value))", to="agencies"
    )
