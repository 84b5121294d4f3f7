-- Free text about people: never in revisions, gone with an erasure, not written about the erased (app/db/erasure.py).

-- A revision says that such a text was there or was emptied; what it said is in the row alone.
CREATE FUNCTION app.withheld(facts jsonb, texts text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(f.key,
        CASE WHEN f.key = ANY (texts) AND f.value <> 'null' THEN '"withheld"'::jsonb ELSE f.value END), '{}')
    FROM jsonb_each(facts) f
$$;

-- Append-only but for an erasure: only the columns named by the trigger may change, and only to nothing.
CREATE FUNCTION app.refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV
       OR EXISTS (SELECT 1 FROM unnest(TG_ARGV) c(name) WHERE coalesce(to_jsonb(NEW) ->> c.name, 'erased') <> 'erased')
    THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER append_only ON record_events;
DROP TRIGGER append_only ON identity_reads;
CREATE TRIGGER append_only BEFORE DELETE ON record_events FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE ON identity_reads FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER emptied_only BEFORE UPDATE ON record_events
    FOR EACH ROW EXECUTE FUNCTION app.refuse_all_but_erasure('note');
CREATE TRIGGER emptied_only BEFORE UPDATE ON identity_reads
    FOR EACH ROW EXECUTE FUNCTION app.refuse_all_but_erasure('purpose');
CREATE OR REPLACE FUNCTION app.forget_trainees(trainees uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone uuid[];
    told uuid[];
BEGIN
    SELECT coalesce(array_agg(t.id), '{}') INTO gone FROM public.trainees t
    WHERE t.id = ANY (trainees) AND t.erased_at IS NOT NULL
      AND (session_user NOT IN ('bmp_app', 'bmp_worker')
           OR (app.has('p') AND t.agency_id = ANY (app.managed_agencies())));
    UPDATE public.trainees x SET external_id = NULL, version = x.version + 1, updated_at = clock_timestamp() WHERE x.id = ANY (gone) AND (x.external_id IS DISTINCT FROM NULL);
    UPDATE public.record_events x SET note = NULL WHERE x.record_id IN (SELECT p.id FROM public.training_records p WHERE p.trainee_id = ANY (gone)) AND (x.note IS DISTINCT FROM NULL);
    UPDATE public.qualifications x SET evidence = NULL, reason = NULL, version = x.version + 1, updated_at = clock_timestamp() WHERE x.trainee_id = ANY (gone) AND (x.evidence IS DISTINCT FROM NULL OR x.reason IS DISTINCT FROM NULL);
    UPDATE public.identity_reads x SET purpose = 'erased' WHERE x.trainee_id = ANY (gone) AND (x.purpose IS DISTINCT FROM 'erased');
    SELECT array_agg(o.id) INTO told FROM (
        SELECT x.id FROM public.trainees x WHERE x.id = ANY (gone)
        UNION ALL SELECT x.id FROM public.postings x WHERE x.trainee_id = ANY (gone)
        UNION ALL SELECT x.id FROM public.training_records x WHERE x.trainee_id = ANY (gone)
        UNION ALL SELECT x.id FROM public.qualifications x WHERE x.trainee_id = ANY (gone)
    ) o;
    UPDATE public.idempotency_keys k SET answer = '', headers = k.headers || '{"not-kept": "1"}'
    WHERE k.answer <> '' AND EXISTS (
        SELECT 1 FROM unnest(told) o(id) WHERE position(convert_to(o.id::text, 'UTF8') IN k.answer) > 0);
END $$;
CREATE OR REPLACE FUNCTION app.about_erased_trainees() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    at timestamptz;
BEGIN
    at := NEW.erased_at;
    IF at IS NOT NULL THEN
        NEW.external_id := NULL;
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS about_erased ON trainees;
CREATE TRIGGER about_erased BEFORE INSERT OR UPDATE ON trainees FOR EACH ROW WHEN (NEW.external_id IS DISTINCT FROM NULL) EXECUTE FUNCTION app.about_erased_trainees();
CREATE OR REPLACE FUNCTION app.about_erased_record_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    at timestamptz;
BEGIN
    SELECT p.erased_at INTO at FROM public.trainees p WHERE p.id = (SELECT x.trainee_id FROM public.training_records x WHERE x.id = NEW.record_id) FOR KEY SHARE;
    IF at IS NOT NULL THEN
        NEW.note := NULL;
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS about_erased ON record_events;
CREATE TRIGGER about_erased BEFORE INSERT OR UPDATE ON record_events FOR EACH ROW WHEN (NEW.note IS DISTINCT FROM NULL) EXECUTE FUNCTION app.about_erased_record_events();
CREATE OR REPLACE FUNCTION app.about_erased_qualifications() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    at timestamptz;
BEGIN
    SELECT p.erased_at INTO at FROM public.trainees p WHERE p.id = NEW.trainee_id FOR KEY SHARE;
    IF at IS NOT NULL THEN
        NEW.evidence := NULL;
        NEW.reason := NULL;
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS about_erased ON qualifications;
CREATE TRIGGER about_erased BEFORE INSERT OR UPDATE ON qualifications FOR EACH ROW WHEN (NEW.evidence IS DISTINCT FROM NULL OR NEW.reason IS DISTINCT FROM NULL) EXECUTE FUNCTION app.about_erased_qualifications();
CREATE OR REPLACE FUNCTION app.about_erased_identity_reads() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    at timestamptz;
BEGIN
    SELECT p.erased_at INTO at FROM public.trainees p WHERE p.id = NEW.trainee_id FOR KEY SHARE;
    IF at IS NOT NULL THEN
        NEW.purpose := 'erased';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS about_erased ON identity_reads;
CREATE TRIGGER about_erased BEFORE INSERT OR UPDATE ON identity_reads FOR EACH ROW WHEN (NEW.purpose IS DISTINCT FROM 'erased') EXECUTE FUNCTION app.about_erased_identity_reads();
CREATE OR REPLACE FUNCTION app.changed_trainees_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.withheld(to_jsonb(r) - 'folded', '{external_id}') FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_trainees_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'trainees', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.withheld(app.difference(to_jsonb(o), to_jsonb(r)), '{external_id}') FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_qualifications_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.withheld(to_jsonb(r) - 'folded', '{evidence,reason}') FROM new_rows r  ORDER BY r.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION app.changed_qualifications_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.changes (resource, object_id, action, version, component_id, agency_id, organisation_id, personal) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true FROM new_rows r ORDER BY r.id;
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, agency_id, organisation_id, personal, actor_id, after) SELECT 'qualifications', r.id, lower(TG_OP), r.version, NULL::uuid, r.agency_id, NULL::uuid, true, app.caller(), app.withheld(app.difference(to_jsonb(o), to_jsonb(r)), '{evidence,reason}') FROM new_rows r JOIN old_rows o ON o.id = r.id ORDER BY r.id;
    RETURN NULL;
END $$;

-- What revisions and people erased before this left behind.
UPDATE revisions SET after = app.withheld(after, '{external_id}') WHERE resource = 'trainees';
UPDATE revisions SET after = app.withheld(after, '{evidence,reason}') WHERE resource = 'qualifications';
SELECT app.forget_trainees(ARRAY(SELECT t.id FROM trainees t WHERE t.erased_at IS NOT NULL));
