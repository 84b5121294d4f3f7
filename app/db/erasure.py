"""What an erasure takes out of the database (DOMAIN 4), made from the table of what belongs where.

`db/tenancy.py` says of each table which column leads to a person and which columns hold free text about one. From it
comes the SQL here: `app.forget_trainees` empties those columns of erased people, and a trigger per table keeps texts
about an erased person from being written afterwards. Revisions never hold such texts. A table that forgot to say so
fails in `tests/house/test_erasure.py`.
"""

from __future__ import annotations

from app.db.base import Base
from app.db.tenancy import TENANCY, Tenancy

#: What stands in a column that cannot be empty.
ERASED = "erased"

_DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp"


def tables_with_texts() -> list[str]:
    """The tables that hold free text about people."""
    return [table for table, t in TENANCY.items() if t.texts]


def statements() -> list[str]:
    """Everything that a migration has to run after the table of tenancy changed in this respect."""
    made = [f"CREATE OR REPLACE {_forget()}"]
    for table in tables_with_texts():
        made += [f"CREATE OR REPLACE {_keep_out(table)}", f"DROP TRIGGER IF EXISTS about_erased ON {table}", _on(table)]
    return made


def _emptied(table: str, column: str) -> str:
    return "NULL" if Base.metadata.tables[table].c[column].nullable else f"'{ERASED}'"


def _forget() -> str:
    """One function for an erasure and its replay: the service is bound to people whose agency the caller manages."""
    body = [
        "DECLARE",
        "    gone uuid[];",
        "    told uuid[];",
        "BEGIN",
        "    SELECT coalesce(array_agg(t.id), '{}') INTO gone FROM public.trainees t",
        "    WHERE t.id = ANY (trainees) AND t.erased_at IS NOT NULL",
        "      AND (session_user NOT IN ('bmp_app', 'bmp_worker')",
        "           OR (app.has('p') AND t.agency_id = ANY (app.managed_agencies())));",
        *(f"    {_empty(table)}" for table in tables_with_texts()),
        "    SELECT array_agg(o.id) INTO told FROM (",
        "        " + "\n        UNION ALL ".join(_objects(table, t) for table, t in TENANCY.items() if _resource(t)),
        "    ) o;",
        "    UPDATE public.idempotency_keys k SET answer = '', headers = k.headers || '{\"not-kept\": \"1\"}'",
        "    WHERE k.answer <> '' AND EXISTS (",
        "        SELECT 1 FROM unnest(told) o(id) WHERE position(convert_to(o.id::text, 'UTF8') IN k.answer) > 0);",
    ]
    head = f"FUNCTION app.forget_trainees(trainees uuid[]) RETURNS void {_DEFINER}"
    return f"{head} AS $$\n" + "\n".join(body) + "\nEND $$"


def _resource(t: Tenancy) -> bool:
    """True for objects of their own that are about a person: kept answers name them."""
    return t.resource is not None and bool(t.person)


def _of_people(t: Tenancy) -> str:
    if t.through:
        return f"x.{t.person} IN (SELECT p.id FROM public.{t.through} p WHERE p.trainee_id = ANY (gone))"
    return f"x.{t.person} = ANY (gone)"


def _objects(table: str, t: Tenancy) -> str:
    return f"SELECT x.id FROM public.{table} x WHERE {_of_people(t)}"


def _empty(table: str) -> str:
    t = TENANCY[table]
    values = [f"{column} = {_emptied(table, column)}" for column in t.texts]
    if t.resource is not None:
        values += ["version = x.version + 1", "updated_at = clock_timestamp()"]
    there = " OR ".join(f"x.{column} IS DISTINCT FROM {_emptied(table, column)}" for column in t.texts)
    return f"UPDATE public.{table} x SET {', '.join(values)} WHERE {_of_people(t)} AND ({there});"


def _keep_out(table: str) -> str:
    """Whoever writes about a person holds them against being erased meanwhile; about the erased nothing is kept."""
    t = TENANCY[table]
    if t.person == "id":
        ask = "    at := NEW.erased_at;"
    else:
        person = f"NEW.{t.person}"
        if t.through:
            person = f"(SELECT x.trainee_id FROM public.{t.through} x WHERE x.id = {person})"
        ask = f"    SELECT p.erased_at INTO at FROM public.trainees p WHERE p.id = {person} FOR KEY SHARE;"
    values = "\n".join(f"        NEW.{column} := {_emptied(table, column)};" for column in t.texts)
    return (
        f"FUNCTION app.about_erased_{table}() RETURNS trigger {_DEFINER} AS $$\nDECLARE\n    at timestamptz;\nBEGIN\n"
        f"{ask}\n    IF at IS NOT NULL THEN\n{values}\n    END IF;\n    RETURN NEW;\nEND $$"
    )


def _on(table: str) -> str:
    said = " OR ".join(f"NEW.{c} IS DISTINCT FROM {_emptied(table, c)}" for c in TENANCY[table].texts)
    return (
        f"CREATE TRIGGER about_erased BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW WHEN ({said}) "
        f"EXECUTE FUNCTION app.about_erased_{table}()"
    )
