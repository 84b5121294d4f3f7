"""Which imports do not run side by side: those that may write the same rows (ADR 24)."""

from __future__ import annotations

from app.db.session import Statement, Tx
from app.db.tenancy import TENANCY
from app.services.authority import caller_of
from app.services.importing import Importing

# Whoever administers the deployment writes on every one of these; everybody else on what the policies let them keep.
_EVERYWHERE = Statement("SELECT id FROM agencies WHERE parent_id IS NULL UNION ALL SELECT id FROM organisations")
_TOPS = Statement(
    "SELECT DISTINCT ON (c.descendant_id) c.ancestor_id FROM agency_closure c "
    "WHERE c.descendant_id = ANY (CAST(:roots AS uuid[])) ORDER BY c.descendant_id, c.depth DESC"
)


async def lanes_of(tx: Tx, importing: Importing) -> list[str]:
    """The lanes of the caller's import: its resource with every ground on which its rows may come to stand.

    Grounds are those of the policies: components, the trees of agencies by their tops, organisations. A catalogue is
    one for all.
    """
    caller = caller_of(tx).within(importing.scope)
    home = TENANCY[importing.listing.table]
    if home.kind == "catalogue":
        return [importing.resource]
    if home.component:
        # An agency that takes part writes on the component's ground, too: it nominates.
        return sorted(f"{importing.resource}:{ground}" for ground in {*caller.manage, *caller.joined})
    roots = {*caller.manage_roots, *caller.own_tops, *((caller.own,) if caller.own else ())}
    grounds = {row[0] for row in await tx.rows(_TOPS, roots=list(roots))} if roots else set()
    if home.organisation:
        grounds.add(caller.organisation_id)
    if caller.administers:
        grounds |= {row[0] for row in await tx.rows(_EVERYWHERE)}
    return sorted(f"{importing.resource}:{ground}" for ground in grounds)
