"""Search by state and recognition; what there is of each kind, counted"""

import sqlalchemy as sa
from alembic import op

from app.reports import search_index

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: token → the products that have it from now on
TOKENS = {
    "@sfiled": "SELECT id FROM product WHERE state IN ('filed', 'revocation_pending')",
    "@srevoked": "SELECT id FROM product WHERE state = 'revoked'",
    "@recognised": "SELECT product_id FROM recognition WHERE state = 'recognised'",
}


def upgrade() -> None:
    """Bring the schema forward, and the index of products with it."""
    op.create_table(
        "public_counts",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    connection = op.get_bind()
    search_index.drop_index(connection)
    for token, products in TOKENS.items():
        more = (
            f"tokens || '''{token}'''::tsvector"
            if connection.dialect.name == "postgresql"
            else f"tokens || ' {token}'"
        )
        op.execute(f"UPDATE product_search SET tokens = {more} WHERE product_id IN ({products})")  # noqa: S608
    search_index.create_index(connection)


def downgrade() -> None:
    """Take it back; the index may keep what nothing asks for."""
    op.drop_table("public_counts")
