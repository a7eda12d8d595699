"""The year of filing is a token of the search index"""

from alembic import op

from app.reports import search_index

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ADDED = {
    "sqlite": "tokens || ' @y' || strftime('%Y', product.filed_on)",
    "postgresql": "tokens || array_to_tsvector(ARRAY['@y' || to_char(product.filed_on, 'YYYY')])",
}
_TAKEN = {
    "sqlite": "trim(replace(' ' || tokens, ' @y' || strftime('%Y', product.filed_on), ''))",
    "postgresql": "ts_delete(tokens, '@y' || to_char(product.filed_on, 'YYYY'))",
}


def upgrade() -> None:
    """Add it to what is there and make the index anew."""
    _set_tokens(_ADDED)


def downgrade() -> None:
    """Take it out."""
    _set_tokens(_TAKEN)


def _set_tokens(value: dict[str, str]) -> None:
    connection = op.get_bind()
    search_index.drop_index(connection)
    op.execute(
        f"UPDATE product_search SET tokens = {value[connection.dialect.name]} FROM product"  # noqa: S608
        " WHERE product.id = product_search.product_id AND product.filed_on IS NOT NULL"
    )
    search_index.create_index(connection)
    op.execute("ANALYZE product_search")
