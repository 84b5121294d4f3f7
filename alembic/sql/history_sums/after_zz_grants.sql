GRANT EXECUTE ON FUNCTION app.readiness_at(uuid[], uuid[], date, timestamptz, date, integer) TO bmp_app, bmp_worker;
GRANT EXECUTE ON FUNCTION app.keep_history(integer, integer, integer) TO bmp_worker;
