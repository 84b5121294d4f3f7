"""types."""

from scripts.clients.document import Document


def types(document: Document) -> str:
    return ""
