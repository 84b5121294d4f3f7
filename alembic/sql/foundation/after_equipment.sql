-- What equipment needs beyond tables and policies. Each function that reads as its owner repeats the wall of `items`:
-- the caller's components, and the units of its own agencies (db/tenancy.py).

-- Items by the beginning or the end of their reference or of an identifier, at most so many. Ranges instead of LIKE,
-- because a pattern that is no constant uses no index.
CREATE FUNCTION app.search_items(words text, bound integer) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH w AS (SELECT upper(btrim(words)) COLLATE "C" AS head, reverse(upper(btrim(words))) COLLATE "C" AS tail),
    hit AS (
        SELECT i.id FROM w, public.items i WHERE i.reference >= w.head AND i.reference < w.head || chr(1114111)
        UNION ALL
        SELECT i.id FROM w, public.items i
        WHERE reverse(i.reference) >= w.tail AND reverse(i.reference) < w.tail || chr(1114111)
        UNION ALL
        SELECT d.item_id FROM w, public.identifiers d WHERE d.value >= w.head AND d.value < w.head || chr(1114111)
        UNION ALL
        SELECT d.item_id FROM w, public.identifiers d
        WHERE reverse(d.value) >= w.tail AND reverse(d.value) < w.tail || chr(1114111)
    ),
    walls AS (SELECT app.see() AS see, app.own_agencies() AS own)
    SELECT coalesce(array_agg(f.id), '{}') FROM (
        SELECT DISTINCT i.id FROM hit JOIN public.items i ON i.id = hit.id, walls
        WHERE i.component_id = ANY (walls.see) OR i.unit_id = ANY (walls.own)
        LIMIT least(greatest(bound, 0), 5001)
    ) f
$$;

-- Items that carry one of these identifiers, whatever its scheme.
CREATE FUNCTION app.items_identified(wanted text[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH walls AS (SELECT app.see() AS see, app.own_agencies() AS own)
    SELECT coalesce(array_agg(DISTINCT i.id), '{}')
    FROM public.identifiers d JOIN public.items i ON i.id = d.item_id, walls
    WHERE d.value = ANY (wanted) AND (i.component_id = ANY (walls.see) OR i.unit_id = ANY (walls.own))
$$;

-- Which of these identifiers (rows of n, scheme, issuer, value) are registered already. It tells no more than the
-- refusal of the unique constraint would, but names the places.
CREATE FUNCTION app.identifiers_known(sent jsonb) RETURNS integer[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(x.n ORDER BY x.n), '{}')
    FROM jsonb_to_recordset(sent) AS x(n integer, scheme text, issuer text, value text)
    WHERE app.manage() <> '{}' AND EXISTS (
        SELECT 1 FROM public.identifiers d
        WHERE d.scheme = x.scheme AND d.issuer = x.issuer AND d.value = x.value)
$$;

-- The whole history of items that the caller may see now, also what happened before they came to its unit: late
-- events and corrections are decided by all of it.
CREATE FUNCTION app.item_history(items uuid[])
RETURNS TABLE (item_id uuid, "position" integer, kind text, occurred_at timestamptz, recorded_at timestamptz,
               changes jsonb, corrects integer, document_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH walls AS (SELECT app.see() AS see, app.own_agencies() AS own)
    SELECT e.item_id, e.position, e.kind, e.occurred_at, e.recorded_at, e.changes, e.corrects, e.document_id
    FROM walls, public.items i JOIN public.events e ON e.item_id = i.id
    WHERE i.id = ANY (items) AND (i.component_id = ANY (walls.see) OR i.unit_id = ANY (walls.own))
    ORDER BY e.item_id, e.position
$$;
