"""A round in which every product is a candidate, screened by us and by pandas with the least that gives points."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
from sqlalchemy import insert, literal, select, text

from app import models as m
from app.db import session, transaction
from app.domain.actor import Actor
from app.domain.clock import local_date, utc_now
from app.domain.recognition import scheme
from app.services.background import Task
from app.services.recognition import screening
from bench.raw import Raw
from bench.site import Site

SYSTEM = Actor.system("bench")
TITLE = "bench"
#: what nobody keeps: a run as pandas writes it has a number of its own
RAW_RUN = 1_000_000


class Quiet(Task):
    """Work whose progress nobody looks at."""

    def step(self, done: int, total: int) -> None:
        """Nobody looks."""


def prepare(site: Site) -> None:
    """Publish the round and make all products candidates that have data of the year; once."""
    with site.app.app_context(), transaction(SYSTEM):
        if session.scalar(select(m.RecognitionRound.id).where(m.RecognitionRound.title == TITLE)) is None:
            _all_candidates(published(TITLE, 2099))


def published(title: str, year: int) -> m.RecognitionRound:
    """A published round beside those of the demonstration, over last year's data."""
    now = utc_now()
    kept = session.scalars(select(m.EvaluationScheme).order_by(m.EvaluationScheme.id).limit(1)).one()
    round_ = m.RecognitionRound(
        year=year, data_year=now.year - 1, title=title, filing_deadline=local_date(now),
        supplement_deadline=local_date(now), scheme_id=kept.id, frozen_scheme=kept.content,
        scheme_hash=scheme.content_hash(kept.content), state="published", published_at=now, created_at=now, changed_at=now,
    )  # fmt: skip
    session.add(round_)
    session.flush()
    return round_


def _all_candidates(round_: m.RecognitionRound) -> None:
    r, y = m.Recognition, m.ProductYear
    values: dict[Any, Any] = {
        r.round_id: literal(round_.id), r.product_id: y.product_id, r.product_year_id: y.id, r.unit_id: y.unit_id,
        r.state: literal("candidate"), r.version: literal(1), r.created_at: y.created_at, r.changed_at: y.changed_at,
    }  # fmt: skip
    rows = select(*values.values()).where(y.year == round_.data_year).order_by(y.product_id)
    session.execute(insert(r).from_select(list(values), rows))
    session.execute(text("ANALYZE recognition"))


def run(site: Site) -> None:
    """A run with everything that is kept of it."""
    with site.app.app_context():
        with transaction(SYSTEM):
            run_id = screening.plan(_round_id(), SYSTEM, utc_now()).id
        screening.run(Quiet(0, SYSTEM, {"run_id": run_id}))
        session.remove()


def what_if(site: Site) -> None:
    """A stricter line, in memory."""
    with site.app.app_context():
        screening.what_if(session.get_one(m.RecognitionRound, _round_id()), {"pass_score": 60})
        session.remove()


def _round_id() -> int:
    return session.scalars(select(m.RecognitionRound.id).where(m.RecognitionRound.title == TITLE)).one()


def forget(raw: Raw) -> None:
    """Take out all runs."""
    runs = "SELECT id FROM screening_run WHERE round_id IN (SELECT id FROM recognition_round WHERE title = ?)"
    raw.connection.execute(raw.written(f"DELETE FROM screening_result WHERE run_id IN ({runs})"), (TITLE,))
    raw.connection.execute(raw.written(f"DELETE FROM screening_run WHERE id IN ({runs})"), (TITLE,))
    raw.end()


def raw_run(raw: Raw) -> None:
    """Read, rank within the class, add up, write; no explanation but the points."""
    rows = raw.rows(_READ, TITLE)
    names = [
        "product",
        "unit",
        "code",
        "sales",
        "before",
        "profit",
        "export",
        "share",
        "inventions",
        "contribution",
        "filed",
    ]
    table = pd.DataFrame(rows, columns=names)
    table["growth"] = table.sales / table.before - 1
    table["margin"] = table.profit / table.sales
    points = pd.DataFrame({"product": table["product"]})
    by_class = table.groupby("code")
    for name, weight in (("sales", 25), ("growth", 15), ("margin", 15), ("export", 10)):
        points[name] = (by_class[name].rank(pct=True).fillna(0) * weight * 100).astype("int64")
    points["share"] = (table.share.fillna(0).clip(0, 2000) / 2000 * 1000).astype("int64")
    points["inventions"] = (table.inventions.fillna(0).clip(0, 2) / 2 * 1000).astype("int64")
    points["contribution"] = (table.contribution.fillna(0) >= 10_000).astype("int64") * 1000
    parts = points.drop(columns="product")
    total = parts.sum(axis=1)
    head = _run_row(raw)
    details = map(json.dumps, parts.to_numpy().tolist())
    results = zip(table["product"].tolist(), table.unit.tolist(), total.tolist(), details, strict=True)
    kept = ((head, product, unit, score >= 5500, score, text) for product, unit, score, text in results)
    raw.insert("screening_result", ["run_id", "product_id", "unit_id", "passed", "score", "detail"], kept)
    raw.end()


def _run_row(raw: Raw) -> int:
    round_id = raw.one("SELECT id FROM recognition_round WHERE title = ?", TITLE)
    row = (RAW_RUN, round_id, RAW_RUN, "done", "", 0, 0, "{}", "2026-01-01 00:00:00")
    columns = [
        "id",
        "round_id",
        "number",
        "state",
        "scheme_hash",
        "candidates",
        "passed",
        "benchmarks",
        "created_at",
    ]
    raw.insert("screening_run", columns, [row])
    return RAW_RUN


_READ = """SELECT r.product_id, r.unit_id, p.class_code, y.sales, b.sales, y.profit, y.export, y.domestic_share,
    f.inventions, f.contribution, f.filed
    FROM recognition r JOIN product p ON p.id = r.product_id JOIN product_year y ON y.id = r.product_year_id
    LEFT JOIN product_year b ON b.product_id = r.product_id AND b.year = y.year - 1
    LEFT JOIN (SELECT l.product_year_id, sum(CASE WHEN t.kind = 'invention' THEN 1 ELSE 0 END) AS inventions,
            sum(CASE WHEN l.core THEN l.contribution ELSE 0 END) AS contribution, min(t.filing_date) AS filed
        FROM patent_link l JOIN patent t ON t.id = l.patent_id WHERE t.legal_state = 'valid'
        GROUP BY l.product_year_id) f ON f.product_year_id = r.product_year_id
    WHERE r.round_id = (SELECT id FROM recognition_round WHERE title = ?) ORDER BY r.product_id"""
