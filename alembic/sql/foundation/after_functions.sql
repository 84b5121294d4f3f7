-- Functions and triggers that need the tables.

-- The closure of the agency tree follows every change of a parent; a cycle is refused.
CREATE FUNCTION app.grow_closure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.parent_id IS NOT DISTINCT FROM OLD.parent_id THEN RETURN NULL; END IF;
        IF EXISTS (SELECT 1 FROM public.agency_closure c WHERE c.ancestor_id = NEW.id AND c.descendant_id = NEW.parent_id)
        THEN
            RAISE EXCEPTION 'an agency cannot stand below itself'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_agencies_no_cycle';
        END IF;
        DELETE FROM public.agency_closure c
        USING public.agency_closure below, public.agency_closure above
        WHERE below.ancestor_id = NEW.id AND above.descendant_id = NEW.id AND above.ancestor_id <> NEW.id
          AND c.descendant_id = below.descendant_id AND c.ancestor_id = above.ancestor_id;
    ELSE
        INSERT INTO public.agency_closure (ancestor_id, descendant_id, depth) VALUES (NEW.id, NEW.id, 0);
    END IF;
    INSERT INTO public.agency_closure (ancestor_id, descendant_id, depth)
    SELECT above.ancestor_id, below.descendant_id, above.depth + below.depth + 1
    FROM public.agency_closure above, public.agency_closure below
    WHERE above.descendant_id = NEW.parent_id AND below.ancestor_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER closure AFTER INSERT OR UPDATE OF parent_id ON agencies
    FOR EACH ROW EXECUTE FUNCTION app.grow_closure();

-- Items are handed over to leaves only, so an agency with children is no unit.
CREATE FUNCTION app.keep_units_leaves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.is_unit AND EXISTS (SELECT 1 FROM public.agencies a WHERE a.parent_id = NEW.id)
       OR EXISTS (SELECT 1 FROM public.agencies a WHERE a.id = NEW.parent_id AND a.is_unit) THEN
        RAISE EXCEPTION 'a unit is a leaf' USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_agencies_unit_is_leaf';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER unit_is_leaf BEFORE INSERT OR UPDATE OF parent_id, is_unit ON agencies
    FOR EACH ROW EXECUTE FUNCTION app.keep_units_leaves();

-- Where an item counts that has a unit on its books; the twin of `_place` in domain/readiness.py.
CREATE FUNCTION app.place_of(stage text, condition text, reason text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE stage WHEN 'handed_over' THEN 'not_in_service' WHEN 'withdrawn' THEN 'withdrawn'
    WHEN 'in_service' THEN CASE condition WHEN 'up' THEN 'functional' WHEN 'degraded' THEN 'functional'
                                          WHEN 'unknown' THEN 'condition_unknown' ELSE 'down_' || reason END
    ELSE 'elsewhere' END;

-- Counts of what units hold, kept by statement and touched in key order so that two writers never deadlock on them.
-- What does not change a count touches no row.
CREATE FUNCTION app.count_holdings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT 1 FROM new_rows WHERE unit_id IS NOT NULL) THEN RETURN NULL; END IF;
        INSERT INTO public.holdings AS h (unit_id, model_id, component_id, n,
            elsewhere, not_in_service, withdrawn, down_failure, down_awaiting_parts, down_under_repair,
            down_planned_maintenance, down_no_consumables, down_external, condition_unknown, functional)
        SELECT unit_id, model_id, component_id, sum(k),
            coalesce(sum(k) FILTER (WHERE place = 'elsewhere'), 0),
            coalesce(sum(k) FILTER (WHERE place = 'not_in_service'), 0),
            coalesce(sum(k) FILTER (WHERE place = 'withdrawn'), 0),
            coalesce(sum(k) FILTER (WHERE place = 'down_failure'), 0),
            coalesce(sum(k) FILTER (WHERE place = 'down_awaiting_parts'), 0),
            coalesce(sum(k) FILTER (WHERE place = 'down_under_repair'), 0),
            coalesce(sum(k) FILTER (WHERE place = 'down_planned_maintenance'), 0),
            coalesce(sum(k) FILTER (WHERE place = 'down_no_consumables'), 0),
            coalesce(sum(k) FILTER (WHERE place = 'down_external'), 0),
            coalesce(sum(k) FILTER (WHERE place = 'condition_unknown'), 0),
            coalesce(sum(k) FILTER (WHERE place = 'functional'), 0)
        FROM (
            SELECT unit_id, model_id, component_id, app.place_of(stage, condition, condition_reason) AS place,
                count(*) AS k
            FROM new_rows WHERE unit_id IS NOT NULL GROUP BY 1, 2, 3, 4
        ) moved GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (unit_id, model_id, component_id) DO UPDATE SET n = h.n + excluded.n,
            elsewhere = h.elsewhere + excluded.elsewhere, not_in_service = h.not_in_service + excluded.not_in_service,
            withdrawn = h.withdrawn + excluded.withdrawn, down_failure = h.down_failure + excluded.down_failure,
            down_awaiting_parts = h.down_awaiting_parts + excluded.down_awaiting_parts,
            down_under_repair = h.down_under_repair + excluded.down_under_repair,
            down_planned_maintenance = h.down_planned_maintenance + excluded.down_planned_maintenance,
            down_no_consumables = h.down_no_consumables + excluded.down_no_consumables,
            down_external = h.down_external + excluded.down_external,
            condition_unknown = h.condition_unknown + excluded.condition_unknown,
            functional = h.functional + excluded.functional;
        INSERT INTO public.confirmations AS c (unit_id, whole_month, confirmed_on, model_id, component_id, n)
        SELECT unit_id, whole_month, CASE WHEN whole_month THEN date_trunc('month', confirmed_on)::date ELSE confirmed_on END,
            model_id, component_id, sum(k)
        FROM (
            SELECT unit_id, (confirmed_at AT TIME ZONE 'UTC')::date AS confirmed_on, model_id, component_id, 1 AS k
            FROM new_rows WHERE unit_id IS NOT NULL AND confirmed_at IS NOT NULL
                AND app.place_of(stage, condition, condition_reason) = 'functional'
        ) moved CROSS JOIN (VALUES (false), (true)) level (whole_month)
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(k) <> 0 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (unit_id, whole_month, confirmed_on, model_id, component_id) DO UPDATE SET n = c.n + excluded.n;
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM new_rows WHERE unit_id IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM old_rows WHERE unit_id IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.holdings AS h (unit_id, model_id, component_id, n,
        elsewhere, not_in_service, withdrawn, down_failure, down_awaiting_parts, down_under_repair,
        down_planned_maintenance, down_no_consumables, down_external, condition_unknown, functional)
    SELECT unit_id, model_id, component_id, sum(k),
        coalesce(sum(k) FILTER (WHERE place = 'elsewhere'), 0),
        coalesce(sum(k) FILTER (WHERE place = 'not_in_service'), 0),
        coalesce(sum(k) FILTER (WHERE place = 'withdrawn'), 0),
        coalesce(sum(k) FILTER (WHERE place = 'down_failure'), 0),
        coalesce(sum(k) FILTER (WHERE place = 'down_awaiting_parts'), 0),
        coalesce(sum(k) FILTER (WHERE place = 'down_under_repair'), 0),
        coalesce(sum(k) FILTER (WHERE place = 'down_planned_maintenance'), 0),
        coalesce(sum(k) FILTER (WHERE place = 'down_no_consumables'), 0),
        coalesce(sum(k) FILTER (WHERE place = 'down_external'), 0),
        coalesce(sum(k) FILTER (WHERE place = 'condition_unknown'), 0),
        coalesce(sum(k) FILTER (WHERE place = 'functional'), 0)
    FROM (
        SELECT unit_id, model_id, component_id, place, sum(k) AS k FROM (
            SELECT unit_id, model_id, component_id, app.place_of(stage, condition, condition_reason) AS place, 1 AS k
            FROM new_rows WHERE unit_id IS NOT NULL
            UNION ALL
            SELECT unit_id, model_id, component_id, app.place_of(stage, condition, condition_reason), -1
            FROM old_rows WHERE unit_id IS NOT NULL
        ) each GROUP BY 1, 2, 3, 4 HAVING sum(k) <> 0
    ) moved GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (unit_id, model_id, component_id) DO UPDATE SET n = h.n + excluded.n,
        elsewhere = h.elsewhere + excluded.elsewhere, not_in_service = h.not_in_service + excluded.not_in_service,
        withdrawn = h.withdrawn + excluded.withdrawn, down_failure = h.down_failure + excluded.down_failure,
        down_awaiting_parts = h.down_awaiting_parts + excluded.down_awaiting_parts,
        down_under_repair = h.down_under_repair + excluded.down_under_repair,
        down_planned_maintenance = h.down_planned_maintenance + excluded.down_planned_maintenance,
        down_no_consumables = h.down_no_consumables + excluded.down_no_consumables,
        down_external = h.down_external + excluded.down_external,
        condition_unknown = h.condition_unknown + excluded.condition_unknown,
        functional = h.functional + excluded.functional;
    INSERT INTO public.confirmations AS c (unit_id, whole_month, confirmed_on, model_id, component_id, n)
    SELECT unit_id, whole_month, CASE WHEN whole_month THEN date_trunc('month', confirmed_on)::date ELSE confirmed_on END,
        model_id, component_id, sum(k)
    FROM (
        SELECT unit_id, (confirmed_at AT TIME ZONE 'UTC')::date AS confirmed_on, model_id, component_id, 1 AS k
        FROM new_rows WHERE unit_id IS NOT NULL AND confirmed_at IS NOT NULL
            AND app.place_of(stage, condition, condition_reason) = 'functional'
        UNION ALL
        SELECT unit_id, (confirmed_at AT TIME ZONE 'UTC')::date AS confirmed_on, model_id, component_id, -1 AS k
        FROM old_rows WHERE unit_id IS NOT NULL AND confirmed_at IS NOT NULL
            AND app.place_of(stage, condition, condition_reason) = 'functional'
    ) moved CROSS JOIN (VALUES (false), (true)) level (whole_month)
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(k) <> 0 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (unit_id, whole_month, confirmed_on, model_id, component_id) DO UPDATE SET n = c.n + excluded.n;
    RETURN NULL;
END $$;
CREATE TRIGGER zz_count_insert AFTER INSERT ON items REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION app.count_holdings();
CREATE TRIGGER zz_count_update AFTER UPDATE ON items REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION app.count_holdings();

-- Events and texts are never changed, not even by mistake; erasure of a text goes through one function.
CREATE FUNCTION app.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON security_log
    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

-- The one door: `stage` changes only in a statement that also moves the head of the chain.
CREATE FUNCTION app.guard_stage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.head = OLD.head OR NEW.event_count <= OLD.event_count THEN
        RAISE EXCEPTION 'the stage moves through events only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER one_door BEFORE UPDATE OF stage ON items FOR EACH ROW
    WHEN (NEW.stage IS DISTINCT FROM OLD.stage) EXECUTE FUNCTION app.guard_stage();

-- Human references: a real sequence per kind, country and year, so that creating never waits for another's commit.
-- Gaps are possible and mean nothing.
CREATE FUNCTION app.next_references(kind text, country text, year integer, n integer) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := 'ref_' || lower(kind) || '_' || lower(country) || '_' || year;
    prefix text := kind || '-' || country || '-' || year || '-';
BEGIN
    IF kind !~ '^[A-Z]{2,4}$' OR country !~ '^[A-Z]{2}$' OR year NOT BETWEEN 1900 AND 2100 OR n NOT BETWEEN 1 AND 100000
    THEN
        RAISE EXCEPTION 'not a reference' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF to_regclass('app.' || name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(name, 7));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS app.%I', name);
    END IF;
    RETURN (SELECT array_agg(prefix || CASE WHEN v < 1000000 THEN lpad(v::text, 6, '0') ELSE v::text END ORDER BY v)
            FROM (SELECT nextval(('app.' || name)::regclass) AS v FROM generate_series(1, n)) s);
END $$;

-- A file is in sight of whoever sees something that it is attached to (attachments obey their own policies).
CREATE FUNCTION app.file_in_sight(file uuid) RETURNS boolean LANGUAGE sql STABLE
AS $$ SELECT EXISTS (SELECT 1 FROM public.attachments a WHERE a.file_id = file)
          OR EXISTS (SELECT 1 FROM public.documents d WHERE d.signed_file_id = file)
          OR EXISTS (SELECT 1 FROM public.requirements r WHERE r.file_id = file) $$;

-- Everything that decides what an account or client may do, before there is an identity (services/rights.py).
CREATE FUNCTION app.rights_of(principal uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH who AS (
        SELECT 'account' AS kind, a.id, a.id AS account_id, a.organisation_id, a.active, a.agency_id, a.display_name,
               a.language, NULL::text[] AS scopes, NULL::uuid[] AS component_ids, NULL::text AS client_id
        FROM public.accounts a WHERE a.id = principal
        UNION ALL
        SELECT 'client', c.id, a.id, c.organisation_id, c.active AND a.active AND a.organisation_id = c.organisation_id,
               a.agency_id, c.name, a.language, c.scopes, c.component_ids, c.client_id
        FROM public.clients c JOIN public.accounts a ON a.id = c.owner_id WHERE c.id = principal
    )
    SELECT jsonb_build_object(
        'kind', w.kind, 'id', w.id, 'account_id', w.account_id, 'organisation_id', w.organisation_id,
        'active', w.active, 'display_name', w.display_name, 'language', w.language, 'client_id', w.client_id,
        'scopes', to_jsonb(w.scopes), 'component_ids', to_jsonb(w.component_ids),
        'organisation_kinds', to_jsonb(o.kinds),
        'agency_ids', (
            SELECT coalesce(jsonb_agg(g.id), '[]') FROM public.agencies g
            WHERE CASE WHEN w.agency_id IS NOT NULL THEN g.id = w.agency_id
                       ELSE 'beneficiary' = ANY (o.kinds) AND g.organisation_id = o.id AND NOT EXISTS (
                           SELECT 1 FROM public.agencies p WHERE p.id = g.parent_id AND p.organisation_id = o.id) END),
        'grants', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('role', g.role, 'component_id', g.component_id)), '[]')
            FROM public.grants g WHERE g.account_id = w.account_id AND g.organisation_id = w.organisation_id),
        'delegations', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('component_id', c.id, 'power', d.power,
                'starts_at', app.iso(d.starts_at), 'ends_at', app.iso(d.ends_at))), '[]')
            FROM public.delegations d
            JOIN public.components c ON c.programme_id = d.programme_id
                AND (d.component_id IS NULL OR c.id = d.component_id)
            WHERE d.organisation_id = w.organisation_id AND (d.ends_at IS NULL OR d.ends_at > clock_timestamp())),
        'participations', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('component_id', p.component_id, 'agency_id', p.agency_id,
                'organisation_id', g.organisation_id,
                'starts_at', app.iso(p.starts_at), 'ends_at', app.iso(p.ends_at))), '[]')
            FROM public.participations p JOIN public.agencies g ON g.id = p.agency_id
            WHERE p.ends_at IS NULL OR p.ends_at > clock_timestamp()),
        'ancestors', (
            SELECT coalesce(jsonb_agg(DISTINCT c.ancestor_id), '[]') FROM public.agency_closure c
            WHERE w.agency_id IS NOT NULL AND c.descendant_id = w.agency_id),
        'components', (SELECT count(*) FROM public.components))
    FROM who w JOIN public.organisations o ON o.id = w.organisation_id
$$;
