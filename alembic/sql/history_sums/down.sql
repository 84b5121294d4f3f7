DROP TRIGGER late_insert ON item_spans;
DROP TRIGGER late_delete ON item_spans;
DROP TRIGGER late_update ON item_spans;
DROP TRIGGER late_end ON item_spans;
DROP FUNCTION app.note_late_span();
DROP FUNCTION app.note_late_end();
DROP FUNCTION app.history_astray();
DROP FUNCTION app.keep_history(integer, integer, integer);
DROP FUNCTION app.add_to_history(timestamptz, integer, integer);
DROP FUNCTION app.history_instants();
DROP FUNCTION app.readiness_at(uuid[], uuid[], date, timestamptz, date, integer);
DROP FUNCTION app.held_at(uuid[], timestamptz, date, integer);
DROP FUNCTION app.spans_between(uuid[], timestamptz, timestamptz, date, integer);
-- As the foundation had them.
CREATE OR REPLACE FUNCTION app.readiness_now(agencies uuid[], components uuid[], day date, since date)
RETURNS TABLE (unit_id uuid, model_id uuid, component_id uuid, not_in_service integer, withdrawn integer,
               down_failure integer, down_awaiting_parts integer, down_under_repair integer,
               down_planned_maintenance integer, down_no_consumables integer, down_external integer,
               condition_unknown integer, functional integer, confirmed integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    units uuid[] := (SELECT coalesce(array_agg(u.unit_id), '{}')
                     FROM app.readiness_units(agencies, components, day, NULL) u);
    -- Single days up to here, whole months from here on: confirmations of days to come do not exist.
    months date := CASE WHEN since = date_trunc('month', since) THEN since
                        ELSE date_trunc('month', since) + interval '1 month' END;
BEGIN
    RETURN QUERY
    SELECT h.unit_id, h.model_id, h.component_id, h.not_in_service, h.withdrawn, h.down_failure, h.down_awaiting_parts,
        h.down_under_repair, h.down_planned_maintenance, h.down_no_consumables, h.down_external, h.condition_unknown,
        h.functional, coalesce(c.n, 0)::integer
    FROM public.holdings h
    LEFT JOIN (
        SELECT f.unit_id, f.model_id, f.component_id, sum(f.n) AS n FROM (
            SELECT d.unit_id, d.model_id, d.component_id, d.n FROM public.confirmations d
            WHERE d.unit_id = ANY (units) AND NOT d.whole_month AND d.confirmed_on >= since AND d.confirmed_on < months
            UNION ALL
            SELECT m.unit_id, m.model_id, m.component_id, m.n FROM public.confirmations m
            WHERE m.unit_id = ANY (units) AND m.whole_month AND m.confirmed_on >= months
        ) f GROUP BY 1, 2, 3
    ) c ON c.unit_id = h.unit_id AND c.model_id = h.model_id AND c.component_id = h.component_id
    WHERE h.unit_id = ANY (units) AND h.n > h.elsewhere;
END $$;
DROP FUNCTION app.held_now(uuid[], date);
CREATE FUNCTION app.readiness_recent(agencies uuid[], components uuid[], day date, at timestamptz, since date)
RETURNS TABLE (unit_id uuid, model_id uuid, component_id uuid, not_in_service integer, withdrawn integer,
               down_failure integer, down_awaiting_parts integer, down_under_repair integer,
               down_planned_maintenance integer, down_no_consumables integer, down_external integer,
               condition_unknown integer, functional integer, confirmed integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    units uuid[] := (SELECT coalesce(array_agg(u.unit_id), '{}')
                     FROM app.readiness_units(agencies, components, day, NULL) u);
BEGIN
    RETURN QUERY
    WITH changed AS MATERIALIZED (
        SELECT DISTINCT s.item_id FROM public.item_spans s WHERE s.starts_at > at AND s.unit_id IS NOT NULL
    ),
    moved AS (
        SELECT s.unit_id, s.model_id, s.component_id, app.place_of(s.stage, s.condition, s.condition_reason) AS place,
            coalesce((s.confirmed_at AT TIME ZONE 'UTC')::date >= since, false) AS lately,
            CASE WHEN s.starts_at > at THEN -1 ELSE 1 END AS k
        FROM changed c JOIN public.item_spans s ON s.item_id = c.item_id
        WHERE s.unit_id = ANY (units) AND (s.ends_at = 'infinity' OR (s.starts_at <= at AND s.ends_at > at))
    ),
    both_ways AS (
        SELECT * FROM app.readiness_now(agencies, components, day, since)
        UNION ALL
        SELECT m.unit_id, m.model_id, m.component_id,
            coalesce(sum(m.k) FILTER (WHERE m.place = 'not_in_service'), 0),
            coalesce(sum(m.k) FILTER (WHERE m.place = 'withdrawn'), 0),
            coalesce(sum(m.k) FILTER (WHERE m.place = 'down_failure'), 0),
            coalesce(sum(m.k) FILTER (WHERE m.place = 'down_awaiting_parts'), 0),
            coalesce(sum(m.k) FILTER (WHERE m.place = 'down_under_repair'), 0),
            coalesce(sum(m.k) FILTER (WHERE m.place = 'down_planned_maintenance'), 0),
            coalesce(sum(m.k) FILTER (WHERE m.place = 'down_no_consumables'), 0),
            coalesce(sum(m.k) FILTER (WHERE m.place = 'down_external'), 0),
            coalesce(sum(m.k) FILTER (WHERE m.place = 'condition_unknown'), 0),
            coalesce(sum(m.k) FILTER (WHERE m.place = 'functional'), 0),
            coalesce(sum(m.k) FILTER (WHERE m.place = 'functional' AND m.lately), 0)
        FROM moved m GROUP BY 1, 2, 3
    )
    SELECT b.unit_id, b.model_id, b.component_id,
        sum(b.not_in_service)::integer,
        sum(b.withdrawn)::integer,
        sum(b.down_failure)::integer,
        sum(b.down_awaiting_parts)::integer,
        sum(b.down_under_repair)::integer,
        sum(b.down_planned_maintenance)::integer,
        sum(b.down_no_consumables)::integer,
        sum(b.down_external)::integer,
        sum(b.condition_unknown)::integer,
        sum(b.functional)::integer,
        sum(b.confirmed)::integer
    FROM both_ways b GROUP BY 1, 2, 3
    HAVING sum(b.not_in_service + b.withdrawn + b.down_failure + b.down_awaiting_parts + b.down_under_repair
        + b.down_planned_maintenance + b.down_no_consumables + b.down_external + b.condition_unknown + b.functional) > 0;
END $$;
CREATE FUNCTION app.readiness_is_recent(at timestamptz, most integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) <= most FROM (
        SELECT 1 FROM public.item_spans s WHERE s.starts_at > at AND s.unit_id IS NOT NULL LIMIT most + 1
    ) c
$$;
GRANT EXECUTE ON FUNCTION
    app.readiness_recent(uuid[], uuid[], date, timestamptz, date), app.readiness_is_recent(timestamptz, integer)
TO bmp_app, bmp_worker;
