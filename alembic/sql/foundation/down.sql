-- Functions that return rows of a table hold on to it; the rest of the schema goes last, with a cascade.
DO $$
DECLARE
    each regprocedure;
BEGIN
    FOR each IN
        SELECT p.oid::regprocedure FROM pg_proc p
        WHERE p.pronamespace = 'app'::regnamespace
          AND p.prorettype IN (SELECT c.reltype FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace)
    LOOP
        EXECUTE 'DROP FUNCTION ' || each;
    END LOOP;
END $$;
