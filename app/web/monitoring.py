"""Whether the platform lives, is ready to serve, and how it does."""

from __future__ import annotations

import ipaddress
import time
from typing import Any

from flask import Flask, Response, abort, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from sqlalchemy import func, select, text

from app import models as m
from app.db import db, reading, session
from config import Settings


def register(app: Flask, settings: Settings) -> None:
    """Add /healthz, /readyz and, where switched on, /metrics."""
    registry = CollectorRegistry()
    requests = Counter(
        "zhuanpin_requests_total", "Requests answered", ["endpoint", "status"], registry=registry
    )
    seconds = Histogram("zhuanpin_request_seconds", "Time to answer", ["endpoint"], registry=registry)

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        requests.labels(endpoint, response.status_code).inc()
        if "started" in g:
            seconds.labels(endpoint).observe(time.perf_counter() - g.started)
        return response

    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/readyz", "readyz", _readyz)
    if settings.metrics:
        app.add_url_rule("/metrics", "metrics", lambda: _metrics(registry))


def _healthz() -> Any:
    return jsonify(status="ok")


def _readyz() -> Any:
    """Ready when the database answers and has its schema; says how many messages wait."""
    session.execute(text("SELECT 1"))
    with reading() as connection:
        waiting = connection.execute(
            select(func.count()).select_from(m.Outbox).where(m.Outbox.state == "waiting")
        ).scalar_one()
    return jsonify(status="ready", database=db.engine.dialect.name, waiting_messages=waiting)


def _metrics(registry: CollectorRegistry) -> Response:
    if not (request.remote_addr and ipaddress.ip_address(request.remote_addr).is_loopback):
        abort(404)
    return Response(generate_latest(registry), mimetype=CONTENT_TYPE_LATEST)
