"""Puts the application together: extensions, errors, the site map and the commands."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import get_locale, gettext
from flask_migrate import Migrate
from flask_talisman import Talisman
from flask_wtf import CSRFProtect
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from app import audit, certificate_cli, cli, guard, jobs, notify, views
from app.db import db, session, tune_engine
from app.documents import pdf, recognition_certificate, signing, storage
from app.notify import webhook_delivery
from app.web import errors, labels, monitoring, transactions
from app.web import text as web_text
from app.web.appbuilder import ZhuanpinAppBuilder
from app.web.sessions import DatabaseSessions
from config import ROOT, Settings

csrf = CSRFProtect()
HERE = Path(__file__).parent
MAX_REQUEST_BYTES = 64 * 1024 * 1024


def build(settings: Settings | None = None) -> Flask:
    """The whole platform as a WSGI application; a wrong or missing setting raises ``SettingError``."""
    settings = settings or Settings.from_env(os.environ)
    app = transactions.TransactionalFlask("app")
    app.config.update(_config(settings))
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    _database(app)
    _browser_safety(app, settings)
    storage.configure(settings)
    pdf.configure(settings.fonts_dir)
    signing.configure(settings)
    recognition_certificate.configure(settings)
    notify.configure(settings)
    webhook_delivery.configure(settings)
    jobs.configure(settings)
    with app.app_context():
        app.before_request(transactions.begin)
        csrf.init_app(app)  # before the views: APIs ask it to leave the check to them
        appbuilder = ZhuanpinAppBuilder()
        appbuilder.init_app(app, session)  # type: ignore[arg-type]
        views.register(appbuilder)
    app.after_request(transactions.forbid_caching)
    errors.register(app)
    monitoring.register(app, settings)
    cli.register(app, views.menu_roles())
    certificate_cli.register(app)
    _templates(app, settings)
    return app


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings.database_url),
        "MAX_CONTENT_LENGTH": MAX_REQUEST_BYTES,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.session_hours),
        "APP_NAME": settings.site_name,
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "LANGUAGES": {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "gb", "name": "English"}},
        "AUTH_ROLE_ADMIN": "Admin",
        "AUTH_ROLE_PUBLIC": "Public",
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_API_SWAGGER_UI": False,
        "FAB_BASE_TEMPLATE": "layout.html",
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=15),
        "JWT_ENCODE_ISSUER": settings.base_url,
        "JWT_DECODE_ISSUER": settings.base_url,
        "RATELIMIT_ENABLED": True,
        "RATELIMIT_STORAGE_URI": settings.queue_url or "memory://",
        "RATELIMIT_HEADERS_ENABLED": True,
        "WTF_CSRF_TIME_LIMIT": None,
    }


def _engine_options(url: str) -> dict[str, Any]:
    if make_url(url).get_backend_name() == "postgresql":
        # automatic prepared statements lose the search index (see docs/decisions)
        return {"pool_pre_ping": True, "connect_args": {"prepare_threshold": None}}
    return {"connect_args": {"check_same_thread": False}}


def _database(app: Flask) -> None:
    db.init_app(app)
    Migrate(app, db, directory=str(HERE / "migrations"), render_as_batch=True, compare_type=True)
    with app.app_context():
        tune_engine(db.engine)
    guard.install_once(session)
    audit.install_once(session)


def _browser_safety(app: Flask, settings: Settings) -> None:
    app.session_interface = DatabaseSessions(
        timedelta(minutes=settings.session_idle_minutes),
        timedelta(hours=settings.session_hours),
        settings.production,
    )
    policy = {
        "default-src": "'self'",
        "img-src": "'self' data: blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "frame-ancestors": "'self'",
        "form-action": "'self'",
        "style-src": "'self'",
        "script-src": "'self'",
        "frame-src": "'self' blob:",
    }
    Talisman(
        app,
        content_security_policy=policy,
        content_security_policy_nonce_in=["script-src"],
        force_https=settings.production,
        session_cookie_secure=settings.production,
        session_cookie_http_only=True,
        strict_transport_security=settings.production,
        frame_options="SAMEORIGIN",
        referrer_policy="same-origin",
    )


def _templates(app: Flask, settings: Settings) -> None:
    web_text.use_one_catalog(app.jinja_env)
    app.jinja_env.filters["show"] = labels.show
    app.jinja_env.filters["message"] = web_text.render
    app.jinja_env.filters["called"] = web_text.called
    app.jinja_env.filters["translated"] = gettext
    app.jinja_env.filters["patent_no"] = labels.patent_no
    app.jinja_env.globals.update(
        site=settings,
        current_app=app,
        label=labels.label,
        codes=labels.codes,
        in_english=web_text.in_english,
        page_language=lambda: "en" if str(get_locale()) == "en" else "zh-CN",
    )
