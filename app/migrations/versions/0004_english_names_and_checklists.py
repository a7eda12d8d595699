"""English names of the classifications and regions; the reviewers' checklists"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAMES = (
    ("region", "name_en", 120),
    ("industry", "name_en", 200),
    ("product_class", "name_en", 200),
    ("intensive_industry", "group_name_en", 200),
    ("intensive_industry", "subgroup_name_en", 200),
)


def upgrade() -> None:
    """Bring the schema forward; the names are filled in by the set-up that follows."""
    for table, column, length in NAMES:
        op.add_column(table, sa.Column(column, sa.String(length=length), server_default="", nullable=False))
    op.create_table(
        "case_check",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule_id", sa.String(length=30), nullable=False),
        sa.Column("checked_by", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["review_case.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "rule_id"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("case_check")
    for table, column, _ in reversed(NAMES):
        op.drop_column(table, column)
