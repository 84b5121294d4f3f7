GRANT EXECUTE ON FUNCTION
    app.mark_import(uuid, uuid[], bigint[]), app.unmark_import(uuid), app.expired_imports(integer),
    app.forget_imports(uuid[])
TO bmp_worker;
