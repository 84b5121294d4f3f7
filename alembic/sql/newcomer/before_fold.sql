-- Accents and case folded alike on PostgreSQL 16, 17 and 18, whatever their locale; the twin of app/domain/names.py.
-- NFKD decomposes; what it leaves is told letter by letter, and lower() under "C" is ASCII's.
CREATE OR REPLACE FUNCTION app.fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace(replace(replace(replace(replace(lower(translate(
    regexp_replace(normalize(value, NFKD), '[\u0300-\u036f\u0640\u064b-\u065f]', '', 'g'),
    'ĐđÐðĦħıĸŁłŊŋØøŦŧƉƏƒÆŒÞẞςΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄІЈЉЊЋЏҐЅ',
    'ddddhhikllnnoottdəfæœþßσαβγδεζηθικλμνξοπρστυφχψωабвгдежзиклмнопрстуфхцчшщъыьэюяђєіјљњћџґѕ'
) COLLATE "C"), 'æ', 'ae'), 'œ', 'oe'), 'ß', 'ss'), 'þ', 'th'), '[\t-\r \u0085\u1680\u2028\u2029]+', ' ', 'g');
