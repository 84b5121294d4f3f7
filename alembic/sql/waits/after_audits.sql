-- What an auditor reads of organisations goes as far as the components audited (ADR 26).

-- Organisations that take part in them, or took part: by a delegation, or by an agency in a participating tree.
CREATE FUNCTION app.audited() RETURNS uuid[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    audits uuid[] := app.setting('audits')::uuid[];
BEGIN
    IF audits IS NULL THEN RETURN '{}'; END IF;
    RETURN (
        SELECT coalesce(array_agg(found.organisation_id), '{}') FROM (
            SELECT d.organisation_id FROM public.delegations d
            JOIN public.components c ON c.programme_id = d.programme_id
                AND (d.component_id IS NULL OR c.id = d.component_id)
            WHERE c.id = ANY (audits) AND d.starts_at <= clock_timestamp()
            UNION
            SELECT a.organisation_id FROM public.participations p
            JOIN public.agency_closure t ON t.ancestor_id = p.agency_id
            JOIN public.agencies a ON a.id = t.descendant_id
            WHERE p.component_id = ANY (audits) AND p.starts_at <= clock_timestamp()
        ) found WHERE found.organisation_id IS NOT NULL);
END $$;
REVOKE ALL ON FUNCTION app.audited() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.audited() TO bmp_app, bmp_worker;
DROP POLICY see ON accounts;
CREATE POLICY see ON accounts FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR (SELECT app.has('d')) OR organisation_id = ANY ((SELECT app.audited())::uuid[]) OR organisation_id = (SELECT app.org())));
DROP POLICY see ON grants;
CREATE POLICY see ON grants FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR (SELECT app.has('d')) OR organisation_id = ANY ((SELECT app.audited())::uuid[]) OR organisation_id = (SELECT app.org())));
DROP POLICY see ON clients;
CREATE POLICY see ON clients FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('a')) OR (SELECT app.has('d')) OR organisation_id = ANY ((SELECT app.audited())::uuid[]) OR organisation_id = (SELECT app.org())));
DROP POLICY see ON security_log;
CREATE POLICY see ON security_log FOR SELECT TO bmp_app, bmp_worker USING (((SELECT app.has('s')) AND ((SELECT app.has('a')) OR (SELECT app.has('d')) OR organisation_id = ANY ((SELECT app.audited())::uuid[]))));
DROP POLICY see ON changes;
CREATE POLICY see ON changes FOR SELECT TO bmp_app, bmp_worker USING (((((NOT resource IN ('postings', 'qualifications', 'records', 'trainees') OR (SELECT app.has('p'))) AND ((resource IN ('courses', 'equipment-models', 'equipment-types', 'organisations', 'programmes', 'suppliers') AND (SELECT app.caller()) IS NOT NULL) OR (resource IN ('accounts', 'agencies', 'clients', 'components', 'delegations', 'participations', 'sites') AND (SELECT app.has('a'))) OR (resource IN ('accounts', 'clients', 'delegations') AND organisation_id = (SELECT app.org())) OR (resource IN ('acceptances', 'attachments', 'components', 'delegations', 'deliveries', 'equipment', 'handovers', 'participations', 'records', 'requirements', 'sessions') AND component_id = ANY ((SELECT app.see())::uuid[])) OR (resource IN ('accounts', 'clients') AND (SELECT app.has('d'))) OR (resource IN ('accounts', 'clients') AND organisation_id = ANY ((SELECT app.audited())::uuid[])) OR (resource IN ('components', 'sessions') AND component_id = ANY ((SELECT app.joined())::uuid[])) OR (resource IN ('agencies', 'participations', 'postings', 'qualifications', 'sites', 'support-arrangements', 'trainees') AND agency_id = ANY ((SELECT app.agencies())::uuid[])) OR (resource IN ('sites') AND (agency_id IS NULL AND (SELECT app.caller()) IS NOT NULL)) OR (resource IN ('acceptances', 'attachments', 'equipment', 'handovers', 'records', 'requirements') AND agency_id = ANY ((SELECT app.own_agencies())::uuid[])))) OR (resource = 'tree' AND (((agency_id = ANY ((SELECT app.agencies())::uuid[])) AND (to_agency_id = ANY ((SELECT app.agencies())::uuid[])) IS NOT TRUE) OR ((agency_id = ANY ((SELECT app.own_agencies())::uuid[])) AND (to_agency_id = ANY ((SELECT app.own_agencies())::uuid[])) IS NOT TRUE)))) AND (action <> 'left' OR (((NOT resource IN ('postings', 'qualifications', 'records', 'trainees') OR (SELECT app.has('p'))) AND ((resource IN ('courses', 'equipment-models', 'equipment-types', 'organisations', 'programmes', 'suppliers') AND (SELECT app.caller()) IS NOT NULL) OR (resource IN ('accounts', 'agencies', 'clients', 'components', 'delegations', 'participations', 'sites') AND (SELECT app.has('a'))) OR (resource IN ('accounts', 'clients', 'delegations') AND to_organisation_id = (SELECT app.org())) OR (resource IN ('acceptances', 'attachments', 'components', 'delegations', 'deliveries', 'equipment', 'handovers', 'participations', 'records', 'requirements', 'sessions') AND to_component_id = ANY ((SELECT app.see())::uuid[])) OR (resource IN ('accounts', 'clients') AND (SELECT app.has('d'))) OR (resource IN ('accounts', 'clients') AND to_organisation_id = ANY ((SELECT app.audited())::uuid[])) OR (resource IN ('components', 'sessions') AND to_component_id = ANY ((SELECT app.joined())::uuid[])) OR (resource IN ('agencies', 'participations', 'postings', 'qualifications', 'sites', 'support-arrangements', 'trainees') AND to_agency_id = ANY ((SELECT app.agencies())::uuid[])) OR (resource IN ('sites') AND (to_agency_id IS NULL AND (SELECT app.caller()) IS NOT NULL)) OR (resource IN ('acceptances', 'attachments', 'equipment', 'handovers', 'records', 'requirements') AND to_agency_id = ANY ((SELECT app.own_agencies())::uuid[]))))) IS NOT TRUE)));
