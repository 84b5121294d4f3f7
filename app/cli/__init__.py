"""The `bmp` command."""

from __future__ import annotations


def main() -> None:
    """Entry point of the console script; imports late so that `bmp --help` answers at once."""
    from app.cli.root import cli  # noqa: PLC0415

    cli()
