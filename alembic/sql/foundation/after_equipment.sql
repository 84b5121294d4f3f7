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

-- Changes laid over one another in order: the later value of each fact wins (domain/history.py, fold).
CREATE AGGREGATE app.merge(jsonb) (SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}', PARALLEL = SAFE);

-- The state of items at an instant, as it was known at another: the fold of the events recorded until then. A
-- correction or annulment names the event that it is about, never another correction (services/door_corrections.py).
-- `items` NULL means all in sight.
CREATE FUNCTION app.states_known(items uuid[], as_of timestamptz, known_at timestamptz)
RETURNS TABLE (item_id uuid, starts_at timestamptz, stage text, stage_before_loss text, condition text,
               condition_reason text, confirmed_at timestamptz, confirmed_by uuid, title_id uuid,
               custody_organisation_id uuid, custody_site_id uuid, unit_id uuid, receipt_confirmed_at timestamptz,
               replaced_by_id uuid, warranty_starts_on date, warranty_ends_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH walls AS (SELECT app.see() AS see, app.own_agencies() AS own),
    last AS (
        SELECT DISTINCT ON (e.item_id, coalesce(e.corrects, e.position))
            e.item_id, i.component_id, coalesce(e.corrects, e.position) AS place, e.kind, e.occurred_at, e.changes
        FROM walls, public.items i JOIN public.events e ON e.item_id = i.id
        WHERE (items IS NULL OR i.id = ANY (items)) AND e.recorded_at <= known_at
          AND (i.component_id = ANY (walls.see) OR i.unit_id = ANY (walls.own))
        ORDER BY e.item_id, coalesce(e.corrects, e.position), e.position DESC
    ),
    folded AS (
        SELECT l.item_id, l.component_id, max(l.occurred_at) AS starts_at,
            app.merge(l.changes ORDER BY l.occurred_at, l.place) AS s,
            (array_agg(l.occurred_at ORDER BY l.occurred_at DESC, l.place DESC)
                FILTER (WHERE l.changes ? 'condition'))[1] AS condition_at,
            (array_agg(l.occurred_at ORDER BY l.occurred_at DESC, l.place DESC)
                FILTER (WHERE l.changes ? 'receipt_confirmed_by'))[1] AS receipt_at
        FROM last l WHERE l.kind <> 'annul' AND l.occurred_at <= as_of
        GROUP BY l.item_id, l.component_id
    )
    SELECT f.item_id, f.starts_at, coalesce(s ->> 'stage', 'ordered'), s ->> 'stage_before_loss',
        coalesce(s ->> 'condition', 'unknown'), coalesce(s ->> 'condition_reason', ''),
        CASE WHEN coalesce(s ->> 'condition', 'unknown') <> 'unknown' THEN f.condition_at END,
        (s ->> 'condition_confirmed_by')::uuid, (s ->> 'title_organisation_id')::uuid,
        (s ->> 'custody_organisation_id')::uuid, (s ->> 'custody_site_id')::uuid, (s ->> 'unit_id')::uuid,
        CASE WHEN s ->> 'receipt_confirmed_by' IS NOT NULL THEN f.receipt_at END,
        (s ->> 'replaced_by')::uuid, (s ->> 'warranty_from')::date, (s ->> 'warranty_until')::date
    FROM folded f, walls
    WHERE f.component_id = ANY (walls.see) OR (s ->> 'unit_id')::uuid = ANY (walls.own)
$$;

-- Where the counts behind readiness differ from the items: nothing, unless somebody went around the trigger. `place` is
-- a column of holdings, or the day or month of confirmations. For the owner.
CREATE FUNCTION app.holdings_astray()
RETURNS TABLE (unit_id uuid, model_id uuid, component_id uuid, place text, counted integer, kept integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH placed AS (
        SELECT i.unit_id, i.model_id, i.component_id, app.place_of(i.stage, i.condition, i.condition_reason) AS place,
            (i.confirmed_at AT TIME ZONE 'UTC')::date AS confirmed_on
        FROM public.items i WHERE i.unit_id IS NOT NULL
    ),
    truth AS (
        SELECT p.unit_id, p.model_id, p.component_id, v.place, count(*)::integer AS n
        FROM placed p CROSS JOIN LATERAL (
            VALUES ('n'), (p.place), (CASE WHEN p.place = 'functional' THEN p.confirmed_on::text END),
                (CASE WHEN p.place = 'functional' THEN to_char(p.confirmed_on, 'YYYY-MM') END)
        ) v(place)
        WHERE v.place IS NOT NULL GROUP BY 1, 2, 3, 4
    ),
    kept AS (
        SELECT h.unit_id, h.model_id, h.component_id, v.place, v.n
        FROM public.holdings h CROSS JOIN LATERAL (
            VALUES ('n', h.n), ('elsewhere', h.elsewhere), ('not_in_service', h.not_in_service),
                ('withdrawn', h.withdrawn), ('down_failure', h.down_failure),
                ('down_awaiting_parts', h.down_awaiting_parts), ('down_under_repair', h.down_under_repair),
                ('down_planned_maintenance', h.down_planned_maintenance),
                ('down_no_consumables', h.down_no_consumables), ('down_external', h.down_external),
                ('condition_unknown', h.condition_unknown), ('functional', h.functional)
        ) v(place, n)
        WHERE v.n <> 0
        UNION ALL
        SELECT c.unit_id, c.model_id, c.component_id,
            CASE WHEN c.whole_month THEN to_char(c.confirmed_on, 'YYYY-MM') ELSE c.confirmed_on::text END, c.n
        FROM public.confirmations c WHERE c.n <> 0
    )
    SELECT coalesce(t.unit_id, k.unit_id), coalesce(t.model_id, k.model_id), coalesce(t.component_id, k.component_id),
        coalesce(t.place, k.place), coalesce(t.n, 0), coalesce(k.n, 0)
    FROM truth t FULL JOIN kept k ON k.unit_id = t.unit_id AND k.model_id = t.model_id
        AND k.component_id = t.component_id AND k.place = t.place
    WHERE t.n IS DISTINCT FROM k.n
$$;

-- An instant that no running writer of events can still come before: whoever has begun to write is waited for, whoever
-- comes later waits for this transaction and then looks at the clock. For the worker and the owner; end it at once.
CREATE FUNCTION app.events_horizon() RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF session_user = 'bmp_app' THEN
        RAISE EXCEPTION 'not for requests' USING ERRCODE = 'insufficient_privilege';
    END IF;
    LOCK TABLE public.events IN SHARE MODE;
    RETURN clock_timestamp();
END $$;

-- The heads of all chains as they were recorded until an instant, a batch at a time. For checkpoints; an auditor's
-- request compares one with them and shows none of it.
CREATE FUNCTION app.heads_at(after uuid, at timestamptz, batch integer)
RETURNS TABLE (item_id uuid, events integer, head bytea) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.item_id, max(e.position), (array_agg(e.hash ORDER BY e.position DESC))[1]
    FROM public.events e
    WHERE e.item_id > after AND e.recorded_at <= at AND (session_user <> 'bmp_app' OR app.has('u'))
    GROUP BY e.item_id ORDER BY e.item_id LIMIT batch
$$;

-- A signed checkpoint, kept by the worker or the owner.
CREATE FUNCTION app.keep_checkpoint(id uuid, at timestamptz, items integer, events bigint, digest bytea, line text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF session_user = 'bmp_app' THEN
        RAISE EXCEPTION 'not for requests' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.checkpoints (id, recorded_at, items, events, digest, line)
    VALUES (id, at, items, events, digest, line);
END $$;
CREATE FUNCTION app.kept_checkpoints() RETURNS TABLE (recorded_at timestamptz, line text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.recorded_at, c.line FROM public.checkpoints c WHERE session_user <> 'bmp_app' OR app.has('u')
    ORDER BY c.recorded_at, c.id
$$;
