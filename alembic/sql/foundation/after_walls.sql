ALTER TABLE changes ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON changes FROM PUBLIC;
ALTER TABLE checkpoints ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON checkpoints FROM PUBLIC;
GRANT SELECT ON checkpoints TO bmp_app, bmp_worker;
CREATE POLICY see ON checkpoints FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('u')) OR (SELECT app.has('a'))));
ALTER TABLE confirmations ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON confirmations FROM PUBLIC;
GRANT SELECT ON confirmations TO bmp_app, bmp_worker;
CREATE POLICY see ON confirmations FOR SELECT TO bmp_app, bmp_worker USING (unit_id = ANY ((SELECT app.agencies())::uuid[]));
ALTER TABLE courses ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON courses FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON courses TO bmp_app, bmp_worker;
CREATE POLICY see ON courses FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY add ON courses FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY change ON courses FOR UPDATE TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL) WITH CHECK ((SELECT app.caller()) IS NOT NULL);
CREATE FUNCTION app.changed_courses_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'courses', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'courses', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON courses REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_courses_insert();
CREATE FUNCTION app.changed_courses_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'courses', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'courses', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON courses REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_courses_update();
ALTER TABLE equipment_types ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON equipment_types FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON equipment_types TO bmp_app, bmp_worker;
CREATE POLICY see ON equipment_types FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY add ON equipment_types FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY change ON equipment_types FOR UPDATE TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL) WITH CHECK ((SELECT app.caller()) IS NOT NULL);
CREATE FUNCTION app.changed_equipment_types_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'equipment-types', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'equipment-types', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON equipment_types REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_equipment_types_insert();
CREATE FUNCTION app.changed_equipment_types_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'equipment-types', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'equipment-types', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON equipment_types REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_equipment_types_update();
ALTER TABLE holdings ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON holdings FROM PUBLIC;
GRANT SELECT ON holdings TO bmp_app, bmp_worker;
CREATE POLICY see ON holdings FOR SELECT TO bmp_app, bmp_worker USING (unit_id = ANY ((SELECT app.agencies())::uuid[]));
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON idempotency_keys FROM PUBLIC;
GRANT SELECT, INSERT ON idempotency_keys TO bmp_app, bmp_worker;
CREATE POLICY see ON idempotency_keys FOR SELECT TO bmp_app, bmp_worker USING (caller_id = (SELECT app.caller()));
CREATE POLICY add ON idempotency_keys FOR INSERT TO bmp_app, bmp_worker WITH CHECK (caller_id = (SELECT app.caller()));
ALTER TABLE identity_reads ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON identity_reads FROM PUBLIC;
GRANT SELECT, INSERT ON identity_reads TO bmp_app, bmp_worker;
CREATE POLICY see ON identity_reads FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('u')) AND agency_id = ANY ((SELECT app.agencies())::uuid[])));
CREATE POLICY add ON identity_reads FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.caller()) IS NOT NULL);
ALTER TABLE login_attempts ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON login_attempts FROM PUBLIC;
ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON organisations FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON organisations TO bmp_app, bmp_worker;
CREATE POLICY see ON organisations FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY add ON organisations FOR INSERT TO bmp_app, bmp_worker WITH CHECK (((SELECT app.has('a')) OR (kinds = ARRAY['supplier'] AND (SELECT app.caller()) IS NOT NULL)));
CREATE POLICY change ON organisations FOR UPDATE TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR (kinds = ARRAY['supplier'] AND (SELECT app.caller()) IS NOT NULL))) WITH CHECK (((SELECT app.has('a')) OR (kinds = ARRAY['supplier'] AND (SELECT app.caller()) IS NOT NULL)));
CREATE FUNCTION app.changed_organisations_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'organisations', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'organisations', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON organisations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_organisations_insert();
CREATE FUNCTION app.changed_organisations_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'organisations', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'organisations', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON organisations REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_organisations_update();
ALTER TABLE programmes ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON programmes FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON programmes TO bmp_app, bmp_worker;
CREATE POLICY see ON programmes FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY add ON programmes FOR INSERT TO bmp_app, bmp_worker WITH CHECK (((SELECT app.has('a')) OR app.manages_programme(id)));
CREATE POLICY change ON programmes FOR UPDATE TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR app.manages_programme(id))) WITH CHECK (((SELECT app.has('a')) OR app.manages_programme(id)));
CREATE FUNCTION app.changed_programmes_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'programmes', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'programmes', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON programmes REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_programmes_insert();
CREATE FUNCTION app.changed_programmes_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'programmes', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'programmes', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON programmes REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_programmes_update();
ALTER TABLE revisions ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON revisions FROM PUBLIC;
GRANT SELECT ON revisions TO bmp_app, bmp_worker;
CREATE POLICY see ON revisions FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL AND (NOT personal OR (SELECT app.has('p'))) AND ((SELECT app.has('a')) OR component_id = ANY ((SELECT app.see())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[]) OR ((component_id IS NULL OR resource = 'participations') AND agency_id = ANY ((SELECT app.agencies())::uuid[])) OR organisation_id = (SELECT app.org()) OR (component_id = ANY ((SELECT app.joined())::uuid[]) AND resource IN ('components', 'sessions')) OR (resource = 'sites' AND agency_id IS NULL) OR (component_id IS NULL AND agency_id IS NULL AND organisation_id IS NULL)));
ALTER TABLE revoked_tokens ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON revoked_tokens FROM PUBLIC;
ALTER TABLE security_log ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON security_log FROM PUBLIC;
GRANT SELECT, INSERT ON security_log TO bmp_app, bmp_worker;
CREATE POLICY see ON security_log FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.has('s')));
CREATE POLICY add ON security_log FOR INSERT TO bmp_app, bmp_worker WITH CHECK (true);
ALTER TABLE agencies ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON agencies FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON agencies TO bmp_app, bmp_worker;
CREATE POLICY see ON agencies FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR id = ANY ((SELECT app.agencies())::uuid[])));
CREATE POLICY add ON agencies FOR INSERT TO bmp_app, bmp_worker WITH CHECK (((SELECT app.has('a')) OR id = ANY ((SELECT app.managed_agencies())::uuid[]) OR parent_id = ANY ((SELECT app.managed_agencies())::uuid[])));
CREATE POLICY change ON agencies FOR UPDATE TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR id = ANY ((SELECT app.managed_agencies())::uuid[]) OR parent_id = ANY ((SELECT app.managed_agencies())::uuid[]))) WITH CHECK (((SELECT app.has('a')) OR id = ANY ((SELECT app.managed_agencies())::uuid[]) OR parent_id = ANY ((SELECT app.managed_agencies())::uuid[])));
CREATE FUNCTION app.changed_agencies_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'agencies', r.id, lower(TG_OP), r.version, NULL::uuid, r.id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'agencies', r.id, lower(TG_OP), r.version, NULL::uuid, r.id, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON agencies REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_agencies_insert();
CREATE FUNCTION app.changed_agencies_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'agencies', r.id, lower(TG_OP), r.version, NULL::uuid, r.id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'agencies', r.id, lower(TG_OP), r.version, NULL::uuid, r.id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON agencies REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_agencies_update();
ALTER TABLE components ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON components FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON components TO bmp_app, bmp_worker;
CREATE POLICY see ON components FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR id = ANY ((SELECT app.see())::uuid[]) OR id = ANY ((SELECT app.joined())::uuid[])));
CREATE POLICY add ON components FOR INSERT TO bmp_app, bmp_worker WITH CHECK (((SELECT app.has('a')) OR id = ANY ((SELECT app.manage())::uuid[])));
CREATE POLICY change ON components FOR UPDATE TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR id = ANY ((SELECT app.manage())::uuid[]))) WITH CHECK (((SELECT app.has('a')) OR id = ANY ((SELECT app.manage())::uuid[])));
CREATE FUNCTION app.changed_components_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'components', r.id, lower(TG_OP), r.version, r.id, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'components', r.id, lower(TG_OP), r.version, r.id, NULL::uuid, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON components REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_components_insert();
CREATE FUNCTION app.changed_components_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'components', r.id, lower(TG_OP), r.version, r.id, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'components', r.id, lower(TG_OP), r.version, r.id, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON components REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_components_update();
ALTER TABLE equipment_models ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON equipment_models FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON equipment_models TO bmp_app, bmp_worker;
CREATE POLICY see ON equipment_models FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY add ON equipment_models FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY change ON equipment_models FOR UPDATE TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL) WITH CHECK ((SELECT app.caller()) IS NOT NULL);
CREATE FUNCTION app.changed_equipment_models_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'equipment-models', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'equipment-models', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON equipment_models REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_equipment_models_insert();
CREATE FUNCTION app.changed_equipment_models_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'equipment-models', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'equipment-models', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON equipment_models REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_equipment_models_update();
ALTER TABLE files ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON files FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON files TO bmp_app, bmp_worker;
CREATE POLICY see ON files FOR SELECT TO bmp_app, bmp_worker USING ((owner_id = (SELECT app.caller()) OR app.file_in_sight(id)));
CREATE POLICY add ON files FOR INSERT TO bmp_app, bmp_worker WITH CHECK (owner_id = (SELECT app.caller()));
CREATE POLICY remove ON files FOR DELETE TO bmp_app, bmp_worker USING (owner_id = (SELECT app.caller()));
ALTER TABLE suppliers ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON suppliers FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON suppliers TO bmp_app, bmp_worker;
CREATE POLICY see ON suppliers FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY add ON suppliers FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY change ON suppliers FOR UPDATE TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL) WITH CHECK ((SELECT app.caller()) IS NOT NULL);
CREATE FUNCTION app.changed_suppliers_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'suppliers', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'suppliers', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON suppliers REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_suppliers_insert();
CREATE FUNCTION app.changed_suppliers_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'suppliers', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'suppliers', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON suppliers REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_suppliers_update();
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON accounts FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON accounts TO bmp_app, bmp_worker;
CREATE POLICY see ON accounts FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR (SELECT app.has('s')) OR organisation_id = (SELECT app.org())));
CREATE POLICY add ON accounts FOR INSERT TO bmp_app, bmp_worker WITH CHECK (((SELECT app.has('a')) OR organisation_id = (SELECT app.org())));
CREATE POLICY change ON accounts FOR UPDATE TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR organisation_id = (SELECT app.org()))) WITH CHECK (((SELECT app.has('a')) OR organisation_id = (SELECT app.org())));
CREATE FUNCTION app.changed_accounts_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'accounts', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'accounts', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_accounts_insert();
CREATE FUNCTION app.changed_accounts_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'accounts', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'accounts', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_accounts_update();
ALTER TABLE agency_closure ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON agency_closure FROM PUBLIC;
GRANT SELECT ON agency_closure TO bmp_app, bmp_worker;
CREATE POLICY see ON agency_closure FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR descendant_id = ANY ((SELECT app.agencies())::uuid[])));
ALTER TABLE attachments ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON attachments FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON attachments TO bmp_app, bmp_worker;
CREATE POLICY see ON attachments FOR SELECT TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.see())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON attachments FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY remove ON attachments FOR DELETE TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.manage())::uuid[]) OR (attached_by = (SELECT app.person()) AND agency_id = ANY ((SELECT app.own_agencies())::uuid[]))));
CREATE FUNCTION app.changed_attachments_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'attachments', r.id, lower(TG_OP), NULL::integer, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'attachments', r.id, lower(TG_OP), NULL::integer, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON attachments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_attachments_insert();
CREATE FUNCTION app.changed_attachments_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'attachments', r.id, lower(TG_OP), NULL::integer, r.component_id, r.agency_id, NULL::uuid, false FROM old_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'attachments', r.id, lower(TG_OP), NULL::integer, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), '{}'::jsonb FROM old_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_delete AFTER DELETE ON attachments REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_attachments_delete();
ALTER TABLE course_covers ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON course_covers FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON course_covers TO bmp_app, bmp_worker;
CREATE POLICY see ON course_covers FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY add ON course_covers FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.caller()) IS NOT NULL);
CREATE POLICY remove ON course_covers FOR DELETE TO bmp_app, bmp_worker USING ((SELECT app.caller()) IS NOT NULL);
ALTER TABLE delegations ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON delegations FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON delegations TO bmp_app, bmp_worker;
CREATE POLICY see ON delegations FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR organisation_id = (SELECT app.org()) OR component_id = ANY ((SELECT app.see())::uuid[])));
CREATE POLICY add ON delegations FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.has('a')));
CREATE POLICY change ON delegations FOR UPDATE TO bmp_app, bmp_worker USING ((SELECT app.has('a'))) WITH CHECK ((SELECT app.has('a')));
CREATE FUNCTION app.changed_delegations_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'delegations', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'delegations', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, r.organisation_id, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON delegations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_delegations_insert();
CREATE FUNCTION app.changed_delegations_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'delegations', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'delegations', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON delegations REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_delegations_update();
ALTER TABLE participations ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON participations FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON participations TO bmp_app, bmp_worker;
CREATE POLICY see ON participations FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR component_id = ANY ((SELECT app.see())::uuid[]) OR agency_id = ANY ((SELECT app.agencies())::uuid[])));
CREATE POLICY add ON participations FOR INSERT TO bmp_app, bmp_worker WITH CHECK (((SELECT app.has('a')) OR component_id = ANY ((SELECT app.manage())::uuid[])));
CREATE POLICY change ON participations FOR UPDATE TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR component_id = ANY ((SELECT app.manage())::uuid[]))) WITH CHECK (((SELECT app.has('a')) OR component_id = ANY ((SELECT app.manage())::uuid[])));
CREATE FUNCTION app.changed_participations_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'participations', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'participations', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON participations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_participations_insert();
CREATE FUNCTION app.changed_participations_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'participations', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'participations', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON participations REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_participations_update();
ALTER TABLE sites ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON sites FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON sites TO bmp_app, bmp_worker;
CREATE POLICY see ON sites FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR agency_id = ANY ((SELECT app.agencies())::uuid[]) OR (agency_id IS NULL AND (SELECT app.caller()) IS NOT NULL)));
CREATE POLICY add ON sites FOR INSERT TO bmp_app, bmp_worker WITH CHECK (((SELECT app.has('a')) OR agency_id = ANY ((SELECT app.managed_agencies())::uuid[]) OR (agency_id IS NULL AND (organisation_id = (SELECT app.org()) OR organisation_id = ANY ((SELECT app.suppliers())::uuid[])))));
CREATE POLICY change ON sites FOR UPDATE TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR agency_id = ANY ((SELECT app.managed_agencies())::uuid[]) OR (agency_id IS NULL AND (organisation_id = (SELECT app.org()) OR organisation_id = ANY ((SELECT app.suppliers())::uuid[]))))) WITH CHECK (((SELECT app.has('a')) OR agency_id = ANY ((SELECT app.managed_agencies())::uuid[]) OR (agency_id IS NULL AND (organisation_id = (SELECT app.org()) OR organisation_id = ANY ((SELECT app.suppliers())::uuid[])))));
CREATE FUNCTION app.changed_sites_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'sites', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'sites', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, r.organisation_id, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON sites REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_sites_insert();
CREATE FUNCTION app.changed_sites_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'sites', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'sites', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON sites REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_sites_update();
ALTER TABLE support_arrangements ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON support_arrangements FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON support_arrangements TO bmp_app, bmp_worker;
CREATE POLICY see ON support_arrangements FOR SELECT TO bmp_app, bmp_worker USING (agency_id = ANY ((SELECT app.agencies())::uuid[]));
CREATE POLICY add ON support_arrangements FOR INSERT TO bmp_app, bmp_worker WITH CHECK (agency_id = ANY ((SELECT app.managed_agencies())::uuid[]));
CREATE POLICY change ON support_arrangements FOR UPDATE TO bmp_app, bmp_worker USING (agency_id = ANY ((SELECT app.managed_agencies())::uuid[])) WITH CHECK (agency_id = ANY ((SELECT app.managed_agencies())::uuid[]));
CREATE FUNCTION app.changed_support_arrangements_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'support-arrangements', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'support-arrangements', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON support_arrangements REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_support_arrangements_insert();
CREATE FUNCTION app.changed_support_arrangements_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'support-arrangements', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'support-arrangements', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON support_arrangements REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_support_arrangements_update();
ALTER TABLE trainees ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON trainees FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON trainees TO bmp_app, bmp_worker;
CREATE POLICY see ON trainees FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.agencies())::uuid[]));
CREATE POLICY add ON trainees FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[]));
CREATE POLICY change ON trainees FOR UPDATE TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[])) WITH CHECK ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[]));
CREATE FUNCTION app.changed_trainees_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON trainees REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_trainees_insert();
CREATE FUNCTION app.changed_trainees_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON trainees REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_trainees_update();
ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON clients FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON clients TO bmp_app, bmp_worker;
CREATE POLICY see ON clients FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR (SELECT app.has('s')) OR organisation_id = (SELECT app.org())));
CREATE POLICY add ON clients FOR INSERT TO bmp_app, bmp_worker WITH CHECK (((SELECT app.has('a')) OR organisation_id = (SELECT app.org())));
CREATE POLICY change ON clients FOR UPDATE TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR organisation_id = (SELECT app.org()))) WITH CHECK (((SELECT app.has('a')) OR organisation_id = (SELECT app.org())));
CREATE FUNCTION app.changed_clients_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'clients', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'clients', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON clients REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_clients_insert();
CREATE FUNCTION app.changed_clients_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'clients', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'clients', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON clients REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_clients_update();
ALTER TABLE credentials ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON credentials FROM PUBLIC;
ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON deliveries FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON deliveries TO bmp_app, bmp_worker;
CREATE POLICY see ON deliveries FOR SELECT TO bmp_app, bmp_worker USING (component_id = ANY ((SELECT app.see())::uuid[]));
CREATE POLICY add ON deliveries FOR INSERT TO bmp_app, bmp_worker WITH CHECK (component_id = ANY ((SELECT app.manage())::uuid[]));
CREATE POLICY change ON deliveries FOR UPDATE TO bmp_app, bmp_worker USING (component_id = ANY ((SELECT app.manage())::uuid[])) WITH CHECK (component_id = ANY ((SELECT app.manage())::uuid[]));
CREATE FUNCTION app.changed_deliveries_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'deliveries', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'deliveries', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON deliveries REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_deliveries_insert();
CREATE FUNCTION app.changed_deliveries_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'deliveries', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'deliveries', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON deliveries REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_deliveries_update();
ALTER TABLE grants ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON grants FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON grants TO bmp_app, bmp_worker;
CREATE POLICY see ON grants FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR (SELECT app.has('s')) OR organisation_id = (SELECT app.org())));
CREATE POLICY add ON grants FOR INSERT TO bmp_app, bmp_worker WITH CHECK (((SELECT app.has('a')) OR organisation_id = (SELECT app.org())));
CREATE POLICY remove ON grants FOR DELETE TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR organisation_id = (SELECT app.org())));
CREATE FUNCTION app.changed_grants_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'grants', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'grants', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON grants REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_grants_insert();
CREATE FUNCTION app.changed_grants_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'grants', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false FROM old_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'grants', r.id, lower(TG_OP), r.version, NULL::uuid, NULL::uuid, r.organisation_id, false, app.caller(), '{}'::jsonb FROM old_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_delete AFTER DELETE ON grants REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_grants_delete();
ALTER TABLE one_time_links ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON one_time_links FROM PUBLIC;
ALTER TABLE postings ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON postings FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON postings TO bmp_app, bmp_worker;
CREATE POLICY see ON postings FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.agencies())::uuid[]));
CREATE POLICY add ON postings FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[]));
CREATE POLICY change ON postings FOR UPDATE TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[])) WITH CHECK ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[]));
CREATE FUNCTION app.changed_postings_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'postings', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'postings', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON postings REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_postings_insert();
CREATE FUNCTION app.changed_postings_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'postings', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'postings', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON postings REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_postings_update();
ALTER TABLE sign_ins ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON sign_ins FROM PUBLIC;
GRANT SELECT ON sign_ins TO bmp_app, bmp_worker;
CREATE POLICY see ON sign_ins FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR account_id = (SELECT app.caller()) OR organisation_id = (SELECT app.org())));
ALTER TABLE training_sessions ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON training_sessions FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON training_sessions TO bmp_app, bmp_worker;
CREATE POLICY see ON training_sessions FOR SELECT TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.see())::uuid[]) OR component_id = ANY ((SELECT app.joined())::uuid[])));
CREATE POLICY add ON training_sessions FOR INSERT TO bmp_app, bmp_worker WITH CHECK (component_id = ANY ((SELECT app.manage())::uuid[]));
CREATE POLICY change ON training_sessions FOR UPDATE TO bmp_app, bmp_worker USING (component_id = ANY ((SELECT app.manage())::uuid[])) WITH CHECK (component_id = ANY ((SELECT app.manage())::uuid[]));
CREATE FUNCTION app.changed_training_sessions_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'sessions', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'sessions', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON training_sessions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_training_sessions_insert();
CREATE FUNCTION app.changed_training_sessions_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'sessions', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'sessions', r.id, lower(TG_OP), r.version, r.component_id, NULL::uuid, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON training_sessions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_training_sessions_update();
ALTER TABLE vault ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON vault FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON vault TO bmp_app, bmp_worker;
CREATE POLICY see ON vault FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.agencies())::uuid[]));
CREATE POLICY add ON vault FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[]));
CREATE POLICY change ON vault FOR UPDATE TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[])) WITH CHECK ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[]));
ALTER TABLE client_secrets ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON client_secrets FROM PUBLIC;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON documents FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON documents TO bmp_app, bmp_worker;
CREATE POLICY see ON documents FOR SELECT TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.see())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON documents FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY change ON documents FOR UPDATE TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[]))) WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE FUNCTION app.changed_documents_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'documents', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'documents', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON documents REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_documents_insert();
CREATE FUNCTION app.changed_documents_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'documents', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'documents', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON documents REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_documents_update();
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON items FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON items TO bmp_app, bmp_worker;
CREATE POLICY see ON items FOR SELECT TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.see())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON items FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY change ON items FOR UPDATE TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.manage())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[]))) WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE FUNCTION app.changed_items_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'equipment', r.id, lower(TG_OP), r.version, r.component_id, r.unit_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON items REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_items_insert();
CREATE FUNCTION app.changed_items_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'equipment', r.id, lower(TG_OP), r.version, r.component_id, r.unit_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON items REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_items_update();
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON refresh_tokens FROM PUBLIC;
ALTER TABLE training_records ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON training_records FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON training_records TO bmp_app, bmp_worker;
CREATE POLICY see ON training_records FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND (component_id = ANY ((SELECT app.see())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON training_records FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.has('p')) AND (component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY change ON training_records FOR UPDATE TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND (component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[]))) WITH CHECK ((SELECT app.has('p')) AND (component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE FUNCTION app.changed_training_records_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'records', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'records', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, true, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON training_records REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_training_records_insert();
CREATE FUNCTION app.changed_training_records_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'records', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'records', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, true, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON training_records REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_training_records_update();
ALTER TABLE document_approvals ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON document_approvals FROM PUBLIC;
GRANT SELECT, INSERT ON document_approvals TO bmp_app, bmp_worker;
CREATE POLICY see ON document_approvals FOR SELECT TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.see())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON document_approvals FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
ALTER TABLE document_lines ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON document_lines FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON document_lines TO bmp_app, bmp_worker;
CREATE POLICY see ON document_lines FOR SELECT TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.see())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON document_lines FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY change ON document_lines FOR UPDATE TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[]))) WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY remove ON document_lines FOR DELETE TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON events FROM PUBLIC;
GRANT SELECT, INSERT ON events TO bmp_app, bmp_worker;
CREATE POLICY see ON events FOR SELECT TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.see())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON events FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
ALTER TABLE identifiers ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON identifiers FROM PUBLIC;
GRANT INSERT ON identifiers TO bmp_app, bmp_worker;
CREATE POLICY add ON identifiers FOR INSERT TO bmp_app, bmp_worker WITH CHECK (component_id = ANY ((SELECT app.manage())::uuid[]));
ALTER TABLE item_spans ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON item_spans FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON item_spans TO bmp_app, bmp_worker;
CREATE POLICY see ON item_spans FOR SELECT TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.see())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON item_spans FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY change ON item_spans FOR UPDATE TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.manage())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[]))) WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY remove ON item_spans FOR DELETE TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.manage())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
ALTER TABLE qualifications ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON qualifications FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON qualifications TO bmp_app, bmp_worker;
CREATE POLICY see ON qualifications FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.agencies())::uuid[]));
CREATE POLICY add ON qualifications FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[]));
CREATE POLICY change ON qualifications FOR UPDATE TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[])) WITH CHECK ((SELECT app.has('p')) AND agency_id = ANY ((SELECT app.managed_agencies())::uuid[]));
CREATE FUNCTION app.changed_qualifications_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON qualifications REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_qualifications_insert();
CREATE FUNCTION app.changed_qualifications_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON qualifications REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_qualifications_update();
ALTER TABLE record_events ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON record_events FROM PUBLIC;
GRANT SELECT, INSERT ON record_events TO bmp_app, bmp_worker;
CREATE POLICY see ON record_events FOR SELECT TO bmp_app, bmp_worker USING ((SELECT app.has('p')) AND (component_id = ANY ((SELECT app.see())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON record_events FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((SELECT app.has('p')) AND (component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
ALTER TABLE requirements ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON requirements FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON requirements TO bmp_app, bmp_worker;
CREATE POLICY see ON requirements FOR SELECT TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.see())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON requirements FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY change ON requirements FOR UPDATE TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[]))) WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR agency_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE FUNCTION app.changed_requirements_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'requirements', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'requirements', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), to_jsonb(r) - 'folded' FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_insert AFTER INSERT ON requirements REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_requirements_insert();
CREATE FUNCTION app.changed_requirements_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'requirements', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'requirements', r.id, lower(TG_OP), r.version, r.component_id, r.agency_id, NULL::uuid, false, app.caller(), app.difference(to_jsonb(o), to_jsonb(r)) FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_update AFTER UPDATE ON requirements REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.changed_requirements_update();
ALTER TABLE event_texts ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON event_texts FROM PUBLIC;
GRANT SELECT, INSERT ON event_texts TO bmp_app, bmp_worker;
CREATE POLICY see ON event_texts FOR SELECT TO bmp_app, bmp_worker USING ((component_id = ANY ((SELECT app.see())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
CREATE POLICY add ON event_texts FOR INSERT TO bmp_app, bmp_worker WITH CHECK ((component_id = ANY ((SELECT app.manage())::uuid[]) OR unit_id = ANY ((SELECT app.own_agencies())::uuid[])));
