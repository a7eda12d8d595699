"""The words of the tables are those of the pages, in both languages."""

from __future__ import annotations

import json

import pytest

from app.services.imports import kinds, words
from app.web import labels
from tests.code.sources import ROOT

PAIRS = [
    (words.OBTAINED, labels.OBTAINED), (words.LICENCES, labels.LICENCES), (words.NATURES, labels.NATURES),
    (words.STAGES, labels.STAGES), (words.SEALS, labels.SEALS), (words.PATENT_KINDS, labels.PATENT_KINDS),
    (words.LEGAL_STATES, labels.LEGAL_STATES), (words.DAY_KINDS, labels.DAY_KINDS),
    (words.ROLES, {code: text for code, text in labels.ROLES.items() if code in words.ROLES}),
]  # fmt: skip


def english() -> dict[str, str]:
    """English by Chinese, from all parts of the catalog."""
    parts = (ROOT / "translations" / "parts").glob("*.json")
    return {
        zh: en
        for part in parts
        if part.stem != "fab_zh"
        for zh, en in json.loads(part.read_text("utf-8")).items()
    }


@pytest.mark.parametrize(("known", "shown"), PAIRS)
def test_codes_are_called_as_in_the_pages(known: words.Words, shown: labels.Labels) -> None:
    ids = {code: text._args[0] for code, text in shown.items()}
    assert {code: word.zh for code, word in known.items()} == ids
    assert {word.zh: word.en for word in known.values()} == {zh: english()[zh] for zh in ids.values()}


def test_headings_are_translated_as_everywhere() -> None:
    catalog = english()
    differing = [
        (column.heading, catalog[column.heading.zh])
        for target in (*kinds.OF_UNITS, *kinds.OF_ADMINS)
        for column in target.columns
        if catalog.get(column.heading.zh, column.heading.en) != column.heading.en
    ]
    assert not differing


def test_no_two_columns_of_a_table_are_known_by_the_same_heading() -> None:
    for target in (*kinds.OF_UNITS, *kinds.OF_ADMINS):
        texts = [text for name, others in target.headings.items() for text in {name, *others}]
        assert len(texts) == len(set(texts)), target.kind
