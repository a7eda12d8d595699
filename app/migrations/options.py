"""What comparisons of the schema with the models leave out."""

from __future__ import annotations

#: Made by hand in the migrations, unknown to the models: the search index of each database.
OWN_INDEXES = ("product_search_fts", "ix_product_search_vector")


def include_object(
    _object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object
) -> bool:
    """Leave the search index out of comparisons."""
    return not (kind in ("table", "index") and str(name).startswith(OWN_INDEXES))
