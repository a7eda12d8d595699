"""The pages: ours through the whole application, and the raw driver reading the same data."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app import models as m
from app.db import acting, session, transaction
from app.domain.actor import Actor
from app.domain.clock import local_date, utc_now
from app.domain.normal import name_key
from app.reports import statistics
from app.reports.search_index import NEVER_FILED
from app.services import checks
from app.services import statistics as keep_statistics
from bench import raw
from bench.clock import Work
from bench.site import Site

STAFF, OFFICE, OWNER = "reviewer1", "office", "unit1"
#: our work, and the raw driver's where there is any
Pair = tuple[Work, Work | None]


def _list(site: Site) -> Pair:
    return site.page("/productview/list/", STAFF), partial(raw.first_page, site.raw)


def _deep(site: Site) -> Pair:
    middle = site.raw.one("SELECT max(id) / 2 FROM product")
    cursor = base64.urlsafe_b64encode(json.dumps([middle, middle]).encode()).decode().rstrip("=")
    return site.page(f"/productview/list/?after={cursor}", STAFF), partial(raw.first_page, site.raw, middle)


def _found(site: Site, address: str, text: str, *tokens: str, staff: bool = False) -> Pair:
    page = site.page(f"{address}?q={quote(text)}", STAFF if staff else None)
    return page, partial(raw.found_page, site.raw, tokens, 0 if staff else NEVER_FILED)


def _by_number(site: Site, address: str, staff: bool = False) -> Pair:
    number = site.raw.one("SELECT application_no FROM patent WHERE id = (SELECT max(id) / 2 FROM patent)")
    return _found(site, address, number, "=" + number.lower(), staff=staff)


def _by_unit(site: Site) -> Pair:
    name = site.raw.one(
        "SELECT u.name FROM unit u JOIN product p ON p.unit_id = u.id WHERE p.id = (SELECT max(id) / 2 FROM product)"
    )
    return _found(site, "/products", name, "=" + name_key(name))


def _show(site: Site) -> Pair:
    middle = site.raw.one("SELECT max(id) / 2 FROM product")
    return site.page(f"/productview/show/{middle}", STAFF), partial(raw.product, site.raw, "id", middle)


def _public(site: Site) -> Pair:
    number = site.raw.one("SELECT min(filing_no) FROM product WHERE id > (SELECT max(id) / 2 FROM product)")
    return site.page(f"/products/{number}"), partial(raw.product_and_patents, site.raw, number)


def _wizard(site: Site) -> Pair:
    draft = site.raw.one(
        """SELECT max(p.id) FROM product p JOIN account a ON a.unit_id = p.unit_id JOIN ab_user u ON u.id = a.user_id
           WHERE p.state = 'draft' AND u.username = ?""",
        OWNER,
    )
    return site.page(f"/my/products/{draft}/step/1", OWNER), partial(raw.product, site.raw, "id", draft)


def _checker(site: Site) -> Pair:
    key = site.raw.one("SELECT max(id) FROM product WHERE state = 'filed'")
    today = local_date(utc_now())

    def check() -> None:
        with site.app.app_context(), acting(Actor.system("bench")):
            query = select(m.Product).where(m.Product.id == key).options(selectinload(m.Product.years))
            product = session.scalars(query).one()
            checks.of_filing(product, product.years[-1], today)
            session.remove()

    return check, None


def _stats(site: Site, page: str, grouped: str, query: str = "", user: str = STAFF) -> Pair:
    """A page of statistics beside the same grouping of the products themselves, of one year."""
    return site.page(f"/stats/{page}?{query}", user), partial(
        raw.grouped_years, site.raw, grouped, _year(site)
    )


def _year(site: Site) -> int:
    return int(site.raw.one("SELECT max(year) FROM product_year"))


def _asof(site: Site) -> Pair:
    year, number = _year(site), int(site.raw.one("SELECT number FROM stat_state"))

    def again() -> None:
        with site.app.app_context():
            found = statistics.asof(statistics.Asked("000000", year), number)
            session.remove()
        if not found.products:
            raise RuntimeError("no products")

    return again, partial(raw.grouped_years, site.raw, "u.province", year)


def _refresh(site: Site) -> Pair:
    key = site.raw.one("SELECT max(id) FROM product_year WHERE state = 'updated'")

    def once() -> None:
        with site.app.app_context():
            now = utc_now() + timedelta(days=1)  # later than what the database was filled with
            with transaction(Actor.system("bench")):
                year = session.get_one(m.ProductYear, key)
                year.sales, year.changed_at = (year.sales or 0) + 1, now
            keep_statistics.refresh(now)
            session.remove()

    return once, None


PAGES: dict[str, Callable[[Site], Pair]] = {
    "list": _list,
    "deep": _deep,
    "search": lambda site: _found(site, "/productview/list/", "电池", "电池", staff=True),
    "number": partial(_by_number, address="/productview/list/", staff=True),
    "office": lambda site: (site.page("/productview/list/", OFFICE), None),
    "show": _show,
    "public": _public,
    "form": lambda site: (site.page("/phraseview/add", STAFF), None),
    "wizard": _wizard,
    "public-1": lambda site: _found(site, "/products", "池", "池"),
    "public-2": lambda site: _found(site, "/products", "电池", "电池"),
    "public-4": lambda site: _found(site, "/products", "车用永磁", "车用", "用永", "永磁"),
    "public-number": partial(_by_number, address="/products"),
    "public-unit": _by_unit,
    "public-pinyin": lambda site: _found(site, "/products", "yongci", "yongci"),
    "public-filtered": lambda site: (site.page("/products?q=电池&province=430000&year=2025"), None),
    "public-all": lambda site: (site.page("/products"), None),
    "home": lambda site: (site.page("/"), None),
    "recognised": lambda site: (site.page("/recognised"), None),
    "units": lambda site: (site.page("/units"), None),
    "units-named": lambda site: (site.page("/units?q=示例"), None),
    "queue": lambda site: (site.page("/desk/", STAFF), None),
    "statistics": lambda site: (site.page("/desk/stats/", STAFF), None),
    "checker": _checker,
    "stats": lambda site: _stats(site, "overview", "u.province"),
    "stats-region": lambda site: _stats(site, "regions", "u.city", "region=430000"),
    "stats-industry": lambda site: _stats(site, "industries", "p.industry_code", "node=i:38"),
    "stats-trend": lambda site: _stats(site, "trend", "y.year", "node=i:38"),
    "stats-ranking": lambda site: _stats(site, "ranking", "u.id"),
    "stats-office": lambda site: _stats(site, "overview", "u.city", user=OFFICE),
    "stats-public": lambda site: (
        site.page("/statistics/"),
        partial(raw.grouped_years, site.raw, "u.province", _year(site)),
    ),
    "stats-asof": _asof,
    "stats-refresh": _refresh,
}
