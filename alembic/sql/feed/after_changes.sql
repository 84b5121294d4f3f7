-- Who may see a change, and triggers that also tell of objects that moved (ADR 12). Made by app/db/change_rows.py.
GRANT SELECT ON changes TO bmp_app, bmp_worker;
CREATE POLICY see ON changes FOR SELECT TO bmp_app, bmp_worker USING (((((NOT resource IN ('postings', 'qualifications', 'records', 'trainees') OR (SELECT app.has('p'))) AND ((resource IN ('courses', 'equipment-models', 'equipment-types', 'organisations', 'programmes', 'suppliers') AND (SELECT app.caller()) IS NOT NULL) OR (resource IN ('accounts', 'agencies', 'clients', 'components', 'delegations', 'participations', 'sites') AND (SELECT app.has('a'))) OR (resource IN ('accounts', 'clients', 'delegations') AND organisation_id = (SELECT app.org())) OR (resource IN ('acceptances', 'attachments', 'components', 'delegations', 'deliveries', 'equipment', 'handovers', 'participations', 'records', 'requirements', 'sessions') AND component_id = ANY ((SELECT app.see())::uuid[])) OR (resource IN ('accounts', 'clients') AND (SELECT app.has('s'))) OR (resource IN ('components', 'sessions') AND component_id = ANY ((SELECT app.joined())::uuid[])) OR (resource IN ('agencies', 'participations', 'postings', 'qualifications', 'sites', 'support-arrangements', 'trainees') AND agency_id = ANY ((SELECT app.agencies())::uuid[])) OR (resource IN ('sites') AND (agency_id IS NULL AND (SELECT app.caller()) IS NOT NULL)) OR (resource IN ('acceptances', 'attachments', 'equipment', 'handovers', 'records', 'requirements') AND agency_id = ANY ((SELECT app.own_agencies())::uuid[])))) OR (resource = 'tree' AND (((agency_id = ANY ((SELECT app.agencies())::uuid[])) AND (to_agency_id = ANY ((SELECT app.agencies())::uuid[])) IS NOT TRUE) OR ((agency_id = ANY ((SELECT app.own_agencies())::uuid[])) AND (to_agency_id = ANY ((SELECT app.own_agencies())::uuid[])) IS NOT TRUE)))) AND (action <> 'left' OR (((NOT resource IN ('postings', 'qualifications', 'records', 'trainees') OR (SELECT app.has('p'))) AND ((resource IN ('courses', 'equipment-models', 'equipment-types', 'organisations', 'programmes', 'suppliers') AND (SELECT app.caller()) IS NOT NULL) OR (resource IN ('accounts', 'agencies', 'clients', 'components', 'delegations', 'participations', 'sites') AND (SELECT app.has('a'))) OR (resource IN ('accounts', 'clients', 'delegations') AND to_organisation_id = (SELECT app.org())) OR (resource IN ('acceptances', 'attachments', 'components', 'delegations', 'deliveries', 'equipment', 'handovers', 'participations', 'records', 'requirements', 'sessions') AND to_component_id = ANY ((SELECT app.see())::uuid[])) OR (resource IN ('accounts', 'clients') AND (SELECT app.has('s'))) OR (resource IN ('components', 'sessions') AND to_component_id = ANY ((SELECT app.joined())::uuid[])) OR (resource IN ('agencies', 'participations', 'postings', 'qualifications', 'sites', 'support-arrangements', 'trainees') AND to_agency_id = ANY ((SELECT app.agencies())::uuid[])) OR (resource IN ('sites') AND (to_agency_id IS NULL AND (SELECT app.caller()) IS NOT NULL)) OR (resource IN ('acceptances', 'attachments', 'equipment', 'handovers', 'records', 'requirements') AND to_agency_id = ANY ((SELECT app.own_agencies())::uuid[]))))) IS NOT TRUE)));
CREATE OR REPLACE FUNCTION app.changed_delegations_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'delegations', r.id, 'left', NULL::integer, o.component_id, NULL::uuid, o.organisation_id, false, r.component_id, NULL::uuid, r.organisation_id FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (o.component_id, NULL::uuid, o.organisation_id) IS DISTINCT FROM (r.component_id, NULL::uuid, r.organisation_id) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'delegations', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'delegations', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_accounts_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'accounts', r.id, 'left', NULL::integer, NULL::uuid, NULL::uuid, o.organisation_id, false, NULL::uuid, NULL::uuid, r.organisation_id FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (NULL::uuid, NULL::uuid, o.organisation_id) IS DISTINCT FROM (NULL::uuid, NULL::uuid, r.organisation_id) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'accounts', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'accounts', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_grants_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'accounts', r.account_id, 'update', NULL::integer, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'grants', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_grants_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'accounts', r.account_id, 'update', NULL::integer, NULL::uuid, NULL::uuid, r.organisation_id, false FROM old_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'grants', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), '{}'::jsonb FROM old_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_clients_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'clients', r.id, 'left', NULL::integer, NULL::uuid, NULL::uuid, o.organisation_id, false, NULL::uuid, NULL::uuid, r.organisation_id FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (NULL::uuid, NULL::uuid, o.organisation_id) IS DISTINCT FROM (NULL::uuid, NULL::uuid, r.organisation_id) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'clients', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'clients', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_participations_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'participations', r.id, 'left', NULL::integer, o.component_id, o.agency_id, NULL::uuid, false, r.component_id, r.agency_id, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (o.component_id, o.agency_id, NULL::uuid) IS DISTINCT FROM (r.component_id, r.agency_id, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'participations', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'participations', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_agencies_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, agency_id, to_agency_id) SELECT 'tree', r.id, 'moved_out', o.parent_id, r.parent_id FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE o.parent_id IS DISTINCT FROM r.parent_id ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, agency_id, to_agency_id) SELECT 'tree', r.id, 'moved_in', r.parent_id, o.parent_id FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE o.parent_id IS DISTINCT FROM r.parent_id ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'agencies', r.id, lower(TG_OP), r.version, NULL::uuid, r.id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'agencies', r.id, lower(TG_OP), r.version, NULL::uuid, r.id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_sites_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'sites', r.id, 'left', NULL::integer, NULL::uuid, o.agency_id, o.organisation_id, false, NULL::uuid, r.agency_id, r.organisation_id FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (NULL::uuid, o.agency_id, o.organisation_id) IS DISTINCT FROM (NULL::uuid, r.agency_id, r.organisation_id) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'sites', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'sites', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_support_arrangements_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'support-arrangements', r.id, 'left', NULL::integer, NULL::uuid, o.agency_id, NULL::uuid, false, NULL::uuid, r.agency_id, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (NULL::uuid, o.agency_id, NULL::uuid) IS DISTINCT FROM (NULL::uuid, r.agency_id, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'support-arrangements', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'support-arrangements', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_items_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'equipment', r.id, 'left', NULL::integer, o.component_id, o.unit_id, NULL::uuid, false, r.component_id, r.unit_id, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (o.component_id, o.unit_id, NULL::uuid) IS DISTINCT FROM (r.component_id, r.unit_id, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'equipment', r.id, lower(TG_OP), r.version, r.component_id, r.unit_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    RETURN NULL;
END $$;
DROP TRIGGER changed_update ON items;
CREATE TRIGGER changed_update AFTER UPDATE ON items REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_items_update();
CREATE OR REPLACE FUNCTION app.changed_deliveries_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'deliveries', r.id, 'left', NULL::integer, o.component_id, NULL::uuid, NULL::uuid, false, r.component_id, NULL::uuid, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (o.component_id, NULL::uuid, NULL::uuid) IS DISTINCT FROM (r.component_id, NULL::uuid, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'deliveries', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'deliveries', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_documents_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT r.kind || 's', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'documents', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_documents_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT r.kind || 's', r.id, 'left', NULL::integer, o.component_id, o.agency_id, NULL::uuid, false, r.component_id, r.agency_id, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (o.component_id, o.agency_id, NULL::uuid) IS DISTINCT FROM (r.component_id, r.agency_id, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT r.kind || 's', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'documents', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_requirements_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'requirements', r.id, 'left', NULL::integer, o.component_id, o.agency_id, NULL::uuid, false, r.component_id, r.agency_id, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (o.component_id, o.agency_id, NULL::uuid) IS DISTINCT FROM (r.component_id, r.agency_id, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'requirements', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'requirements', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_training_sessions_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'sessions', r.id, 'left', NULL::integer, o.component_id, NULL::uuid, NULL::uuid, false, r.component_id, NULL::uuid, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (o.component_id, NULL::uuid, NULL::uuid) IS DISTINCT FROM (r.component_id, NULL::uuid, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'sessions', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'sessions', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_trainees_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'trainees', r.id, 'left', NULL::integer, NULL::uuid, o.agency_id, NULL::uuid, true, NULL::uuid, r.agency_id, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (NULL::uuid, o.agency_id, NULL::uuid) IS DISTINCT FROM (NULL::uuid, r.agency_id, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.withheld(app.difference(to_jsonb(o), to_jsonb(r)), '{external_id}') FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_postings_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'postings', r.id, 'left', NULL::integer, NULL::uuid, o.agency_id, NULL::uuid, true, NULL::uuid, r.agency_id, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (NULL::uuid, o.agency_id, NULL::uuid) IS DISTINCT FROM (NULL::uuid, r.agency_id, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'postings', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'postings', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_training_records_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'records', r.id, 'left', NULL::integer, o.component_id, o.agency_id, NULL::uuid, true, r.component_id, r.agency_id, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (o.component_id, o.agency_id, NULL::uuid) IS DISTINCT FROM (r.component_id, r.agency_id, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'records', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'records', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, true, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_qualifications_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, to_component_id, to_agency_id, to_organisation_id) SELECT 'qualifications', r.id, 'left', NULL::integer, NULL::uuid, o.agency_id, NULL::uuid, true, NULL::uuid, r.agency_id, NULL::uuid FROM new_rows r JOIN old_rows o ON o.id = r.id WHERE (NULL::uuid, o.agency_id, NULL::uuid) IS DISTINCT FROM (NULL::uuid, r.agency_id, NULL::uuid) ORDER BY r.id;
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.withheld(app.difference(to_jsonb(o), to_jsonb(r)), '{evidence,reason}') FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
