"""The captcha: a picture of four signs, the same signs read aloud for those who cannot see it, and one try for each.

The answer stays in the session on the server.
"""

from __future__ import annotations

import secrets
import time

from captcha.audio import AudioCaptcha
from captcha.image import ImageCaptcha
from flask import Response, current_app, session
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import limit

from app.domain.errors import Problem, RuleError
from app.domain.text import N_
from app.web.base import Page

#: signs that are told apart by eye and by ear
SIGNS = "23456789AFHKMRXY"
LENGTH = 4
LIVES_SECONDS = 600
_KEY = "captcha"


def is_on() -> bool:
    """Whether this installation uses captchas at all."""
    return bool(current_app.config["SETTINGS"].captcha)


def require(typed: str) -> None:
    """Raise RuleError beside ``captcha`` unless ``typed`` is the answer; either way a new picture is needed."""
    if not is_on():
        return
    answer, until = session.pop(_KEY, ("", 0))
    if (
        not answer
        or time.time() > until
        or not secrets.compare_digest(typed.strip().upper().encode(), answer.encode())
    ):
        raise RuleError([Problem("captcha", N_("图形验证码不正确，请按新图重新填写"))])


def _renew() -> str:
    answer = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    session[_KEY] = (answer, int(time.time()) + LIVES_SECONDS)
    return answer


class CaptchaView(Page):
    """Picture and sound of the present captcha."""

    route_base = "/captcha"
    default_view = "image"

    @expose("/image")
    @limit("60 per minute")
    def image(self) -> Response:
        """A new picture; what was asked before no longer counts."""
        picture = ImageCaptcha(width=160, height=60).generate(_renew())
        return _uncached(picture.getvalue(), "image/png")

    @expose("/sound")
    @limit("30 per minute")
    def sound(self) -> Response:
        """The signs of the present picture, read aloud."""
        answer, _until = session.get(_KEY) or (_renew(), 0)
        return _uncached(bytes(AudioCaptcha().generate(answer)), "audio/wav")


def _uncached(content: bytes, media_type: str) -> Response:
    return Response(content, mimetype=media_type, headers={"Cache-Control": "no-store"})
