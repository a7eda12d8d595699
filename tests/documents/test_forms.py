"""The commitment a unit seals, and the review sheet."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from app.documents import pdf
from app.documents.forms import (
    COMMITMENT_ID,
    CommitmentForm,
    ReviewSheet,
    Section,
    commitment_digest,
    commitment_form,
    review_sheet,
)
from tests.documents.samples import text_of

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
UNIT = CommitmentForm("长沙示例科技有限公司", "91350100M000100Y43", "张三", "专品")

pytestmark = pytest.mark.usefixtures("fonts")


def test_A3_the_commitment_names_the_unit_and_has_a_place_for_its_seal() -> None:
    text = text_of(commitment_form(UNIT, NOW))
    for part in ("诚信承诺书", "长沙示例科技有限公司", "91350100M000100Y43", "张三", "勿更改模板格式",
                 "承诺单位（盖章）", "法定代表人（签字）", "生成日期2026年11月23日", COMMITMENT_ID):  # fmt: skip
        assert part in text


def test_A3_it_prints_the_hash_of_its_template() -> None:
    digest = hashlib.sha256((pdf.TEMPLATES / "commitment_form.html").read_bytes()).hexdigest()
    assert commitment_digest() == digest
    assert digest in text_of(commitment_form(UNIT, NOW))


def test_it_fits_on_one_page_however_long_the_name() -> None:
    assert "第1页，共1页" in text_of(
        commitment_form(CommitmentForm("示例" * 50, UNIT.uscc, "张三", "专品"), NOW)
    )


def test_it_can_be_read_in_english(english: None) -> None:
    assert "IntegrityCommitment" in text_of(commitment_form(UNIT, NOW, "en"))


def test_a_review_sheet_prints_its_sections_line_by_line() -> None:
    sections = [Section("产品信息", [("产品名称", "散热装置"), ("产品简介", "第一行\n第二行"), ("备注", "")])]
    text = text_of(review_sheet(ReviewSheet("产品备案审核表", "SL2026112200001", sections, "专品"), NOW))
    for part in (
        "产品备案审核表",
        "受理号SL2026112200001",
        "产品名称散热装置",
        "产品简介第一行第二行",
        "备注",
    ):
        assert part in text
