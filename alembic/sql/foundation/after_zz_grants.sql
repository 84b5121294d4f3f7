-- The application may call every function of the house; PUBLIC none.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO bmp_app, bmp_worker;
GRANT SELECT ON alembic_version TO bmp_app, bmp_worker;
