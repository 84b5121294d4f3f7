-- As the migration before had it.
-- squawk-ignore-file ban-drop-function
UPDATE changes SET resource = 'documents' WHERE resource IN ('acceptances', 'handovers');
DELETE FROM changes WHERE action IN ('left', 'moved_in', 'moved_out');
DROP POLICY see ON changes;
REVOKE SELECT ON changes FROM bmp_app, bmp_worker;
CREATE OR REPLACE FUNCTION app.changed_delegations_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'delegations', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'delegations', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_accounts_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'accounts', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'accounts', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_grants_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'grants', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'grants', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_grants_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'grants', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM old_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'grants', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), '{}'::jsonb FROM old_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_clients_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'clients', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'clients', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_participations_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'participations', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'participations', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_agencies_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'agencies', r.id, lower(TG_OP), r.version, NULL::uuid, r.id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'agencies', r.id, lower(TG_OP), r.version, NULL::uuid, r.id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_sites_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'sites', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'sites', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_support_arrangements_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'support-arrangements', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'support-arrangements', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_items_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'equipment', r.id, lower(TG_OP), r.version, r.component_id, r.unit_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    RETURN NULL;
END $$;
DROP TRIGGER changed_update ON items;
CREATE TRIGGER changed_update AFTER UPDATE ON items REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_items_update();
CREATE OR REPLACE FUNCTION app.changed_deliveries_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'deliveries', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'deliveries', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_documents_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'documents', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'documents', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_documents_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'documents', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'documents', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_requirements_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'requirements', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'requirements', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_training_sessions_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'sessions', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'sessions', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_trainees_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.withheld(app.difference(to_jsonb(o), to_jsonb(r)), '{external_id}') FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_postings_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'postings', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'postings', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_training_records_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'records', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'records', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, true, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_qualifications_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.withheld(app.difference(to_jsonb(o), to_jsonb(r)), '{evidence,reason}') FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
DROP FUNCTION app.forget_changes(integer, integer);
DROP FUNCTION app.feed_waits();
DROP FUNCTION app.feed_newest();
DROP FUNCTION app.begin_era();
DROP FUNCTION app.cluster();
CREATE OR REPLACE FUNCTION app.sequence_changes(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    placed integer;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7234905018) THEN RETURN NULL; END IF;
    WITH waiting AS (
        SELECT c.seq, c.xact FROM public.changes c WHERE c.position IS NULL ORDER BY c.seq
        LIMIT least(greatest(most, 0), 100000)
    ),
    settled AS (
        SELECT w.seq, row_number() OVER (ORDER BY w.seq) AS n FROM waiting w
        WHERE w.seq < coalesce((SELECT min(o.seq) FROM waiting o
                                WHERE o.xact >= pg_snapshot_xmin(pg_current_snapshot())), 9223372036854775807)
    )
    UPDATE public.changes c
    SET position = s.n + coalesce((SELECT max(l.position) FROM public.changes l WHERE l.position IS NOT NULL), 0)
    FROM settled s WHERE c.seq = s.seq;
    GET DIAGNOSTICS placed = ROW_COUNT;
    RETURN placed;
END $$;
