"""When two texts of a cell say the same; what a spreadsheet would run."""

from __future__ import annotations

import pytest

from app.domain.imports import CellKind, is_formula, same, undefused


@pytest.mark.parametrize(
    ("text", "bare"),
    [("'=1+1", "=1+1"), ("'+216", "+216"), ("'-5", "-5"), ("'@x", "@x"), ("'quoted'", "'quoted'"), ("plain", "plain")],
)
def test_what_an_export_made_safe_is_as_it_was(text: str, bare: str) -> None:
    assert undefused(text) == bare


@pytest.mark.parametrize(
    ("text", "runs"), [("=1", True), ("@SUM(A1)", True), ("+216 71 000 000", False), ("-5", False)]
)
def test_formulas_are_told_from_numbers_and_telephones(text: str, runs: bool) -> None:  # noqa: FBT001
    assert is_formula(text) is runs


@pytest.mark.parametrize(
    ("kind", "given", "known"),
    [
        ("text", "a", "a"),
        (None, None, None),
        ("integer", "5.0", "5"),
        ("decimal", " 1.50", "1.5"),
        ("truth", "TRUE", "true"),
        ("day", "2026-01-31T00:00:00Z", "2026-01-31"),
        ("uuid", "0198C1D2-7A43-7C55-9A4E-0F6D7D6F2B11", "0198c1d2-7a43-7c55-9a4e-0f6d7d6f2b11"),
        ("instant", "2026-01-31", "2026-01-31T00:00:00Z"),
        ("instant", "2026-01-31T10:00:00.123Z", "2026-01-31T10:00:00.123456Z"),
        ("instant", "2026-01-31T11:00:00+01:00", "2026-01-31T10:00:00Z"),
        ("json", '["fr","ar"]', '["fr", "ar"]'),
        ("json", '[{"id": 1, "label": "Un"}]', '[{"id": 1, "label": "One"}]'),
        (None, '{"a":1}', '{"a": 1}'),
        (None, "True", "true"),
        (None, "2026-01-31T10:00:00.0001Z", "2026-01-31T10:00:00Z"),
    ],
)
def test_the_same_is_said_in_several_ways(kind: CellKind | None, given: str | None, known: str | None) -> None:
    assert same(kind, given, known)


@pytest.mark.parametrize(
    ("kind", "given", "known"),
    [
        ("text", "1.0", "1"),
        ("text", None, "a"),
        ("text", "a", None),
        (None, "1.0", "1"),
        (None, "001", "1"),
        ("integer", "five", "5"),
        ("integer", "6", "5"),
        ("instant", "soon", "2026-01-31T10:00:00Z"),
        ("instant", "2026-01-31T10:00:01Z", "2026-01-31T10:00:00Z"),
        ("json", "[", "[]"),
        ("json", '[{"label": "Un"}]', '[{"label": "One"}]'),
        (None, "false", "true"),
    ],
)
def test_what_differs_differs(kind: CellKind | None, given: str | None, known: str | None) -> None:
    assert not same(kind, given, known)
