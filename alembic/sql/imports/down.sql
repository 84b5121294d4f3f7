DROP TRIGGER erases_import_files ON vault;
DROP FUNCTION app.erase_import_files();
DROP FUNCTION app.forget_imports(uuid[]);
DROP FUNCTION app.expired_imports(integer);
DROP FUNCTION app.unmark_import(uuid);
DROP FUNCTION app.mark_import(uuid, uuid[], bigint[]);
