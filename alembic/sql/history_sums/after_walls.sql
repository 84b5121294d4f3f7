ALTER TABLE history_late ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON history_late FROM PUBLIC;
GRANT SELECT ON history_late TO bmp_app, bmp_worker;
CREATE POLICY see ON history_late FOR SELECT TO bmp_app, bmp_worker USING (unit_id = ANY ((SELECT app.agencies())::uuid[]));
ALTER TABLE history_sums ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON history_sums FROM PUBLIC;
GRANT SELECT ON history_sums TO bmp_app, bmp_worker;
CREATE POLICY see ON history_sums FOR SELECT TO bmp_app, bmp_worker USING (unit_id = ANY ((SELECT app.agencies())::uuid[]));
