"""Who may open a page: FAB's permissions, asked in one way by every view."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import current_app, redirect, request, url_for
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_appbuilder.utils.limit import Limit
from flask_limiter.util import get_remote_address

from app.domain.errors import NotAllowed
from app.domain.text import N_
from app.web.security import current_actor

View = TypeVar("View", bound=Callable[..., Any])
#: How often one account (or, without a session, one network address) may save, check or send to each address.
WRITES = "300 per minute"


def guarded(permission: str | None = None) -> Callable[[View], View]:
    """Let only roles in whose permissions the view's method is; the anonymous are sent to the sign-in page.

    ``permission`` names the permission where it is not the method's own name.
    """

    def decorate(method: View) -> View:
        name = permission or method.__name__

        @wraps(method)
        def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
            require(PERMISSION_PREFIX + name, self.class_permission_name)
            if current_actor().user_id is None:
                return to_sign_in()
            return method(self, *args, **kwargs)

        checked._permission_name = name  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return decorate


def require(permission: str, view: str) -> None:
    """Raise NotAllowed unless the present user has ``permission`` on ``view`` (the anonymous pass to be sent on)."""
    if current_actor().user_id is None:
        return
    if not current_app.appbuilder.sm.has_access(permission, view):  # type: ignore[attr-defined]
        raise NotAllowed(N_("您的角色没有该页面的权限。如需开通，请联系管理员。"))


def to_sign_in() -> Any:
    """To the sign-in page, and back here afterwards."""
    target = request.full_path.rstrip("?") if request.method == "GET" else request.referrer or "/"
    return redirect(url_for("AuthView.login", next=internal(target)))


def limited_writes() -> list[Limit]:
    """The limit of a view in which units save: each save stays in the audit trail with the texts before and after."""
    return [Limit(lambda: WRITES, _sender, methods=("POST", "PUT", "DELETE"), cost=1)]


def _sender() -> str:
    return f"user {current_actor().user_id}" if current_actor().user_id else get_remote_address()


def from_own_page() -> bool:
    """Whether the browser says that a page of this site sent the request."""
    try:
        return urlsplit(request.headers.get("Origin") or request.referrer or "").netloc == request.host
    except ValueError:
        return False


def back_to_form() -> Any:
    """To the page whose form could not be taken; ``resume`` has it fill in again what was typed (static/js/keep.js)."""
    target = internal(request.referrer)
    return redirect(f"{target}{'&' if '?' in target else '?'}resume=1", 303)


def internal(target: str | None, default: str = "/") -> str:
    """``target`` if it is a path of this site, else ``default``: no redirect ever leaves the site."""
    text = (target or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:  # an address with half a bracket
        return default
    if parts.netloc == request.host and parts.scheme in ("http", "https"):
        text = text.split(request.host, 1)[1] or "/"
    odd = any(ord(c) < 33 or c == "\\" for c in text)
    if odd or not text.startswith("/") or text.startswith("//") or "%2f%2f" in text[:8].lower():
        return default
    return text
