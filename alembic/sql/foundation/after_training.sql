-- Training: records as they stood, and what erasure takes out of the histories.

-- Records at an instant of the world (`at`) as far as they were known at another (`known`): the fold of their effective
-- events by time and then by order of recording. The caller's own rows decide what is seen: records and events both
-- stand behind their policies.
CREATE FUNCTION app.records_at(at timestamptz, known timestamptz) RETURNS SETOF public.training_records
LANGUAGE sql STABLE AS $$
    SELECT (jsonb_populate_record(r, s.state)).*
    FROM public.training_records r
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(c.key, c.value ORDER BY e.occurred_at, e.recorded_at, e.id) AS state
        FROM public.record_events e CROSS JOIN LATERAL jsonb_each(e.changes) c
        WHERE e.record_id = r.id AND e.occurred_at <= at AND e.recorded_at <= known AND e.corrects IS NULL
          AND NOT EXISTS (
              SELECT 1 FROM public.record_events later WHERE later.corrects = e.id AND later.recorded_at <= known)
    ) s
    WHERE s.state IS NOT NULL
$$;

-- Events of training records are never changed, not even by mistake.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON record_events
    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON identity_reads
    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

-- An erased person's identifier in somebody else's system leaves the histories too. Only of people whose erasure stands,
-- and, for the service, of agencies that the caller manages; the owner (replay after a restore) has no such bound.
CREATE FUNCTION app.forget_trainees(trainees uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.revisions r SET after = r.after - 'external_id'
    FROM public.trainees t
    WHERE t.id = ANY (trainees) AND t.erased_at IS NOT NULL
      AND r.resource = 'trainees' AND r.object_id = t.id AND r.after ? 'external_id'
      AND (session_user NOT IN ('bmp_app', 'bmp_worker')
           OR (app.has('p') AND t.agency_id = ANY (app.managed_agencies())))
$$;
