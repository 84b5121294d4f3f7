-- The state of one item at an instant, as it was known at another; as app.states_known, which reads all items whatever
-- it is asked for, because one plan serves both of its questions.
CREATE FUNCTION app.state_known(item uuid, as_of timestamptz, known_at timestamptz)
RETURNS TABLE (item_id uuid, starts_at timestamptz, stage text, stage_before_loss text, condition text,
               condition_reason text, confirmed_at timestamptz, confirmed_by uuid, title_id uuid,
               custody_organisation_id uuid, custody_site_id uuid, unit_id uuid, receipt_confirmed_at timestamptz,
               replaced_by_id uuid, warranty_starts_on date, warranty_ends_on date)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
    WITH walls AS (SELECT app.see() AS see, app.own_agencies() AS own),
    last AS (
        SELECT DISTINCT ON (e.item_id, coalesce(e.corrects, e.position))
            e.item_id, i.component_id, coalesce(e.corrects, e.position) AS place, e.kind, e.occurred_at, e.changes
        FROM walls, public.items i JOIN public.events e ON e.item_id = i.id
        WHERE i.id = item AND e.recorded_at <= known_at
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
REVOKE ALL ON FUNCTION app.state_known(uuid, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.state_known(uuid, timestamptz, timestamptz) TO bmp_app, bmp_worker;
