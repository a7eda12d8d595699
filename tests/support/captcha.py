"""The captcha's answer, which only the server knows: it is in the session's row."""

from __future__ import annotations

import json
from hashlib import sha256

from app import models as m
from app.db import session
from tests.support.visitor import Visitor


def solve(visitor: Visitor) -> str:
    """Look at a new picture and say what is on it."""
    visitor.get("/captcha/image")
    row = session.get_one(m.WebSession, sha256(visitor.cookie.encode()).hexdigest())
    session.refresh(row)
    return str(json.loads(row.data)["captcha"][0])
