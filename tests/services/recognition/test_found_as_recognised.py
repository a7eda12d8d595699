"""The public finds a product as recognised for as long as its recognition is in force (mission F1, E8)."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask

from app.db import transaction
from app.domain.actor import Actor
from app.reports import search
from app.reports.search import SearchFilters
from app.services.recognition import certificates, expiry, public_notice
from tests.services.recognition.conftest import InNotice
from tests.support.notices import at

AFTER = at("2025-09-25")


@pytest.fixture(autouse=True)
def _indexed(in_notice: InNotice) -> None:
    with transaction(Actor.system("test")):
        search.index_product(in_notice.product.id)


@pytest.fixture
def recognised(in_notice: InNotice) -> InNotice:
    with transaction(in_notice.officer):
        public_notice.recognise(in_notice.notice.id, in_notice.officer, AFTER)
    return in_notice


def found() -> list[str]:
    return [hit.filing_no for hit in search.find("", SearchFilters(recognised=True)).rows]


def test_a_product_in_notice_is_not_found_as_recognised(in_notice: InNotice) -> None:
    assert found() == []


def test_once_recognised_it_is(recognised: InNotice) -> None:
    assert found() == [recognised.product.filing_no]
    assert [hit.recognised for hit in search.find("").rows] == [True]


def test_no_longer_after_a_withdrawal(recognised: InNotice) -> None:
    with transaction(recognised.officer):
        certificates.withdraw(recognised.recognition, "材料不实", recognised.officer, AFTER)
    assert found() == []


def test_no_longer_after_its_last_day(recognised: InNotice, app: Flask) -> None:
    with transaction(Actor.system("test")):
        expiry.advance(datetime.fromisoformat("2026-10-01T10:00:00+08:00"))
    assert found() == []
