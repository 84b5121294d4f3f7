-- Log-in, sessions and secrets (DOMAIN 2, API 17). The tables behind belong to the owner alone; each function does one
-- narrow thing. Those used before there is an identity ask for what only the rightful caller knows; all others are
-- bound to the identity of the transaction.

-- Attempts to log in, counted across workers. 0: go on. Otherwise seconds to wait; nothing is recorded then. Counting
-- and recording is one step under a lock, so that a thousand guesses at once are not a thousand guesses.
CREATE FUNCTION app.attempt(of_subject text, most integer, window_seconds integer, record boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    since timestamptz := clock_timestamp() - make_interval(secs => window_seconds);
    found integer;
    oldest timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(of_subject, 11));
    DELETE FROM public.login_attempts a WHERE a.subject = of_subject AND a.at <= since;
    SELECT count(*), min(a.at) INTO found, oldest FROM public.login_attempts a WHERE a.subject = of_subject;
    IF found >= most THEN
        RETURN greatest(1, ceil(extract(epoch FROM oldest - since))::integer);
    END IF;
    IF record THEN
        INSERT INTO public.login_attempts (id, subject) VALUES (gen_random_uuid(), of_subject);
    END IF;
    RETURN 0;
END $$;

CREATE FUNCTION app.forget_attempts(of_subject text) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ DELETE FROM public.login_attempts a WHERE a.subject = of_subject $$;

-- An account by its name, with the hash that its password is compared with.
CREATE FUNCTION app.account_for_login(given_name text) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('id', a.id, 'organisation_id', a.organisation_id, 'active', a.active,
                              'password_hash', c.password_hash)
    FROM public.accounts a LEFT JOIN public.credentials c ON c.account_id = a.id WHERE a.account_name = given_name
$$;

-- The same password at today's cost; whoever does not know the old hash changes nothing.
CREATE FUNCTION app.rehash_password(account uuid, old_hash text, new_hash text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.credentials c SET password_hash = new_hash WHERE c.account_id = account AND c.password_hash = old_hash
$$;

-- A client by its public name; `secret_ok` says whether the hash is one of its live secrets. (A parameter called like
-- a column would silently mean the column.)
CREATE FUNCTION app.client_for_login(given_name text, given_hash bytea) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('id', c.id, 'organisation_id', c.organisation_id, 'authentication', c.authentication,
        'public_jwk', c.public_jwk,
        'active', c.active AND a.active AND a.organisation_id = c.organisation_id,
        'secret_ok', EXISTS (
            SELECT 1 FROM public.client_secrets s WHERE s.client_id = c.id AND s.secret_hash = given_hash
            AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())))
    FROM public.clients c JOIN public.accounts a ON a.id = c.owner_id WHERE c.client_id = given_name
$$;

-- True the first time that an assertion is presented.
CREATE FUNCTION app.use_assertion(assertion text, ends timestamptz) RETURNS boolean LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH kept AS (
        INSERT INTO public.revoked_tokens (jti, kind, expires_at) VALUES (assertion, 'assertion', ends)
        ON CONFLICT DO NOTHING RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM kept)
$$;

CREATE FUNCTION app.revoke_access(token text, ends timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.revoked_tokens (jti, kind, expires_at) VALUES (token, 'access', ends) ON CONFLICT DO NOTHING
$$;

-- Whether an access token ended before its time: by itself, or with the sign-in it came from.
CREATE FUNCTION app.token_ended(token text, sign_in uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.revoked_tokens t WHERE t.jti = token AND t.kind = 'access')
        OR (sign_in IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM public.sign_ins s WHERE s.id = sign_in AND s.revoked_at IS NULL))
$$;

CREATE FUNCTION app.start_sign_in(
    sign_in uuid, account uuid, by_agent text, refresh bytea, allowed text[], ends timestamptz
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.sign_ins (id, account_id, organisation_id, agent, expires_at)
    SELECT sign_in, a.id, a.organisation_id, by_agent, ends FROM public.accounts a WHERE a.id = account AND a.active;
    INSERT INTO public.refresh_tokens (secret_hash, sign_in_id, scopes, expires_at)
    VALUES (refresh, sign_in, allowed, ends)
$$;

-- One refresh token for the next. `outcome`: good, unknown, ended, expired, or reused: then the whole sign-in is revoked.
CREATE FUNCTION app.use_refresh(refresh bytea, following bytea) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r public.refresh_tokens;
    s public.sign_ins;
    outcome text := 'good';
BEGIN
    SELECT t.* INTO r FROM public.refresh_tokens t WHERE t.secret_hash = refresh;
    IF NOT FOUND THEN RETURN jsonb_build_object('outcome', 'unknown'); END IF;
    SELECT i.* INTO s FROM public.sign_ins i WHERE i.id = r.sign_in_id FOR UPDATE;
    SELECT t.* INTO r FROM public.refresh_tokens t WHERE t.secret_hash = refresh;
    IF s.revoked_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM public.accounts a WHERE a.id = s.account_id AND a.active)
    THEN
        outcome := 'ended';
    ELSIF r.used_at IS NOT NULL THEN
        outcome := 'reused';
        UPDATE public.sign_ins i SET revoked_at = clock_timestamp(), revoked_because = 'refresh_token_reused'
        WHERE i.id = s.id;
    ELSIF r.expires_at <= clock_timestamp() OR s.expires_at <= clock_timestamp() THEN
        outcome := 'expired';
    ELSE
        UPDATE public.refresh_tokens t SET used_at = clock_timestamp() WHERE t.secret_hash = refresh;
        INSERT INTO public.refresh_tokens (secret_hash, sign_in_id, scopes, expires_at)
        VALUES (following, s.id, r.scopes, s.expires_at);
        UPDATE public.sign_ins i SET used_at = clock_timestamp() WHERE i.id = s.id;
    END IF;
    RETURN jsonb_build_object('outcome', outcome, 'sign_in_id', s.id, 'account_id', s.account_id,
                              'organisation_id', s.organisation_id, 'scopes', to_jsonb(r.scopes));
END $$;

-- RFC 7009 for a refresh token: its sign-in ends. NULL when there is none to end.
CREATE FUNCTION app.revoke_refresh(refresh bytea) RETURNS uuid LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.sign_ins s SET revoked_at = clock_timestamp(), revoked_because = 'signed_out'
    FROM public.refresh_tokens t
    WHERE t.secret_hash = refresh AND s.id = t.sign_in_id AND s.revoked_at IS NULL RETURNING s.account_id
$$;

-- Ends the sign-ins of an account (or one of them): one's own, or of an account of one's organisation.
CREATE FUNCTION app.end_sign_ins(account uuid, only_one uuid, because text) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH ended AS (
        UPDATE public.sign_ins s SET revoked_at = clock_timestamp(), revoked_because = because
        WHERE s.account_id = account AND s.revoked_at IS NULL AND (only_one IS NULL OR s.id = only_one)
          AND (s.account_id = app.caller() OR s.organisation_id = app.org() OR app.has('a')) RETURNING 1)
    SELECT count(*)::integer FROM ended
$$;

-- A one-time link takes the place of every earlier one of that account.
CREATE FUNCTION app.make_link(link bytea, account uuid, link_kind text, ends timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.accounts a WHERE a.id = account AND a.active
                   AND app.person() IS NOT NULL AND (app.has('a') OR a.organisation_id = app.org())) THEN
        RAISE EXCEPTION 'not an account of the caller' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.one_time_links l WHERE l.account_id = account AND l.used_at IS NULL;
    INSERT INTO public.one_time_links (secret_hash, account_id, kind, created_by, expires_at)
    VALUES (link, account, link_kind, app.person(), ends);
END $$;

-- Whose link this is, as long as it can be used.
CREATE FUNCTION app.link_for(link bytea) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('account_id', a.id, 'account_name', a.account_name, 'kind', l.kind)
    FROM public.one_time_links l JOIN public.accounts a ON a.id = l.account_id
    WHERE l.secret_hash = link AND l.used_at IS NULL AND l.expires_at > clock_timestamp() AND a.active
$$;

-- Uses a link up: the password is set, and every sign-in of before ends. NULL when somebody was faster.
CREATE FUNCTION app.redeem_link(link bytea, new_hash text) RETURNS jsonb
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
    INSERT INTO public.credentials AS c (account_id, password_hash) VALUES (l.account_id, new_hash)
    ON CONFLICT (account_id) DO UPDATE SET password_hash = new_hash, changed_at = clock_timestamp();
    UPDATE public.sign_ins s SET revoked_at = clock_timestamp(), revoked_because = 'password_changed'
    WHERE s.account_id = l.account_id AND s.revoked_at IS NULL;
    SELECT a.organisation_id INTO organisation FROM public.accounts a WHERE a.id = l.account_id;
    RETURN jsonb_build_object('account_id', l.account_id, 'organisation_id', organisation, 'kind', l.kind);
END $$;

-- The caller's own password: its hash, and its change, which ends every other sign-in.
CREATE FUNCTION app.own_password() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ SELECT c.password_hash FROM public.credentials c WHERE c.account_id = app.caller() $$;

CREATE FUNCTION app.change_own_password(old_hash text, new_hash text, keep uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.credentials c SET password_hash = new_hash, changed_at = clock_timestamp()
    WHERE c.account_id = app.caller() AND c.password_hash = old_hash;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE public.sign_ins s SET revoked_at = clock_timestamp(), revoked_because = 'password_changed'
    WHERE s.account_id = app.caller() AND s.revoked_at IS NULL AND s.id IS DISTINCT FROM keep;
    DELETE FROM public.one_time_links l WHERE l.account_id = app.caller() AND l.used_at IS NULL;
    RETURN true;
END $$;

-- Closing an account leaves nothing behind by which it could be entered again.
CREATE FUNCTION app.wipe_account(account uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.accounts a WHERE a.id = account AND app.person() IS NOT NULL
                   AND (app.has('a') OR a.organisation_id = app.org())) THEN
        RAISE EXCEPTION 'not an account of the caller' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.credentials c WHERE c.account_id = account;
    DELETE FROM public.one_time_links l WHERE l.account_id = account AND l.used_at IS NULL;
    PERFORM app.end_sign_ins(account, NULL, 'account_closed');
END $$;

-- Whether an account of the caller's organisation has a password yet.
CREATE FUNCTION app.has_password(account uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.credentials c JOIN public.accounts a ON a.id = c.account_id
        WHERE a.id = account AND (a.organisation_id = app.org() OR app.has('a') OR app.has('s')))
$$;

-- A new secret for one's own client. The newest of those before lives on until `old_ends`; older ones end now.
CREATE FUNCTION app.add_client_secret(client uuid, secret bytea, old_ends timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM public.clients c WHERE c.id = client AND c.owner_id = app.person() FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not a client of the caller' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.client_secrets s WHERE s.client_id = client AND s.id IS DISTINCT FROM (
        SELECT n.id FROM public.client_secrets n WHERE n.client_id = client
        AND (n.expires_at IS NULL OR n.expires_at > clock_timestamp()) ORDER BY n.created_at DESC, n.id DESC LIMIT 1);
    UPDATE public.client_secrets s SET expires_at = least(coalesce(s.expires_at, 'infinity'), old_ends)
    WHERE s.client_id = client;
    DELETE FROM public.client_secrets s WHERE s.client_id = client AND s.expires_at <= clock_timestamp();
    INSERT INTO public.client_secrets (id, client_id, secret_hash) VALUES (gen_random_uuid(), client, secret);
END $$;

-- When a client's live secrets were made and when they end; never the secrets.
CREATE FUNCTION app.client_secrets_of(client uuid) RETURNS json LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object('created_at', app.iso(s.created_at), 'expires_at', app.iso(s.expires_at))
                             ORDER BY s.created_at, s.id), '[]')
    FROM public.client_secrets s JOIN public.clients c ON c.id = s.client_id
    WHERE c.id = client AND (c.organisation_id = app.org() OR app.has('a') OR app.has('s'))
      AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
$$;

CREATE FUNCTION app.wipe_client(client uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM public.client_secrets s USING public.clients c
    WHERE s.client_id = client AND c.id = client AND app.person() IS NOT NULL
      AND (c.organisation_id = app.org() OR app.has('a'))
$$;

-- What has run out and nobody needs: for the worker, now and then. The number of rows that went.
CREATE FUNCTION app.forget_expired_access() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone integer := 0;
    n integer;
BEGIN
    DELETE FROM public.revoked_tokens t WHERE t.expires_at < clock_timestamp() - interval '1 hour';
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    DELETE FROM public.login_attempts a WHERE a.at < clock_timestamp() - interval '1 day';
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    DELETE FROM public.refresh_tokens t WHERE t.expires_at < clock_timestamp() - interval '1 day';
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    DELETE FROM public.client_secrets s WHERE s.expires_at < clock_timestamp() - interval '1 day';
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    DELETE FROM public.one_time_links l WHERE l.expires_at < clock_timestamp() - interval '30 days';
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    RETURN gone;
END $$;
