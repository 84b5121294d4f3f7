-- The register: who changes a programme, sites of suppliers, and what an agency cannot become.

-- A programme belongs to all of its components: who manages each of them may change it. Components are read as their
-- owner, because parts of the programme may be out of the caller's sight, and those count all the more.
CREATE FUNCTION app.manages_programme(programme uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(bool_and(c.id = ANY (app.manage())), false) FROM public.components c WHERE c.programme_id = programme
$$;

-- Suppliers have workshops and stores too; whoever may change the register keeps them, as suppliers have no accounts.
CREATE FUNCTION app.suppliers() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT coalesce(array_agg(s.id), '{}') FROM public.suppliers s $$;

-- What the tree may not become is checked against rows that another transaction may be changing: two branches moved
-- below each other at once, a child added to what becomes a unit. Changes of the tree are rare, so they queue.
CREATE FUNCTION app.queue_for_the_tree() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7320461118022);
    RETURN NEW;
END $$;
CREATE TRIGGER a_queue BEFORE INSERT OR UPDATE OF parent_id, is_unit ON agencies
    FOR EACH ROW EXECUTE FUNCTION app.queue_for_the_tree();

-- Policies look at the row as it is and as it becomes, but not at the branch to which an agency moves: without this,
-- a caller could hang an agency where it sees but does not manage, or take it out of everybody's tree. Accounts of an
-- organisation see its agencies with all that is below: a branch of another organisation would give it sight of the tree,
-- and that is the administrator's to give, like a delegation (DOMAIN 2).
CREATE FUNCTION app.keep_branches() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF app.caller() IS NOT NULL AND NOT app.has('a')
       AND NOT coalesce(NEW.parent_id = ANY (app.managed_agencies()), false) THEN
        RAISE EXCEPTION 'the new place is outside of what the caller manages' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF app.caller() IS NOT NULL AND NOT app.has('a') AND NOT EXISTS (
        SELECT 1 FROM public.agencies p WHERE p.id = NEW.parent_id AND (p.organisation_id = NEW.organisation_id
            OR TG_OP = 'UPDATE' AND p.organisation_id IN (
                SELECT b.organisation_id FROM public.agencies b WHERE b.id = OLD.parent_id))) THEN
        RAISE EXCEPTION 'the new place belongs to another organisation' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER branches_added BEFORE INSERT ON agencies FOR EACH ROW EXECUTE FUNCTION app.keep_branches();
CREATE TRIGGER branches BEFORE UPDATE OF parent_id ON agencies FOR EACH ROW
    WHEN (NEW.parent_id IS DISTINCT FROM OLD.parent_id) EXECUTE FUNCTION app.keep_branches();

-- A unit that has equipment on its books, or people posted to it, does not stop being one.
CREATE FUNCTION app.keep_used_units() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM public.holdings h WHERE h.unit_id = NEW.id AND h.n > 0)
       OR EXISTS (SELECT 1 FROM public.postings p WHERE p.unit_id = NEW.id) THEN
        RAISE EXCEPTION 'the unit is in use' USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_agencies_unit_in_use';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER used_units BEFORE UPDATE OF is_unit ON agencies FOR EACH ROW
    WHEN (OLD.is_unit AND NOT NEW.is_unit) EXECUTE FUNCTION app.keep_used_units();

-- What a revision shows: without what every answer has anyhow, and with instants as answers print them.
CREATE FUNCTION app.revealed(after jsonb) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(f.key,
        CASE WHEN jsonb_typeof(f.value) = 'string'
                  AND f.value #>> '{}' ~ '^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?\+00:00$'
             THEN to_jsonb(app.iso((f.value #>> '{}')::timestamptz)) ELSE f.value END), '{}')
    FROM jsonb_each(after) f WHERE f.key NOT IN ('id', 'version', 'created_at', 'updated_at')
$$;
