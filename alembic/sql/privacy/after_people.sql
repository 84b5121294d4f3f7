-- Who let whom in, who had a hand in a delivery, and who is told who acted.

-- A link remembers whether the deployment's administrator handed it out; the account remembers whose link let it in.
CREATE OR REPLACE FUNCTION app.make_link(link bytea, account uuid, link_kind text, ends timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.accounts a WHERE a.id = account AND a.active
                   AND app.person() IS NOT NULL AND (app.has('a') OR a.organisation_id = app.org())) THEN
        RAISE EXCEPTION 'not an account of the caller' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.one_time_links l WHERE l.account_id = account AND l.used_at IS NULL;
    INSERT INTO public.one_time_links (secret_hash, account_id, kind, created_by, by_administrator, expires_at)
    VALUES (link, account, link_kind, app.person(), app.has('a'), ends);
END $$;

CREATE OR REPLACE FUNCTION app.redeem_link(link bytea, new_hash text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    l public.one_time_links;
    organisation uuid;
BEGIN
    UPDATE public.one_time_links o SET used_at = clock_timestamp()
    FROM public.accounts a
    WHERE o.secret_hash = link AND o.used_at IS NULL AND o.expires_at > clock_timestamp()
      AND a.id = o.account_id AND a.active
    RETURNING o.* INTO l;
    IF NOT FOUND THEN RETURN NULL; END IF;
    -- What the operator of the machine hands out names the account itself: nobody let it in.
    INSERT INTO public.credentials AS c (account_id, password_hash, let_in_by, let_in_by_administrator)
    VALUES (l.account_id, new_hash, nullif(l.created_by, l.account_id), l.by_administrator)
    ON CONFLICT (account_id) DO UPDATE SET password_hash = new_hash, changed_at = clock_timestamp(),
        let_in_by = excluded.let_in_by, let_in_by_administrator = excluded.let_in_by_administrator;
    UPDATE public.sign_ins s SET revoked_at = clock_timestamp(), revoked_because = 'password_changed'
    WHERE s.account_id = l.account_id AND s.revoked_at IS NULL;
    SELECT a.organisation_id INTO organisation FROM public.accounts a WHERE a.id = l.account_id;
    RETURN jsonb_build_object('account_id', l.account_id, 'organisation_id', organisation, 'kind', l.kind,
                              'handed_out_by', l.created_by);
END $$;

-- Each person with everybody who let them in, one after the other, up to the first administrator (`administrator`).
-- The maker of a link may have used it, so domain/persons.py counts them as one natural person.
CREATE FUNCTION app.let_in(people uuid[]) RETURNS TABLE (person_id uuid, by_id uuid, administrator boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE line AS (
        SELECT p.id AS person_id, p.id AS by_id, false AS administrator FROM unnest(people) p(id)
        WHERE app.person() IS NOT NULL
        UNION
        SELECT l.person_id, c.let_in_by, c.let_in_by_administrator
        FROM line l JOIN public.credentials c ON c.account_id = l.by_id
        WHERE NOT l.administrator AND c.let_in_by IS NOT NULL
    )
    SELECT l.person_id, l.by_id, l.administrator FROM line l WHERE l.by_id <> l.person_id
$$;

-- Who had a hand in recording that these items arrived, with the organisation of each: whoever announced, changed or
-- received their deliveries or linked items to them, and whoever registered an item or entered its arrival. Only items
-- of components that the caller sees count. Separation of duties asks; organisations of other people's accounts are
-- out of sight otherwise.
CREATE OR REPLACE FUNCTION app.delivery_recorders(items uuid[]) RETURNS TABLE (person_id uuid, organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH seen AS (
        SELECT i.id, i.delivery_id FROM public.items i
        WHERE i.id = ANY (items) AND i.component_id = ANY ((SELECT app.see())::uuid[])
    ), came AS (
        SELECT d.* FROM public.deliveries d WHERE d.id IN (SELECT s.delivery_id FROM seen s)
    ), who AS (
        SELECT d.recorded_by_person AS person_id FROM came d
        UNION
        SELECT d.received_by_person FROM came d
        UNION
        SELECT coalesce(c.owner_id, r.actor_id)
        FROM came d JOIN public.revisions r ON r.object_id = d.id AND r.resource = 'deliveries'
        LEFT JOIN public.clients c ON c.id = r.actor_id
        UNION
        SELECT e.person_id FROM public.events e JOIN seen s ON s.id = e.item_id
        WHERE e.kind IN ('register', 'deliver', 'redeliver')
    )
    SELECT w.person_id, a.organisation_id FROM who w JOIN public.accounts a ON a.id = w.person_id
$$;

-- Linking items changes them and not the row of the delivery; its history says that somebody did.
CREATE FUNCTION app.note_link(delivery uuid, n integer) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.revisions (resource, object_id, action, version, component_id, personal, actor_id, after)
    SELECT 'deliveries', d.id, 'update', d.version, d.component_id, false, app.caller(), jsonb_build_object('linked', n)
    FROM public.deliveries d WHERE d.id = delivery AND d.component_id = ANY (app.manage())
$$;

-- Components in which the caller is an observer and nothing else: who acted there is not told (DOMAIN 2).
CREATE FUNCTION app.observed() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(app.setting('observed')::uuid[], '{}');

-- Facts of an event or a revision without those that name a person; the twin of `unnamed` in app/domain/persons.py.
CREATE FUNCTION app.unnamed(facts jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(f.key, f.value), '{}') FROM jsonb_each(facts) f
    WHERE f.key = 'replaced_by' OR f.key !~ '_by(_person)?$' AND f.key NOT IN ('owner_id', 'actor_id', 'person_id')
$$;

GRANT EXECUTE ON FUNCTION app.let_in(uuid[]), app.note_link(uuid, integer), app.observed(), app.unnamed(jsonb)
    TO bmp_app, bmp_worker;

-- Accounts that were let in before this, as far as their links are still there.
UPDATE credentials c SET let_in_by = nullif(l.created_by, c.account_id),
    let_in_by_administrator = EXISTS (
        SELECT 1 FROM grants g WHERE g.account_id = l.created_by AND g.role = 'administrator')
FROM (SELECT DISTINCT ON (o.account_id) o.account_id, o.created_by FROM one_time_links o WHERE o.used_at IS NOT NULL
      ORDER BY o.account_id, o.used_at DESC) l
WHERE l.account_id = c.account_id;
