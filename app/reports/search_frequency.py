"""How common the index's tokens are.

PostgreSQL has statistics. Its index finds all entries of a token before it gives the first, so what is common is better
not counted by it. SQLite's gives one after the other, the newest first: a token is the rarer the older the last of some.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import text

from app.db import session
from app.registers.cache import Kept
from app.reports.search_index import FTS

LIFE_SECONDS = 300.0
#: So many of a token's entries are looked at; what has fewer is rare.
SOME = 100

_RAREST_FIRST = text(f"""
    SELECT value FROM json_each(:tokens) ORDER BY (
        SELECT rowid FROM {FTS} WHERE {FTS} MATCH '"' || value || '"' ORDER BY rowid LIMIT 1 OFFSET {SOME}
    ) DESC NULLS FIRST
""")  # noqa: S608 (nothing that was typed)


def entries_with(token: str) -> int:
    """About how many entries have a token; 0 for a rare one, and where there are no statistics."""
    return _common.get().get(token, 0)


def rarest_first(tokens: Iterable[str]) -> Sequence[str]:
    """Tokens by how many entries have them, about."""
    if session.get_bind().dialect.name == "postgresql":
        return sorted(tokens, key=entries_with)
    return session.scalars(_RAREST_FIRST, {"tokens": json.dumps(list(tokens))}).all()


def _load() -> dict[str, int]:
    if session.get_bind().dialect.name != "postgresql":
        return {}
    query = """
        SELECT s.most_common_elems::text::text[], s.most_common_elem_freqs, c.reltuples
        FROM pg_stats s JOIN pg_class c ON c.oid = 'product_search'::regclass
        WHERE s.tablename = 'product_search' AND s.attname = 'tokens' AND s.schemaname = current_schema()
    """
    found = session.execute(text(query)).first()
    if found is None or found[0] is None:
        return {}
    # behind the tokens' own frequencies stand the least and the greatest of them
    return {token: int(part * found[2]) for token, part in zip(found[0], found[1], strict=False)}


_common = Kept(_load, LIFE_SECONDS)
