-- What units held at an instant (ADR 30): from the nearest instant whose sums are known (`history_sums`, or now), and
-- on or back by the spans that began and ended between the two. What is recorded late, about a time for which there may
-- be sums, adds rows to `history_late` in the same transaction; those count for every sum.

-- Late is more than two days after the fact. Sums are made of instants three days old, so a writer has a day to commit.
-- Each statement reads the conditions of triggers anew, so they are short, and of an update only those of the columns
-- that it sets are read: a span that merely ends, as each does when the next begins, pays for one.
CREATE FUNCTION app.note_late_span() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.unit_id IS NOT NULL THEN
        INSERT INTO public.history_late (unit_id, model_id, component_id, place, confirmed_on, starts_at, ends_at, k)
        VALUES (OLD.unit_id, OLD.model_id, OLD.component_id,
            app.place_of(OLD.stage, OLD.condition, OLD.condition_reason), (OLD.confirmed_at AT TIME ZONE 'UTC')::date,
            OLD.starts_at, CASE TG_OP WHEN 'UPDATE' THEN NEW.ends_at ELSE OLD.ends_at END, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.unit_id IS NOT NULL THEN
        INSERT INTO public.history_late (unit_id, model_id, component_id, place, confirmed_on, starts_at, ends_at, k)
        VALUES (NEW.unit_id, NEW.model_id, NEW.component_id,
            app.place_of(NEW.stage, NEW.condition, NEW.condition_reason), (NEW.confirmed_at AT TIME ZONE 'UTC')::date,
            NEW.starts_at, NEW.ends_at, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER late_insert AFTER INSERT ON item_spans FOR EACH ROW
    WHEN (NEW.unit_id IS NOT NULL AND NEW.starts_at < clock_timestamp() - interval '2 days')
    EXECUTE FUNCTION app.note_late_span();
CREATE TRIGGER late_delete AFTER DELETE ON item_spans FOR EACH ROW
    WHEN (OLD.starts_at < clock_timestamp() - interval '2 days') EXECUTE FUNCTION app.note_late_span();
-- What a span says, or since when; its end is the other trigger's, and is the new one here.
CREATE TRIGGER late_update
    AFTER UPDATE OF starts_at, unit_id, model_id, component_id, stage, condition, condition_reason, confirmed_at
    ON item_spans FOR EACH ROW
    WHEN (least(OLD.starts_at, NEW.starts_at) < clock_timestamp() - interval '2 days')
    EXECUTE FUNCTION app.note_late_span();
CREATE FUNCTION app.note_late_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.history_late (unit_id, model_id, component_id, place, confirmed_on, starts_at, ends_at, k)
    SELECT OLD.unit_id, OLD.model_id, OLD.component_id, app.place_of(OLD.stage, OLD.condition, OLD.condition_reason),
        (OLD.confirmed_at AT TIME ZONE 'UTC')::date, least(OLD.ends_at, NEW.ends_at),
        greatest(OLD.ends_at, NEW.ends_at), CASE WHEN NEW.ends_at > OLD.ends_at THEN 1 ELSE -1 END
    WHERE OLD.unit_id IS NOT NULL AND OLD.ends_at <> NEW.ends_at;
    RETURN NULL;
END $$;
CREATE TRIGGER late_end AFTER UPDATE OF ends_at ON item_spans FOR EACH ROW
    WHEN (least(OLD.ends_at, NEW.ends_at) < clock_timestamp() - interval '2 days')
    EXECUTE FUNCTION app.note_late_end();

-- What units hold now, in the order of `Tally` (domain/readiness.py). `since` is the first day (UTC) on which a
-- confirmation of condition counts as recent: single days up to the next month, whole months from there on, because
-- confirmations of days to come do not exist. Whoever calls it has checked the units.
CREATE FUNCTION app.held_now(units uuid[], since date)
RETURNS TABLE (unit_id uuid, model_id uuid, component_id uuid, not_in_service integer, withdrawn integer,
               down_failure integer, down_awaiting_parts integer, down_under_repair integer,
               down_planned_maintenance integer, down_no_consumables integer, down_external integer,
               condition_unknown integer, functional integer, confirmed integer)
LANGUAGE sql STABLE AS $$
    SELECT h.unit_id, h.model_id, h.component_id, h.not_in_service, h.withdrawn, h.down_failure, h.down_awaiting_parts,
        h.down_under_repair, h.down_planned_maintenance, h.down_no_consumables, h.down_external, h.condition_unknown,
        h.functional, coalesce(c.n, 0)::integer
    FROM public.holdings h
    LEFT JOIN (
        SELECT f.unit_id, f.model_id, f.component_id, sum(f.n) AS n FROM (
            SELECT d.unit_id, d.model_id, d.component_id, d.n FROM public.confirmations d
            WHERE d.unit_id = ANY (units) AND NOT d.whole_month AND d.confirmed_on >= since
              AND d.confirmed_on < date_trunc('month', since + interval '1 month' - interval '1 day')::date
            UNION ALL
            SELECT m.unit_id, m.model_id, m.component_id, m.n FROM public.confirmations m
            WHERE m.unit_id = ANY (units) AND m.whole_month
              AND m.confirmed_on >= date_trunc('month', since + interval '1 month' - interval '1 day')::date
        ) f GROUP BY 1, 2, 3
    ) c ON c.unit_id = h.unit_id AND c.model_id = h.model_id AND c.component_id = h.component_id
    WHERE h.unit_id = ANY (units) AND h.n > h.elsewhere
$$;
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
BEGIN
    RETURN QUERY SELECT * FROM app.held_now(units, since);
END $$;

-- What came (`sign`) to units and went (-`sign`) after one instant and until another: place in `Tally`, and as much
-- (`c`) where it counts among the confirmed. Runs as whoever calls it.
CREATE FUNCTION app.spans_between(units uuid[], lo timestamptz, hi timestamptz, since date, sign integer)
RETURNS TABLE (unit_id uuid, model_id uuid, component_id uuid, place text, k integer, c integer)
LANGUAGE sql STABLE AS $$
    SELECT s.unit_id, s.model_id, s.component_id, app.place_of(s.stage, s.condition, s.condition_reason), sign,
        CASE WHEN s.stage = 'in_service' AND s.condition IN ('up', 'degraded')
                  AND s.confirmed_at >= since::timestamp AT TIME ZONE 'UTC' THEN sign ELSE 0 END
    FROM public.item_spans s
    WHERE s.unit_id IS NOT NULL AND s.starts_at > lo AND s.starts_at <= hi AND s.unit_id = ANY (units)
    UNION ALL
    SELECT s.unit_id, s.model_id, s.component_id, app.place_of(s.stage, s.condition, s.condition_reason), -sign,
        CASE WHEN s.stage = 'in_service' AND s.condition IN ('up', 'degraded')
                  AND s.confirmed_at >= since::timestamp AT TIME ZONE 'UTC' THEN -sign ELSE 0 END
    FROM public.item_spans s
    WHERE s.unit_id IS NOT NULL AND s.ends_at > lo AND s.ends_at <= hi AND s.ends_at < 'infinity'
      AND s.unit_id = ANY (units)
$$;

-- What units held at an instant. Where more than `most` spans began since the nearest sums (and far more than there are
-- counts in them), they are counted anew; 0: always. One query reads sums, late rows and spans, so they are of one
-- moment. Whoever calls it has checked the units.
CREATE FUNCTION app.held_at(units uuid[], at timestamptz, since date, most integer)
RETURNS TABLE (unit_id uuid, model_id uuid, component_id uuid, not_in_service integer, withdrawn integer,
               down_failure integer, down_awaiting_parts integer, down_under_repair integer,
               down_planned_maintenance integer, down_no_consumables integer, down_external integer,
               condition_unknown integer, functional integer, confirmed integer)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    before timestamptz := (SELECT max(h.summed_at) FROM public.history_sums h WHERE h.summed_at <= at);
    after timestamptz := (SELECT min(h.summed_at) FROM public.history_sums h WHERE h.summed_at > at);
    begun timestamptz := coalesce(before, (SELECT min(s.starts_at) FROM public.item_spans s
                                           WHERE s.unit_id IS NOT NULL));
    base timestamptz := CASE WHEN at - begun <= coalesce(after, now()) - at THEN coalesce(before, '-infinity')
                             ELSE coalesce(after, 'infinity') END;
    lo timestamptz := least(base, at);
    hi timestamptz := greatest(base, at);
    sign integer := CASE WHEN base <= at THEN 1 ELSE -1 END;
    -- The first day that counted as recent in the sums: confirmations between it and `since` are looked up.
    summed_since date := coalesce((base AT TIME ZONE 'UTC')::date
        - (SELECT h.days FROM public.history_sums h WHERE h.summed_at = base LIMIT 1), since);
    -- Large registers have sums further apart (app.keep_history).
    bound bigint := CASE WHEN most > 0 THEN greatest(most, 3 * (SELECT count(*) FROM public.holdings)) ELSE 0 END;
    anew boolean := false;
BEGIN
    IF (SELECT count(*) FROM (SELECT 1 FROM public.item_spans s WHERE s.unit_id IS NOT NULL AND s.starts_at > lo
                              AND s.starts_at <= hi LIMIT bound + 1) c) > bound THEN
        anew := true;
        base := NULL;
        lo := at;
        hi := at;
    END IF;
    RETURN QUERY
    WITH moved AS (
        SELECT * FROM app.spans_between(units, lo, hi, since, sign)
        UNION ALL
        SELECT s.unit_id, s.model_id, s.component_id, app.place_of(s.stage, s.condition, s.condition_reason), 1,
            CASE WHEN s.stage = 'in_service' AND s.condition IN ('up', 'degraded')
                      AND s.confirmed_at >= since::timestamp AT TIME ZONE 'UTC' THEN 1 ELSE 0 END
        FROM public.item_spans s
        WHERE anew AND s.unit_id = ANY (units) AND s.starts_at <= at AND s.ends_at > at
        UNION ALL
        SELECT l.unit_id, l.model_id, l.component_id, l.place, l.k,
            CASE WHEN l.place = 'functional' AND l.confirmed_on >= summed_since THEN l.k ELSE 0 END
        FROM public.history_late l WHERE l.starts_at <= base AND l.ends_at > base AND l.unit_id = ANY (units)
        UNION ALL
        SELECT s.unit_id, s.model_id, s.component_id, NULL, 0, CASE WHEN since > summed_since THEN -1 ELSE 1 END
        FROM public.item_spans s
        WHERE s.unit_id IS NOT NULL AND s.stage = 'in_service' AND s.confirmed_at IS NOT NULL
          AND s.confirmed_at >= least(since, summed_since)::timestamp AT TIME ZONE 'UTC'
          AND s.confirmed_at < greatest(since, summed_since)::timestamp AT TIME ZONE 'UTC'
          AND s.condition IN ('up', 'degraded') AND s.starts_at <= base AND s.ends_at > base AND s.unit_id = ANY (units)
    ),
    parts AS (
        SELECT h.unit_id, h.model_id, h.component_id, h.not_in_service, h.withdrawn, h.down_failure,
            h.down_awaiting_parts, h.down_under_repair, h.down_planned_maintenance, h.down_no_consumables,
            h.down_external, h.condition_unknown, h.functional, h.confirmed
        FROM public.history_sums h WHERE h.summed_at = base AND h.unit_id = ANY (units)
        UNION ALL
        SELECT * FROM app.held_now(CASE WHEN base = 'infinity' THEN units END, since)
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
            coalesce(sum(m.c), 0)
        FROM moved m GROUP BY 1, 2, 3
    )
    SELECT p.unit_id, p.model_id, p.component_id,
        sum(p.not_in_service)::integer, sum(p.withdrawn)::integer, sum(p.down_failure)::integer,
        sum(p.down_awaiting_parts)::integer, sum(p.down_under_repair)::integer,
        sum(p.down_planned_maintenance)::integer, sum(p.down_no_consumables)::integer, sum(p.down_external)::integer,
        sum(p.condition_unknown)::integer, sum(p.functional)::integer, sum(p.confirmed)::integer
    FROM parts p GROUP BY 1, 2, 3
    HAVING sum(p.not_in_service + p.withdrawn + p.down_failure + p.down_awaiting_parts + p.down_under_repair +
        p.down_planned_maintenance + p.down_no_consumables + p.down_external + p.condition_unknown + p.functional) > 0;
END $$;

-- The same for the units of a question.
CREATE FUNCTION app.readiness_at(
    agencies uuid[], components uuid[], day date, at timestamptz, since date, most integer
)
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
    RETURN QUERY SELECT * FROM app.held_at(units, at, since, most);
END $$;
DROP FUNCTION app.readiness_recent(uuid[], uuid[], date, timestamptz, date);
DROP FUNCTION app.readiness_is_recent(timestamptz, integer);
