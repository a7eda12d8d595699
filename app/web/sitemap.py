"""What search engines are told: which addresses there are (sitemaps.org), and which are not for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from urllib.parse import quote
from xml.sax.saxutils import escape

from flask import Response, current_app
from flask_appbuilder.baseviews import expose
from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.domain.clock import local_date, utc_now
from app.domain.errors import NotFound
from app.reports import articles, public_notices
from app.reports.search_index import PUBLIC_STATES
from app.web.base import OpenPage

#: a sitemap may have 50,000 addresses; each is about the products of so many numbers of records
PART = 40_000
PAGES = ("/", "/products", "/recognised", "/units", "/notices/", "/articles/", "/statistics/", "/data/", "/help", "/v/",
         "/objections/", "/accessibility")  # fmt: skip
#: what is for people with an account, costs much, or is a form
NOT_FOR_ROBOTS = ("/my/", "/desk/", "/recognition/", "/evaluation/", "/stats/", "/jobs/", "/login/", "/register",
                  "/password/", "/box", "/files/", "/api/", "/products?", "/units?", "/recognised?")  # fmt: skip
_P = m.Product.__table__.c


class SitemapView(OpenPage):
    """Lists of addresses for search engines."""

    route_base = ""
    default_view = "index"

    @expose("/robots.txt")
    def robots(self) -> Response:
        """Which addresses are not for robots, and where the sitemap is."""
        lines = [
            "User-agent: *",
            *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS),
            f"Sitemap: {_address('/sitemap.xml')}",
        ]
        return Response("\n".join(lines) + "\n", mimetype="text/plain")

    @expose("/sitemap.xml")
    def index(self) -> Response:
        """The sitemaps there are: one of pages, and those of products."""
        last = session.execute(select(func.max(_P.id))).scalar() or 0
        paths = ["/sitemap/pages.xml", *(f"/sitemap/products-{part}.xml" for part in range(last // PART + 1))]
        return _xml(
            "sitemapindex", (f"<sitemap><loc>{escape(_address(path))}</loc></sitemap>" for path in paths)
        )

    @expose("/sitemap/pages.xml")
    def pages(self) -> Response:
        """Pages, articles and notices."""
        today = local_date(utc_now())
        written = [
            (f"/articles/{each.id}", each.published_on) for each in articles.articles(today, limit=1_000)
        ]
        noticed = [
            (f"/notices/{each.id}", each.term.starts_on) for each in public_notices.notices(today, 1_000)
        ]
        return _xml("urlset", _urls([*((path, None) for path in PAGES), *written, *noticed]))

    @expose("/sitemap/products-<int(max=1000000):part>.xml")
    def products(self, part: int) -> Response:
        """The pages of filed products, by the time they were entered."""
        day = func.coalesce(_P.revoked_on, _P.filed_on)
        query = select(_P.filing_no, day).where(
            _P.id >= part * PART, _P.id < (part + 1) * PART, _P.state.in_(PUBLIC_STATES)
        )
        rows = session.execute(query.order_by(_P.id)).all()
        if not rows and part:
            raise NotFound
        return _xml("urlset", _urls((f"/products/{number}", day) for number, day in rows))


def _urls(pages: Iterable[tuple[str, date | None]]) -> Iterator[str]:
    for path, day in pages:
        changed = f"<lastmod>{day.isoformat()}</lastmod>" if day else ""
        yield f"<url><loc>{escape(_address(path))}</loc>{changed}</url>"


def _xml(root: str, entries: Iterable[str]) -> Response:
    body = "\n".join(entries)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return Response(f"{head}{body}\n</{root}>\n", mimetype="application/xml")


def _address(path: str) -> str:
    return f"{current_app.config['SETTINGS'].base_url}{quote(path)}"
