-- Imports (API 12). What a file's rows stand for is staged while it is read, to find rows that stand for the same: only
-- hashes, never a cell. The table is the owner's; the worker reaches it by this function, for the job that it is working
-- on and in its requester's name. It is written in the job's own transaction, which empties it before it commits.

-- Marks that another row of the job had before, each with that row.
CREATE FUNCTION app.mark_import(of_job uuid, marks uuid[], of_rows bigint[])
RETURNS TABLE (n integer, first_row bigint) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.jobs j WHERE j.id = of_job AND j.requester_id = app.caller()
                   AND j.state = 'running' AND j.kind LIKE 'imports.%') THEN
        RAISE EXCEPTION 'not the job of this caller' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
    WITH sent AS MATERIALIZED (
        SELECT s.mark, s.row_number, s.n::integer AS n FROM unnest(marks, of_rows) WITH ORDINALITY AS s(mark, row_number, n)
    ), firsts AS MATERIALIZED (
        SELECT DISTINCT ON (s.mark) s.mark, s.row_number, s.n FROM sent s ORDER BY s.mark, s.n
    ), added AS (
        INSERT INTO public.import_marks (job_id, mark, row_number)
        SELECT of_job, f.mark, f.row_number FROM firsts f ON CONFLICT DO NOTHING RETURNING mark
    )
    -- The row that was there before is looked up by its key, for repeated ones only: statistics know nothing of this table.
    SELECT s.n - 1, coalesce(
        (SELECT m.row_number FROM public.import_marks m WHERE m.job_id = of_job AND m.mark = s.mark), f.row_number)
    FROM sent s JOIN firsts f ON f.mark = s.mark LEFT JOIN added a ON a.mark = s.mark
    WHERE a.mark IS NULL OR f.n < s.n;
END $$;

-- The end of a job's marks; in its own transaction, before it commits.
CREATE FUNCTION app.unmark_import(of_job uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM public.import_marks m USING public.jobs j
    WHERE m.job_id = of_job AND j.id = of_job AND j.requester_id = app.caller()
$$;

-- Imports whose time is over, so many of them: their files are removed first, then they.
CREATE FUNCTION app.expired_imports(most integer) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT i.id FROM public.imports i LEFT JOIN public.jobs j ON j.id = i.job_id
    WHERE (i.expires_at < clock_timestamp() AND coalesce(j.state, '') NOT IN ('queued', 'running'))
       OR i.wrapped_key IS NULL
    ORDER BY i.expires_at LIMIT least(greatest(most, 0), 1000)
$$;
CREATE FUNCTION app.forget_imports(gone uuid[]) RETURNS integer LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH deleted AS (
        DELETE FROM public.imports i WHERE i.id = ANY (gone)
        AND (i.expires_at < clock_timestamp() OR i.wrapped_key IS NULL) RETURNING 1
    )
    SELECT count(*)::integer FROM deleted
$$;

-- Erasing a person destroys the keys of every file in which people may stand, and what was found in them: nobody can
-- tell in which they do.
CREATE FUNCTION app.erase_import_files() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_rows n JOIN old_rows o ON o.trainee_id = n.trainee_id
               WHERE n.wrapped_key IS NULL AND o.wrapped_key IS NOT NULL) THEN
        UPDATE public.imports SET wrapped_key = NULL, file_name = NULL
        WHERE personal AND (wrapped_key IS NOT NULL OR file_name IS NOT NULL);
        DELETE FROM public.import_changes c USING public.imports i WHERE i.id = c.import_id AND i.personal;
        DELETE FROM public.import_faults f USING public.imports i WHERE i.id = f.import_id AND i.personal;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER erases_import_files AFTER UPDATE ON vault REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION app.erase_import_files();
