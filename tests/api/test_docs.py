"""The examples of ``docs/api.md``, done one after the other, are answered as the page says."""

from __future__ import annotations

import json
import re
from typing import Any

from app.db import session
from tests.api.conftest import Cast
from tests.code.sources import ROOT
from tests.support import factories as make

PAIRS = re.compile(r"```http\n(?P<asked>.*?)```\n\n```json\n(?P<answered>.*?)```", re.DOTALL)
#: whatever stands there
ANYTHING = "…"


def filled(value: Any, known: dict[str, Any]) -> Any:
    """``value`` with what is known in the place of ``$name``."""
    if isinstance(value, dict):
        return {name: filled(each, known) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, known) for each in value]
    return known[value[1:]] if isinstance(value, str) and value.startswith("$") else value


def fits(shown: Any, given: Any, known: dict[str, Any]) -> bool:
    """Whether an answer holds what the page shows of it; ``$name`` takes its value from the answer."""
    if isinstance(shown, dict):
        return isinstance(given, dict) and all(fits(shown[name], given.get(name), known) for name in shown)
    if isinstance(shown, list):
        return len(shown) == len(given) and all(fits(*pair, known) for pair in zip(shown, given, strict=True))
    if isinstance(shown, str) and shown.startswith("$"):
        known[shown[1:]] = given
        return given is not None
    return shown == given or (shown == ANYTHING and given is not None)


def test_the_examples_are_answered_as_the_page_says(cast: Cast) -> None:
    make.make_patent(cast.unit)
    session.commit()
    token = cast.anna.header["Authorization"].removeprefix("Bearer ")
    known: dict[str, Any] = {"token": token}
    pairs = PAIRS.findall((ROOT / "docs/api.md").read_text(encoding="utf-8"))
    assert len(pairs) > 5
    for asked, answered in pairs:
        head, _, body = asked.partition("\n\n")
        first, *headers = re.sub(r"\$(\w+)", lambda name: str(known[name[1]]), head).splitlines()
        method, address = first.split(" ")
        sent = filled(json.loads(body), known) if body.strip() else None
        answer = cast.anna.app.test_client().open(
            address, method=method, json=sent, headers=[tuple(line.split(": ", 1)) for line in headers]
        )
        assert fits(json.loads(answered), answer.get_json(), known), (asked, answer.get_json())
