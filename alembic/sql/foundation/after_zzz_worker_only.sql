-- What only the background worker does. After the general grants, because it takes two of them back.
REVOKE EXECUTE ON FUNCTION app.forget_answers(integer, integer), app.forget_expired_access() FROM bmp_app;
