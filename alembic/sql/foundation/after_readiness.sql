-- Readiness counts all items and people of a unit, whoever paid (DOMAIN 5): the policies of components must not cut it.
-- So these functions read as their owner, and are bound to the caller in another way: to units in sight, to components
-- that the caller sees, and to the units with which those share maintainers.

-- Tables whose rows have revisions, as they were known at an instant; NULL is now. They run as whoever calls them.
CREATE FUNCTION app.arrangements_known(known timestamptz) RETURNS SETOF public.support_arrangements
LANGUAGE sql STABLE AS $$
    SELECT s.* FROM public.support_arrangements s WHERE known IS NULL
    UNION ALL
    SELECT (jsonb_populate_record(NULL::public.support_arrangements, f.state)).* FROM (
        SELECT app.merge(r.after ORDER BY r.id) AS state FROM public.revisions r
        WHERE known IS NOT NULL AND r.resource = 'support-arrangements' AND r.recorded_at <= known GROUP BY r.object_id
    ) f
$$;
CREATE FUNCTION app.postings_known(known timestamptz) RETURNS SETOF public.postings LANGUAGE sql STABLE AS $$
    SELECT (jsonb_populate_record(NULL::public.postings, f.state)).* FROM (
        SELECT app.merge(r.after ORDER BY r.id) AS state FROM public.revisions r
        WHERE r.resource = 'postings' AND r.recorded_at <= known GROUP BY r.object_id
    ) f
$$;
CREATE FUNCTION app.qualifications_known(known timestamptz) RETURNS SETOF public.qualifications LANGUAGE sql STABLE AS $$
    SELECT (jsonb_populate_record(NULL::public.qualifications, f.state)).* FROM (
        SELECT app.merge(r.after ORDER BY r.id) AS state FROM public.revisions r
        WHERE r.resource = 'qualifications' AND r.recorded_at <= known GROUP BY r.object_id
    ) f
$$;
CREATE FUNCTION app.trainees_known(known timestamptz) RETURNS SETOF public.trainees LANGUAGE sql STABLE AS $$
    SELECT (jsonb_populate_record(NULL::public.trainees, f.state)).* FROM (
        SELECT app.merge(r.after ORDER BY r.id) AS state FROM public.revisions r
        WHERE r.resource = 'trainees' AND r.recorded_at <= known GROUP BY r.object_id
    ) f
$$;
-- What models needed of people: the needs that were known then.
CREATE FUNCTION app.models_known(known timestamptz) RETURNS SETOF public.equipment_models LANGUAGE sql STABLE AS $$
    SELECT m.* FROM public.equipment_models m WHERE known IS NULL
    UNION ALL
    SELECT (jsonb_populate_record(m, coalesce(f.state, '{}'))).* FROM public.equipment_models m
    LEFT JOIN (
        SELECT r.object_id, app.merge(r.after ORDER BY r.id) AS state FROM public.revisions r
        WHERE known IS NOT NULL AND r.resource = 'equipment-models' AND r.recorded_at <= known GROUP BY r.object_id
    ) f ON f.object_id = m.id
    WHERE known IS NOT NULL
$$;

-- The units that a question is about, and those that have to be computed along, because maintainers of one support the
-- other. Without components: what is asked of the caller's agencies. With components: whoever has ever held items of
-- them, out of sight too where the caller sees the component itself.
CREATE FUNCTION app.readiness_units(agencies uuid[], components uuid[], day date, known timestamptz)
RETURNS TABLE (unit_id uuid, asked boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    sight uuid[] := app.agencies();
    seen uuid[] := app.see();
    within uuid[] := CASE WHEN agencies IS NULL THEN NULL ELSE app.below(agencies) END;
    wanted uuid[];
BEGIN
    IF components IS NULL THEN
        SELECT coalesce(array_agg(u.id), '{}') INTO wanted FROM unnest(sight) u(id)
        WHERE within IS NULL OR u.id = ANY (within);
    ELSE
        SELECT coalesce(array_agg(u.id), '{}') INTO wanted FROM public.agencies u
        WHERE u.is_unit AND (within IS NULL OR u.id = ANY (within)) AND EXISTS (
            SELECT 1 FROM public.holdings h WHERE h.unit_id = u.id AND h.component_id = ANY (components)
              AND (h.component_id = ANY (seen) OR h.unit_id = ANY (sight)));
    END IF;
    RETURN QUERY
    WITH RECURSIVE pairs AS MATERIALIZED (
        SELECT a.agency_id, a.supporting_unit_id FROM app.arrangements_known(known) a
        WHERE a.supporting_unit_id IS NOT NULL AND a.starts_on <= day AND (a.ends_on IS NULL OR a.ends_on > day)
    ),
    linked (id) AS (
        SELECT w.id FROM unnest(wanted) w(id)
        UNION
        SELECT CASE WHEN p.agency_id = l.id THEN p.supporting_unit_id ELSE p.agency_id END
        FROM linked l JOIN pairs p ON l.id IN (p.agency_id, p.supporting_unit_id)
    )
    SELECT l.id, l.id = ANY (wanted) FROM linked l;
END $$;

-- Items with a unit, at an instant of the world as it was known at another: spans where nothing was recorded since, and
-- the fold of the events (as in app.states_known) where something was. Runs as whoever calls it.
CREATE FUNCTION app.held_known(at timestamptz, known timestamptz)
RETURNS TABLE (unit_id uuid, model_id uuid, component_id uuid, custody_site_id uuid, stage text, condition text,
               condition_reason text, confirmed_at timestamptz)
LANGUAGE sql STABLE AS $$
    WITH late AS MATERIALIZED (
        SELECT DISTINCT e.item_id FROM public.events e WHERE e.recorded_at > known
    ),
    last AS (
        SELECT DISTINCT ON (e.item_id, coalesce(e.corrects, e.position))
            e.item_id, coalesce(e.corrects, e.position) AS place, e.kind, e.occurred_at, e.changes
        FROM late l JOIN public.events e ON e.item_id = l.item_id
        WHERE e.recorded_at <= known
        ORDER BY e.item_id, coalesce(e.corrects, e.position), e.position DESC
    ),
    folded AS (
        SELECT l.item_id, app.merge(l.changes ORDER BY l.occurred_at, l.place) AS s,
            max(l.occurred_at) FILTER (WHERE l.changes ? 'condition') AS condition_at
        FROM last l WHERE l.kind <> 'annul' AND l.occurred_at <= at GROUP BY l.item_id
    )
    SELECT s.unit_id, s.model_id, s.component_id, s.custody_site_id, s.stage, s.condition, s.condition_reason,
        s.confirmed_at
    FROM public.item_spans s
    WHERE s.starts_at <= at AND s.ends_at > at AND s.unit_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM late l WHERE l.item_id = s.item_id)
    UNION ALL
    SELECT (f.s ->> 'unit_id')::uuid, i.model_id, i.component_id, (f.s ->> 'custody_site_id')::uuid, f.s ->> 'stage',
        coalesce(f.s ->> 'condition', 'unknown'), coalesce(f.s ->> 'condition_reason', ''),
        CASE WHEN coalesce(f.s ->> 'condition', 'unknown') <> 'unknown' THEN f.condition_at END
    FROM folded f JOIN public.items i ON i.id = f.item_id
    WHERE f.s ->> 'unit_id' IS NOT NULL
$$;

-- What the units of a question hold now, in the order of `Tally` (domain/readiness.py). `since` is the first day (UTC)
-- on which a confirmation of condition counts as recent.
CREATE FUNCTION app.readiness_now(agencies uuid[], components uuid[], day date, since date)
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

-- The same at an instant of the recent past: what is held now, and back by what changed since. Whoever has a unit keeps
-- one, so an item that was held then and has changed has a later span with a unit.
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
-- Whether that is the short way: it looks at every change since, the long way at every item.
CREATE FUNCTION app.readiness_is_recent(at timestamptz, most integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*) <= most FROM (
        SELECT 1 FROM public.item_spans s WHERE s.starts_at > at AND s.unit_id IS NOT NULL LIMIT most + 1
    ) c
$$;

-- The same at any instant, counted by state: (unit, model, component, stage, condition, reason, confirmed lately, n).
CREATE FUNCTION app.readiness_then(
    agencies uuid[], components uuid[], day date, at timestamptz, known timestamptz, since date
) RETURNS TABLE (unit_id uuid, model_id uuid, component_id uuid, stage text, condition text, condition_reason text,
                 lately boolean, n bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    units uuid[] := (SELECT coalesce(array_agg(u.unit_id), '{}')
                     FROM app.readiness_units(agencies, components, day, known) u);
BEGIN
    IF known IS NULL THEN
        RETURN QUERY
        SELECT s.unit_id, s.model_id, s.component_id, s.stage, s.condition, s.condition_reason,
            coalesce((s.confirmed_at AT TIME ZONE 'UTC')::date >= since, false), count(*)
        FROM public.item_spans s
        WHERE s.unit_id = ANY (units) AND s.starts_at <= at AND s.ends_at > at GROUP BY 1, 2, 3, 4, 5, 6, 7;
    ELSE
        RETURN QUERY
        SELECT s.unit_id, s.model_id, s.component_id, s.stage, s.condition, s.condition_reason,
            coalesce((s.confirmed_at AT TIME ZONE 'UTC')::date >= since, false), count(*)
        FROM app.held_known(at, known) s WHERE s.unit_id = ANY (units) GROUP BY 1, 2, 3, 4, 5, 6, 7;
    END IF;
END $$;

-- What stands at a site, whatever unit has it on its books: all of it at a site of the caller's agencies, elsewhere
-- what the caller may see anyhow.
CREATE FUNCTION app.readiness_site(site uuid, at timestamptz, known timestamptz, since date)
RETURNS TABLE (site_id uuid, model_id uuid, component_id uuid, stage text, condition text, condition_reason text,
               lately boolean, n bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    sight uuid[] := app.agencies();
    seen uuid[] := app.see();
    whole boolean := EXISTS (SELECT 1 FROM public.sites t WHERE t.id = site AND t.agency_id = ANY (app.agencies()));
BEGIN
    IF at IS NULL AND known IS NULL THEN
        RETURN QUERY
        SELECT site, s.model_id, s.component_id, s.stage, s.condition, s.condition_reason,
            coalesce((s.confirmed_at AT TIME ZONE 'UTC')::date >= since, false), count(*)
        FROM public.items s
        WHERE s.custody_site_id = site AND s.unit_id IS NOT NULL
          AND (whole OR s.component_id = ANY (seen) OR s.unit_id = ANY (sight))
        GROUP BY 1, 2, 3, 4, 5, 6, 7;
    ELSIF known IS NULL THEN
        RETURN QUERY
        SELECT site, s.model_id, s.component_id, s.stage, s.condition, s.condition_reason,
            coalesce((s.confirmed_at AT TIME ZONE 'UTC')::date >= since, false), count(*)
        FROM public.item_spans s
        WHERE s.custody_site_id = site AND s.unit_id IS NOT NULL AND s.starts_at <= at AND s.ends_at > at
          AND (whole OR s.component_id = ANY (seen) OR s.unit_id = ANY (sight))
        GROUP BY 1, 2, 3, 4, 5, 6, 7;
    ELSE
        RETURN QUERY
        SELECT site, s.model_id, s.component_id, s.stage, s.condition, s.condition_reason,
            coalesce((s.confirmed_at AT TIME ZONE 'UTC')::date >= since, false), count(*)
        FROM app.held_known(at, known) s
        WHERE s.custody_site_id = site AND (whole OR s.component_id = ANY (seen) OR s.unit_id = ANY (sight))
        GROUP BY 1, 2, 3, 4, 5, 6, 7;
    END IF;
END $$;

-- Who stands where on a day, with what they are qualified for: ids of models and of types. Whoever is merged counts as
-- the survivor, with the qualifications of every pseudonym; two postings of one person come in a fixed order, the
-- survivor's own first. A revoked qualification held until the day of its revocation. `units` and `site` are checked by
-- the functions below; this one runs as whoever calls it.
CREATE FUNCTION app.people_of(units uuid[], site uuid, day date)
RETURNS TABLE (person_id uuid, unit_id uuid, operates uuid[], maintains uuid[]) LANGUAGE sql STABLE AS $$
    WITH posted AS MATERIALIZED (
        SELECT coalesce(t.merged_into_id, t.id) AS person, p.unit_id, t.merged_into_id IS NOT NULL AS merged
        FROM public.postings p JOIN public.trainees t ON t.id = p.trainee_id
        WHERE p.starts_on <= day AND (p.ends_on IS NULL OR p.ends_on > day)
          AND (p.unit_id = ANY (units) OR (units IS NULL AND p.site_id = site))
    ),
    pseudonyms AS (
        SELECT p.person, p.person AS id FROM posted p
        UNION
        SELECT p.person, t.id FROM posted p JOIN public.trainees t ON t.merged_into_id = p.person
    ),
    skills AS (
        SELECT s.person,
            array_agg(coalesce(q.model_id, q.type_id)) FILTER (WHERE q.kind = 'operator') AS operates,
            array_agg(coalesce(q.model_id, q.type_id)) FILTER (WHERE q.kind = 'maintainer') AS maintains
        FROM pseudonyms s JOIN public.qualifications q ON q.trainee_id = s.id
        WHERE q.starts_on <= day AND (q.ends_on IS NULL OR q.ends_on > day)
          AND (q.status = 'valid' OR (q.status = 'revoked' AND q.revoked_on > day))
        GROUP BY s.person
    )
    SELECT p.person, p.unit_id, s.operates, s.maintains FROM posted p JOIN skills s ON s.person = p.person
    ORDER BY p.person, p.merged, p.unit_id
$$;
-- The same as it was known.
CREATE FUNCTION app.people_known(units uuid[], site uuid, day date, known timestamptz)
RETURNS TABLE (person_id uuid, unit_id uuid, operates uuid[], maintains uuid[]) LANGUAGE sql STABLE AS $$
    WITH people AS MATERIALIZED (SELECT t.id, t.merged_into_id FROM app.trainees_known(known) t),
    posted AS MATERIALIZED (
        SELECT coalesce(t.merged_into_id, t.id) AS person, p.unit_id, t.merged_into_id IS NOT NULL AS merged
        FROM app.postings_known(known) p JOIN people t ON t.id = p.trainee_id
        WHERE p.starts_on <= day AND (p.ends_on IS NULL OR p.ends_on > day)
          AND (p.unit_id = ANY (units) OR (units IS NULL AND p.site_id = site))
    ),
    skills AS (
        SELECT coalesce(t.merged_into_id, t.id) AS person,
            array_agg(coalesce(q.model_id, q.type_id)) FILTER (WHERE q.kind = 'operator') AS operates,
            array_agg(coalesce(q.model_id, q.type_id)) FILTER (WHERE q.kind = 'maintainer') AS maintains
        FROM app.qualifications_known(known) q JOIN people t ON t.id = q.trainee_id
        WHERE q.starts_on <= day AND (q.ends_on IS NULL OR q.ends_on > day)
          AND (q.status = 'valid' OR (q.status = 'revoked' AND q.revoked_on > day))
        GROUP BY 1
    )
    SELECT p.person, p.unit_id, s.operates, s.maintains FROM posted p JOIN skills s ON s.person = p.person
    ORDER BY p.person, p.merged, p.unit_id
$$;
CREATE FUNCTION app.readiness_people(agencies uuid[], components uuid[], day date, known timestamptz)
RETURNS TABLE (person_id uuid, unit_id uuid, operates uuid[], maintains uuid[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    units uuid[] := (SELECT coalesce(array_agg(u.unit_id), '{}')
                     FROM app.readiness_units(agencies, components, day, known) u);
BEGIN
    IF known IS NULL THEN
        RETURN QUERY SELECT * FROM app.people_of(units, NULL, day);
    ELSE
        RETURN QUERY SELECT * FROM app.people_known(units, NULL, day, known);
    END IF;
END $$;
-- Those who are posted to a site, for whoever sees its agency; the site stands in the place of the unit.
CREATE FUNCTION app.readiness_site_people(site uuid, day date, known timestamptz)
RETURNS TABLE (person_id uuid, unit_id uuid, operates uuid[], maintains uuid[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.sites t WHERE t.id = site AND t.agency_id = ANY (app.agencies())) THEN
        RETURN;
    ELSIF known IS NULL THEN
        RETURN QUERY SELECT p.person_id, site, p.operates, p.maintains FROM app.people_of(NULL, site, day) p;
    ELSE
        RETURN QUERY SELECT p.person_id, site, p.operates, p.maintains FROM app.people_known(NULL, site, day, known) p;
    END IF;
END $$;

-- Who else maintains on the day, for the units of a question: (unit, model or all, supporting unit or a contract).
CREATE FUNCTION app.readiness_supports(agencies uuid[], components uuid[], day date, known timestamptz)
RETURNS TABLE (unit_id uuid, model_id uuid, supporting_unit_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.agency_id, a.model_id, a.supporting_unit_id FROM app.arrangements_known(known) a
    WHERE a.starts_on <= day AND (a.ends_on IS NULL OR a.ends_on > day)
      AND a.agency_id IN (SELECT u.unit_id FROM app.readiness_units(agencies, components, day, known) u)
    ORDER BY a.id;
END $$;
-- Contracts of the unit to which a site belongs: they hold wherever its equipment stands.
CREATE FUNCTION app.readiness_site_contracts(site uuid, day date, known timestamptz)
RETURNS TABLE (unit_id uuid, model_id uuid, supporting_unit_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT site, a.model_id, NULL::uuid
    FROM public.sites t JOIN app.arrangements_known(known) a ON a.agency_id = t.agency_id
    WHERE t.id = site AND t.agency_id = ANY (app.agencies()) AND a.supporting_unit_id IS NULL
      AND a.starts_on <= day AND (a.ends_on IS NULL OR a.ends_on > day)
    ORDER BY a.id
$$;
