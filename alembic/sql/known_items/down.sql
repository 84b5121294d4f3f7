DROP FUNCTION app.state_known(uuid, timestamptz, timestamptz);
