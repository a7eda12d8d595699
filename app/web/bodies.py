"""What scripts and programs send: one JSON object of a sensible size."""

from __future__ import annotations

import json
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

#: As much as a form may hold; a filing with a thousand patents takes a tenth of it.
MOST_BYTES = 2 * 1024 * 1024


def json_object() -> dict[str, Any]:
    """The request's JSON object. 400 where it is none, is nested too deep or holds half a character; 413 where it is
    too large: millions of empty lists would keep a worker busy for minutes."""
    if (request.content_length or 0) > MOST_BYTES or len(request.get_data()) > MOST_BYTES:
        raise RequestEntityTooLarge
    try:
        body = request.get_json(silent=True)
        # "\ud800" is JSON, but no text: it can be neither stored nor shown
        json.dumps(body, ensure_ascii=False).encode()
    except (RecursionError, UnicodeEncodeError) as error:
        raise BadRequest from error
    if not isinstance(body, dict):
        raise BadRequest
    return body
