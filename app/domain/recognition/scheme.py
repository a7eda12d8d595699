"""An evaluation scheme 评价方案: dimensions, indicators, weights and thresholds, all of it data (domain.md §1).

The standard's own indicators, weights and thresholds are not public; the built-in ``EXAMPLE`` says so wherever it shows.

Points: an indicator's weight is the most points it gives; the weights of a dimension's indicators make the dimension's
weight, and the dimensions of each stage, ``screening`` and ``evaluation``, make exactly 100.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from app.domain.normal import DATA
from app.domain.recognition.scheme_model import ANY_CLASS as ANY_CLASS
from app.domain.recognition.scheme_model import DIRECTIONS as DIRECTIONS
from app.domain.recognition.scheme_model import DOWN as DOWN
from app.domain.recognition.scheme_model import EVALUATION as EVALUATION
from app.domain.recognition.scheme_model import EXAMPLE_MARK as EXAMPLE_MARK
from app.domain.recognition.scheme_model import EXPERT as EXPERT
from app.domain.recognition.scheme_model import LINEAR as LINEAR
from app.domain.recognition.scheme_model import MACHINE as MACHINE
from app.domain.recognition.scheme_model import METHODS as METHODS
from app.domain.recognition.scheme_model import PERCENTILE as PERCENTILE
from app.domain.recognition.scheme_model import SCORERS as SCORERS
from app.domain.recognition.scheme_model import SCREENING as SCREENING
from app.domain.recognition.scheme_model import SHARE as SHARE
from app.domain.recognition.scheme_model import STAGES as STAGES
from app.domain.recognition.scheme_model import THRESHOLD as THRESHOLD
from app.domain.recognition.scheme_model import UP as UP
from app.domain.recognition.scheme_model import Dimension as Dimension
from app.domain.recognition.scheme_model import Indicator as Indicator
from app.domain.recognition.scheme_model import Scheme as Scheme
from app.domain.recognition.scheme_reading import read as read


def content_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 over the document's canonical JSON: the same whatever the order of its keys; hex."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


#: the built-in scheme's document
EXAMPLE: dict[str, Any] = json.loads((DATA / "scheme_example.json").read_text(encoding="utf-8"))
