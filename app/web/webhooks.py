"""Webhooks 事件推送 of a unit or an IP office: addresses that are told of its events, with the log of what was sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app import models as m
from app.domain.clock import utc_now
from app.domain.errors import NotFound, Problem, RuleError
from app.domain.webhooks import EVENTS, PING
from app.services import webhooks
from app.services.records import Stale
from app.web import listing
from app.web.access import guarded, limited_writes
from app.web.base import Page
from app.web.security import current_actor
from app.web.text import render
from app.web.unit.base import seen_version

PK = "<int(max=9223372036854775807):webhook_id>"
SPEC = listing.ListSpec(
    m.WebhookDelivery,
    ("event", "event_id", "state", "tries", "last_status", "took_ms", "last_error", "created_at", "sent_at", "next_try_at"),
    (), ("id", "desc"), {"state": None}, (),
)  # fmt: skip


class WebhooksView(Page):
    """事件推送."""

    route_base = "/webhooks"
    roles = dict.fromkeys(("Unit", "IPOffice"), ("can_index",))

    def __init__(self) -> None:
        self.limits = limited_writes()
        super().__init__()

    def page(self, template: str, status: int = 200, **context: Any) -> Any:
        """The page ``webhooks/<template>``."""
        html = self.render_template(f"webhooks/{template}", event_name=event_name, **context)
        return html, status

    @expose("/")
    @guarded("index")
    def index(self) -> Any:
        """The addresses with their state and how many deliveries failed."""
        rows = webhooks.listed(current_actor())
        counts = webhooks.counts([row.id for row in rows])
        return self.page("index.html", title=_("事件推送"), rows=rows, counts=counts, most=webhooks.MOST)

    @expose("/new")
    @guarded("index")
    def new(self) -> Any:
        """The form of a new address."""
        webhooks.listed(current_actor())
        return self._form(None)

    @expose("/new", methods=["POST"])
    @guarded("index")
    def create(self) -> Any:
        """Keep it, and show its secret this once."""
        try:
            made, secret = webhooks.create(current_actor(), *_typed(), utc_now())
        except RuleError as error:
            return self._form(None, error.problems, 422)
        return self.page("secret.html", title=_("推送地址已设置"), webhook=made, secret=secret, old=False)

    @expose(f"/{PK}")
    @guarded("index")
    def show(self, webhook_id: int) -> Any:
        """The address, and what was sent to it, newest first."""
        webhook = webhooks.of(current_actor(), webhook_id)
        query = listing.read_query(SPEC, request.args)
        page = listing.fetch(SPEC, query, m.WebhookDelivery.webhook_id == webhook.id)
        return self.page(
            "show.html", title=webhook.name, webhook=webhook, page=page, query=query, now=utc_now(),
            counts=webhooks.counts([webhook.id]),
        )  # fmt: skip

    @expose(f"/{PK}/edit")
    @guarded("index")
    def edit(self, webhook_id: int) -> Any:
        """The form of its name, address and events."""
        return self._form(webhooks.of(current_actor(), webhook_id))

    @expose(f"/{PK}/edit", methods=["POST"])
    @guarded("index")
    def save(self, webhook_id: int) -> Any:
        """Change them."""
        webhook = webhooks.of(current_actor(), webhook_id)
        version = seen_version(request.form.get("version"))
        try:
            webhooks.change(current_actor(), webhook_id, version, *_typed(), utc_now())
        except Stale as error:
            return self._form(webhook, [Problem("name", error.message)], 409)
        except RuleError as error:
            return self._form(webhook, error.problems, 422)
        flash(_("已保存"), "success")
        return redirect(url_for("WebhooksView.show", webhook_id=webhook_id))

    def _form(self, webhook: m.Webhook | None, problems: Sequence[Problem] = (), status: int = 200) -> Any:
        posted = request.method == "POST"
        typed: Any = request.form if posted else webhook
        return self.page(
            "form.html", status, title=_("修改推送地址") if webhook else _("设置推送地址"), webhook=webhook, typed=typed,
            held=request.form.getlist("events") if posted else webhook.events if webhook else list(EVENTS),
            events=list(EVENTS), problems=[(problem.field, render(problem.message)) for problem in problems],
        )  # fmt: skip

    @expose(f"/{PK}/rotate", methods=["POST"])
    @guarded("index")
    def rotate(self, webhook_id: int) -> Any:
        """A new secret, shown this once."""
        webhook, secret = webhooks.rotate(current_actor(), webhook_id, utc_now())
        return self.page("secret.html", title=_("密钥已更换"), webhook=webhook, secret=secret, old=True)

    @expose(f"/{PK}/pause", methods=["POST"])
    @guarded("index")
    def pause(self, webhook_id: int) -> Any:
        """Send nothing more for now."""
        webhooks.set_active(current_actor(), webhook_id, False, utc_now())
        flash(_("已暂停推送"), "success")
        return redirect(url_for("WebhooksView.show", webhook_id=webhook_id))

    @expose(f"/{PK}/resume", methods=["POST"])
    @guarded("index")
    def resume(self, webhook_id: int) -> Any:
        """Go on."""
        webhooks.set_active(current_actor(), webhook_id, True, utc_now())
        flash(_("已恢复推送"), "success")
        return redirect(url_for("WebhooksView.show", webhook_id=webhook_id))

    @expose(f"/{PK}/remove", methods=["POST"])
    @guarded("index")
    def remove(self, webhook_id: int) -> Any:
        """Forget it with its log."""
        webhooks.remove(current_actor(), webhook_id)
        flash(_("已删除"), "success")
        return redirect(url_for("WebhooksView.index"))

    @expose(f"/{PK}/ping", methods=["POST"])
    @guarded("index")
    def ping(self, webhook_id: int) -> Any:
        """Try the address out."""
        return self._sent(webhook_id, lambda: webhooks.ping(current_actor(), webhook_id, utc_now()))

    @expose("/deliveries/<int(max=9223372036854775807):delivery_id>")
    @guarded("index")
    def delivery(self, delivery_id: int) -> Any:
        """What was sent, and what came of it."""
        one = webhooks.delivery(current_actor(), delivery_id)
        webhook = webhooks.of(current_actor(), one.webhook_id)
        text = json.dumps(json.loads(one.payload), ensure_ascii=False, indent=2)
        return self.page("delivery.html", title=event_name(one.event), one=one, webhook=webhook, text=text)

    @expose("/deliveries/<int(max=9223372036854775807):delivery_id>/replay", methods=["POST"])
    @guarded("index")
    def replay(self, delivery_id: int) -> Any:
        """Send it again."""
        one = webhooks.delivery(current_actor(), delivery_id)
        return self._sent(one.webhook_id, lambda: webhooks.replay(current_actor(), delivery_id, utc_now()))

    def _sent(self, webhook_id: int, send: Callable[[], int]) -> Any:
        send()
        flash(_("已加入发送队列，刷新本页查看结果"), "success")
        return redirect(url_for("WebhooksView.show", webhook_id=webhook_id))


def _typed() -> tuple[str, str, list[str]]:
    return request.form.get("name", ""), request.form.get("url", ""), request.form.getlist("events")


def event_name(event: str) -> str:
    """What an event is called."""
    if event == PING:
        return _("测试推送")
    if event not in EVENTS:
        raise NotFound
    return render(EVENTS[event])
