-- The worker's part of the sums (ADR 30), and the check of them.

-- The instants for which there are sums, by skipping through the key.
CREATE FUNCTION app.history_instants() RETURNS TABLE (summed_at timestamptz, days integer) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE i (at, days) AS (
        (SELECT h.summed_at, h.days FROM public.history_sums h ORDER BY h.summed_at LIMIT 1)
        UNION ALL
        SELECT n.summed_at, n.days FROM i CROSS JOIN LATERAL (
            SELECT h.summed_at, h.days FROM public.history_sums h
            WHERE h.summed_at > i.at ORDER BY h.summed_at LIMIT 1) n
    )
    SELECT i.at, i.days FROM i
$$;

-- Adds late rows (the first so many; NULL: all) to the sums at whose instants they hold, and makes the sums of one
-- instant more, if one is given. One statement: late rows that it does not see are of writers whose spans it does not
-- see either, so they count for the new sums too. How many were added. Under the lock of keep_history.
CREATE FUNCTION app.add_to_history(instant timestamptz, for_days integer, most integer) RETURNS integer
LANGUAGE sql AS $$
    WITH chosen AS MATERIALIZED (SELECT l.id FROM public.history_late l ORDER BY l.id LIMIT most),
    late AS (DELETE FROM public.history_late l USING chosen c WHERE l.id = c.id RETURNING l.*),
    instants AS MATERIALIZED (
        SELECT i.summed_at, i.days FROM app.history_instants() i WHERE EXISTS (SELECT 1 FROM chosen)
    ),
    net AS (
        SELECT i.summed_at, l.unit_id, l.model_id, l.component_id, i.days, l.place, sum(l.k) AS k,
            l.place = 'functional' AND l.confirmed_on >= (i.summed_at AT TIME ZONE 'UTC')::date - i.days AS lately
        FROM late l JOIN instants i ON i.summed_at >= l.starts_at AND i.summed_at < l.ends_at
        WHERE l.place <> 'elsewhere' GROUP BY 1, 2, 3, 4, 5, 6, 8 HAVING sum(l.k) <> 0
    ),
    added AS (
        INSERT INTO public.history_sums AS h (summed_at, unit_id, model_id, component_id, days,
            not_in_service, withdrawn, down_failure, down_awaiting_parts, down_under_repair, down_planned_maintenance,
            down_no_consumables, down_external, condition_unknown, functional, confirmed)
        SELECT n.summed_at, n.unit_id, n.model_id, n.component_id, n.days,
            coalesce(sum(n.k) FILTER (WHERE n.place = 'not_in_service'), 0),
            coalesce(sum(n.k) FILTER (WHERE n.place = 'withdrawn'), 0),
            coalesce(sum(n.k) FILTER (WHERE n.place = 'down_failure'), 0),
            coalesce(sum(n.k) FILTER (WHERE n.place = 'down_awaiting_parts'), 0),
            coalesce(sum(n.k) FILTER (WHERE n.place = 'down_under_repair'), 0),
            coalesce(sum(n.k) FILTER (WHERE n.place = 'down_planned_maintenance'), 0),
            coalesce(sum(n.k) FILTER (WHERE n.place = 'down_no_consumables'), 0),
            coalesce(sum(n.k) FILTER (WHERE n.place = 'down_external'), 0),
            coalesce(sum(n.k) FILTER (WHERE n.place = 'condition_unknown'), 0),
            coalesce(sum(n.k) FILTER (WHERE n.place = 'functional'), 0),
            coalesce(sum(n.k) FILTER (WHERE n.lately), 0)
        FROM net n GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4
        ON CONFLICT (summed_at, unit_id, model_id, component_id) DO UPDATE SET
            not_in_service = h.not_in_service + excluded.not_in_service, withdrawn = h.withdrawn + excluded.withdrawn,
            down_failure = h.down_failure + excluded.down_failure,
            down_awaiting_parts = h.down_awaiting_parts + excluded.down_awaiting_parts,
            down_under_repair = h.down_under_repair + excluded.down_under_repair,
            down_planned_maintenance = h.down_planned_maintenance + excluded.down_planned_maintenance,
            down_no_consumables = h.down_no_consumables + excluded.down_no_consumables,
            down_external = h.down_external + excluded.down_external,
            condition_unknown = h.condition_unknown + excluded.condition_unknown,
            functional = h.functional + excluded.functional, confirmed = h.confirmed + excluded.confirmed
    ),
    made AS (
        INSERT INTO public.history_sums (summed_at, unit_id, model_id, component_id, days,
            not_in_service, withdrawn, down_failure, down_awaiting_parts, down_under_repair, down_planned_maintenance,
            down_no_consumables, down_external, condition_unknown, functional, confirmed)
        SELECT instant, a.unit_id, a.model_id, a.component_id, for_days, a.not_in_service, a.withdrawn, a.down_failure,
            a.down_awaiting_parts, a.down_under_repair, a.down_planned_maintenance, a.down_no_consumables,
            a.down_external, a.condition_unknown, a.functional, a.confirmed
        FROM app.held_at((SELECT array_agg(DISTINCT u.unit_id) FROM public.holdings u), instant,
            (instant AT TIME ZONE 'UTC')::date - for_days, 50000) a
        WHERE instant IS NOT NULL
    )
    SELECT count(*)::integer FROM late
$$;

-- Adds what came late, and makes sums of instants between which at least `every` spans began (NULL: as many as make
-- reading them cost about what reading sums costs), so many at a time; how much it did. Midnight (UTC) is preferred.
-- Sums for other days are forgotten. For the worker and the owner; of two at once, one does nothing.
CREATE FUNCTION app.keep_history(for_days integer, every integer, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    step integer := coalesce(every, greatest(2000, 3 * (SELECT count(*) FROM public.holdings)::integer));
    oldest_open timestamptz := clock_timestamp() - interval '3 days';
    done integer := 0;
    place timestamptz := '-infinity';
    instant timestamptz;
    far timestamptz;
    known timestamptz;
    midnight timestamptz;
BEGIN
    IF session_user = 'bmp_app' THEN
        RAISE EXCEPTION 'not for requests' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT pg_try_advisory_xact_lock(7320461118023) THEN RETURN 0; END IF;
    DELETE FROM public.history_sums h WHERE h.days <> for_days;
    IF (SELECT count(*) FROM (SELECT 1 FROM public.history_late LIMIT 5001) l) > 5000 THEN
        RETURN app.add_to_history(NULL, for_days, 5000);
    END IF;
    WHILE done < most LOOP
        instant := (SELECT s.starts_at FROM public.item_spans s WHERE s.unit_id IS NOT NULL AND s.starts_at > place
                    ORDER BY s.starts_at OFFSET step - 1 LIMIT 1);
        EXIT WHEN instant IS NULL;
        known := (SELECT min(h.summed_at) FROM public.history_sums h WHERE h.summed_at > place);
        far := (SELECT s.starts_at FROM public.item_spans s WHERE s.unit_id IS NOT NULL AND s.starts_at > instant
                ORDER BY s.starts_at OFFSET step / 2 LIMIT 1);
        IF known <= coalesce(far, 'infinity') THEN
            place := known;
            CONTINUE;
        END IF;
        midnight := (date_trunc('day', instant AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC';
        place := CASE WHEN midnight <= far THEN midnight ELSE instant END;
        EXIT WHEN place > oldest_open;
        PERFORM app.add_to_history(place, for_days, NULL);
        -- An instant at which nothing was held has no sums, and is looked at again each time: that is not progress.
        IF EXISTS (SELECT 1 FROM public.history_sums h WHERE h.summed_at = place) THEN done := done + 1; END IF;
    END LOOP;
    RETURN done + app.add_to_history(NULL, for_days, 5000);
END $$;

-- Where the sums, with what is known to be late, begin or cease to differ from the spans: nothing, unless somebody went
-- around the triggers. `place` is a column of history_sums, `too_many` what the sums count more from that instant on
-- than at the one before. A span counts from the first instant at which it holds (`come`) until before the first at
-- which it does not (`gone`), or at which its confirmation has grown old (`old`). For the owner.
CREATE FUNCTION app.history_astray()
RETURNS TABLE (summed_at timestamptz, unit_id uuid, model_id uuid, component_id uuid, place text, too_many bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET work_mem = '256MB' SET jit = off AS $$
#variable_conflict use_column
DECLARE
    ats timestamptz[] := (SELECT array_agg(i.summed_at ORDER BY i.summed_at) FROM app.history_instants() i);
    sinces date[] := (SELECT array_agg((i.summed_at AT TIME ZONE 'UTC')::date - i.days ORDER BY i.summed_at)
                      FROM app.history_instants() i);
BEGIN
    IF ats IS NULL THEN RETURN; END IF;
    RETURN QUERY
    WITH known AS (
        SELECT s.unit_id, s.model_id, s.component_id, app.place_of(s.stage, s.condition, s.condition_reason) AS place,
            (s.confirmed_at AT TIME ZONE 'UTC')::date AS confirmed_on, s.starts_at, s.ends_at, 1 AS k
        FROM public.item_spans s WHERE s.unit_id IS NOT NULL
        UNION ALL
        SELECT l.unit_id, l.model_id, l.component_id, l.place, l.confirmed_on, l.starts_at, l.ends_at, -l.k
        FROM public.history_late l
    ),
    lasting AS (
        SELECT s.unit_id, s.model_id, s.component_id, s.place, s.k,
            1 + width_bucket(s.starts_at - interval '1 microsecond', ats) AS come,
            1 + width_bucket(s.ends_at - interval '1 microsecond', ats) AS gone,
            CASE WHEN s.place = 'functional' THEN 1 + width_bucket(s.confirmed_on, sinces) END AS old
        FROM known s WHERE s.place <> 'elsewhere'
    ),
    counted AS (
        SELECT l.unit_id, l.model_id, l.component_id, l.place, l.come, l.gone, l.old, sum(l.k) AS k
        FROM lasting l WHERE l.come < l.gone GROUP BY 1, 2, 3, 4, 5, 6, 7
    ),
    turns AS (
        SELECT c.unit_id, c.model_id, c.component_id, v.place, v.n, v.k
        FROM counted c CROSS JOIN LATERAL (
            VALUES (c.place, c.come, -c.k), (c.place, c.gone, c.k),
                (CASE WHEN c.old > c.come THEN 'confirmed' END, c.come, -c.k),
                (CASE WHEN c.old > c.come THEN 'confirmed' END, least(c.gone, c.old), c.k)
        ) v(place, n, k)
        UNION ALL
        SELECT h.unit_id, h.model_id, h.component_id, v.place, width_bucket(h.summed_at, ats) + t.later, t.sign * v.n
        FROM public.history_sums h CROSS JOIN (VALUES (0, 1), (1, -1)) t(later, sign)
        CROSS JOIN LATERAL (
            VALUES ('not_in_service', h.not_in_service), ('withdrawn', h.withdrawn), ('down_failure', h.down_failure),
                ('down_awaiting_parts', h.down_awaiting_parts), ('down_under_repair', h.down_under_repair),
                ('down_planned_maintenance', h.down_planned_maintenance), ('down_no_consumables',
                h.down_no_consumables), ('down_external', h.down_external), ('condition_unknown',
                h.condition_unknown), ('functional', h.functional), ('confirmed', h.confirmed)
        ) v(place, n)
        WHERE v.n <> 0
    )
    SELECT ats[t.n], t.unit_id, t.model_id, t.component_id, t.place, sum(t.k)::bigint
    FROM turns t WHERE t.place IS NOT NULL AND t.n <= cardinality(ats)
    GROUP BY t.n, t.unit_id, t.model_id, t.component_id, t.place HAVING sum(t.k) <> 0
    ORDER BY t.n, t.unit_id, t.model_id, t.component_id, t.place;
END $$;
