"""What is measured, and the figures to reach in milliseconds: (SQLite, PostgreSQL), None where there is none."""

from __future__ import annotations

from dataclasses import dataclass

#: at a million products a page may take so many times what it takes at a hundred thousand
GROWTH = 1.3
FOR = 100_000


@dataclass(frozen=True)
class Row:
    """A piece of work. ``once``: it does not depend on the number of products and is measured at the smallest only;
    ``grows``: it is done for each product, and the figure is for ``FOR`` of them."""

    name: str
    title: str
    sqlite: float | None = None
    postgresql: float | None = None
    once: bool = False
    grows: bool = False
    runs: int = 40

    def target(self, database: str, products: int) -> float | None:
        """The figure to reach on a kind of database with so many products."""
        figure = self.sqlite if database == "sqlite" else self.postgresql
        return figure * max(1.0, products / FOR) if self.grows and figure else figure


ROWS = (
    Row("list", "staff list, first page", 12, 20),
    Row("deep", "staff list, deep page", 12, 20),
    Row("search", "staff list, search 电池", 12, 20),
    Row("number", "staff list, search by patent number", 12, 20),
    Row("office", "IP office's list, first page"),
    Row("show", "product page, staff", 12, 20),
    Row("public", "product page, public", 12, 20),
    Row("form", "add form", 15, 25),
    Row("wizard", "filing wizard, step 1", 15, 25),
    Row("public-1", "public search, 1 character", 10, 10),
    Row("public-2", "public search, 电池", 10, 10),
    Row("public-4", "public search, 4 characters", 10, 10),
    Row("public-number", "public search by patent number", 10, 10),
    Row("public-unit", "public search, a unit's whole name", 10, 10),
    Row("public-pinyin", "public search, pinyin", 10, 10),
    Row("public-filtered", "public search, 电池 in a province, of a year", 10, 10),
    Row("public-all", "public search, nothing asked", 10, 10),
    Row("home", "public home page"),
    Row("recognised", "list of recognised products"),
    Row("units", "list of units"),
    Row("units-named", "list of units, a name"),
    Row("queue", "review queue"),
    Row("statistics", "review desk's figures", 150, 150),
    Row("stats", "statistics, overview", 150, 150),
    Row("stats-region", "statistics, cities of a province", 150, 150),
    Row("stats-industry", "statistics, industries of a division", 150, 150),
    Row("stats-trend", "statistics, years of an industry", 150, 150),
    Row("stats-ranking", "statistics, ranking of units", 150, 150),
    Row("stats-office", "statistics, IP office's overview", 150, 150),
    Row("stats-public", "statistics, public", 150, 150),
    Row("stats-asof", "statistics, a figure of the past made again"),
    Row("stats-refresh", "statistics, refresh after one change", runs=10),
    Row("checker", "checker on a filing"),
    Row("csv", "CSV of all products", 1000, 1000, once=True, runs=5),
    Row("excel", "Excel of all products", 6000, 6000, once=True, runs=3),
    Row("import", "register import, 100,000 patents from Excel", 5000, 5000, once=True, runs=3),
    Row("own-import", "up to 20,000 patents of a unit: checked, written, taken back", once=True, runs=3),
    Row("certificate", "certificate PDF", 45, 45, once=True),
    Row("signed", "certificate of recognition, signed", 45, 45, once=True),
    Row("batch", "3,000 certificates in the background", once=True, runs=1),
    Row("verify", "certificate verified online", once=True),
    Row("verify-offline", "certificate verified offline", once=True),
    Row("screening", "screening of all products, explained", 2000, 2000, grows=True, runs=3),
    Row("what-if", "screening, what if", grows=True, runs=3),
    Row("ready", "web process ready", 2500, 2500, once=True, runs=5),
)
GROWING = frozenset(row.name for row in ROWS if row.grows)
