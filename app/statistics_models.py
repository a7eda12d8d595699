"""WHAT THE STATISTICS KEEP: facts of products in a year with their history, and the cube they add up to.

None of it is entered by anybody: ``services.statistics`` makes it from the data of the process and can make it anew.
Amounts are whole hundredths of 万元, as they are stored everywhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.columns import Code, UtcDateTime
from app.platform_models import BigId


class StatState(Model):
    """How far the statistics have come; one row, locked while they are brought up to date."""

    __tablename__ = "stat_state"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: rises with each transaction that changes figures: every figure is a figure as of a number
    number: Mapped[int] = mapped_column(BigInteger)
    #: which cells are in force; others are being made or left over
    generation: Mapped[int] = mapped_column(Integer)
    #: hash of the classifications the cells were made with
    branches: Mapped[str] = mapped_column(String(64))
    #: the data as of this time
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlacedIn:
    """Where a product or unit stands: its unit's region and kind."""

    province: Mapped[str | None] = mapped_column(String(6))
    city: Mapped[str | None] = mapped_column(String(6))
    district: Mapped[str | None] = mapped_column(String(6))
    kind: Mapped[str] = mapped_column(Code())


class StatRecord(PlacedIn, Model):
    """A fact (``domain.statistics.Fact``) from one number on and until another: figures of the past can be made again."""

    __tablename__ = "stat_record"
    __table_args__ = (
        Index("ix_stat_record_unit_id_closed", "unit_id", "closed"),
        Index("ix_stat_record_opened", "opened"),
        Index("ix_stat_record_closed", "closed"),
        Index("ix_stat_record_year_province_city", "year", "province", "city"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: rows of products and units that may be gone: no foreign keys
    product_year_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    unit_id: Mapped[int] = mapped_column(BigInteger)
    opened: Mapped[int] = mapped_column(BigInteger)
    #: the number from which on it no longer holds
    closed: Mapped[int | None] = mapped_column(BigInteger)
    year: Mapped[int] = mapped_column(Integer)
    industry_code: Mapped[str | None] = mapped_column(String(4))
    class_code: Mapped[str | None] = mapped_column(String(20))
    intensive: Mapped[str] = mapped_column(String(8))
    filing_year: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Code())
    takes_part: Mapped[bool] = mapped_column(Boolean)
    recognition: Mapped[str] = mapped_column(Code())
    counted: Mapped[bool] = mapped_column(Boolean)
    inventions: Mapped[int] = mapped_column(Integer)
    utility_models: Mapped[int] = mapped_column(Integer)
    designs: Mapped[int] = mapped_column(Integer)
    output: Mapped[int] = mapped_column(BigInteger)
    sales: Mapped[int] = mapped_column(BigInteger)
    export: Mapped[int] = mapped_column(BigInteger)
    profit: Mapped[int] = mapped_column(BigInteger)


class StatCell(Model):
    """A cell of the cube (``domain.statistics.Key``) and its measures."""

    __tablename__ = "stat_cell"
    __table_args__ = (
        Index("ix_stat_cell_below_region", "generation", "region_parent", "node", "year"),
        Index("ix_stat_cell_below_node", "generation", "region", "node_parent", "year"),
    )

    generation: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    region: Mapped[str] = mapped_column(String(6), primary_key=True)
    node: Mapped[str] = mapped_column(String(24), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Code(), primary_key=True)
    region_parent: Mapped[str] = mapped_column(String(6))
    node_parent: Mapped[str] = mapped_column(String(24))
    products: Mapped[int] = mapped_column(BigInteger)
    units: Mapped[int] = mapped_column(BigInteger)
    #: products whose first year this is
    new: Mapped[int] = mapped_column(BigInteger)
    inventions: Mapped[int] = mapped_column(BigInteger)
    utility_models: Mapped[int] = mapped_column(BigInteger)
    designs: Mapped[int] = mapped_column(BigInteger)
    intensive: Mapped[int] = mapped_column(BigInteger)
    intensive_sales: Mapped[int] = mapped_column(BigInteger)
    output: Mapped[int] = mapped_column(BigInteger)
    sales: Mapped[int] = mapped_column(BigInteger)
    export: Mapped[int] = mapped_column(BigInteger)
    profit: Mapped[int] = mapped_column(BigInteger)


class StatUnit(PlacedIn, Model):
    """A unit's products of a year, added up, for rankings."""

    __tablename__ = "stat_unit"
    __table_args__ = tuple(
        Index(f"ix_stat_unit_{'_'.join((*place, figure))}", "year", *place, figure, "unit_id")
        for place in ((), ("province",), ("city",))
        for figure in ("sales", "products", "patents")
    )

    unit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    products: Mapped[int] = mapped_column(BigInteger)
    patents: Mapped[int] = mapped_column(BigInteger)
    output: Mapped[int] = mapped_column(BigInteger)
    sales: Mapped[int] = mapped_column(BigInteger)
    export: Mapped[int] = mapped_column(BigInteger)
    profit: Mapped[int] = mapped_column(BigInteger)


class StatReview(Model):
    """Decisions of a month by region and kind of case; with a field: how many were returned for it."""

    __tablename__ = "stat_review"

    region: Mapped[str] = mapped_column(String(6), primary_key=True)
    #: YYYY-MM, of Beijing
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    kind: Mapped[str] = mapped_column(Code(), primary_key=True)
    field: Mapped[str] = mapped_column(String(60), primary_key=True)
    decided: Mapped[int] = mapped_column(BigInteger)
    returned: Mapped[int] = mapped_column(BigInteger)
    late: Mapped[int] = mapped_column(BigInteger)
    #: from submission to decision, all together
    hours: Mapped[int] = mapped_column(BigInteger)


class StatMap(Model):
    """A map (GeoJSON) an administrator uploaded in place of the built-in one; its areas have the codes as ``id``."""

    __tablename__ = "stat_map"

    region: Mapped[str] = mapped_column(String(6), primary_key=True)
    geojson: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SavedView(Model):
    """A page of statistics somebody saved under a name, with the figures as they were: it can be run again."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    name: Mapped[str] = mapped_column(String(100))
    page: Mapped[str] = mapped_column(Code())
    #: the filters as they stand in the address
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    number: Mapped[int] = mapped_column(BigInteger)
    branches: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: the measures of everything the view looks at, and the rows of its tables
    totals: Mapped[dict[str, Any]] = mapped_column(JSON)
    tables: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return self.name
