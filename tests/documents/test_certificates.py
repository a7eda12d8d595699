"""The filing certificate (mission D15), read back from its text layer."""

from __future__ import annotations

import base64
import io
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import reportlab
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from app.documents import fonts, pdf, qr
from app.documents.certificates import CertifiedPatent, FilingCertificate, filing_certificate
from app.domain.errors import RuleError
from config import Settings
from tests.documents.samples import text_of

NOW = datetime(2026, 11, 22, 17, 5, 9, tzinfo=UTC)
PATENTS = (
    CertifiedPatent("ZL 2015 1 0222662.8", "一种电池包的液冷散热装置", "invention"),
    CertifiedPatent("ZL 2019 2 0197190.3", "一种冷板", "utility_model"),
    CertifiedPatent("ZL 2021 3 0713140.7", "散热器", "design"),
)

pytestmark = pytest.mark.usefixtures("fonts")


def make_certificate(**changes: Any) -> FilingCertificate:
    values = {
        "filing_no": "ZLCP2025430000123",
        "product_name": "动力电池液冷散热装置",
        "model": "LX-2000A",
        "unit_name": "长沙示例新能源科技有限公司",
        "filing_year": 2024,
        "updated_year": 2026,
        "data_year": 2025,
        "patents": PATENTS,
        "verification_url": "https://example.cn/products/ZLCP2025430000123",
        "site_name": "专品",
        "organiser": "示例主办单位",
    }
    return FilingCertificate(**values | changes)


def pages_of(document: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(document)).pages]


def test_D15_it_says_everything_a_certificate_has_to_say() -> None:
    text = text_of(filing_certificate(make_certificate(), NOW))
    for part in ("专利产品备案证明", "备案号ZLCP2025430000123", "动力电池液冷散热装置", "LX-2000A",
                 "长沙示例新能源科技有限公司", "备案年度2024年", "更新年度2026年（2025年度数据）", "关联专利（共3件）",
                 "1ZL201510222662.8一种电池包的液冷散热装置发明专利", "2ZL201920197190.3一种冷板实用新型专利",
                 "3ZL202130713140.7散热器外观设计专利", "下载时间：2026年11月23日01:05:09（北京时间）",
                 "核验地址：https://example.cn/products/ZLCP2025430000123", "本证明由专品平台出具", "第1页，共1页"):  # fmt: skip
        assert part in text


def test_D15_core_patents_are_not_told_apart() -> None:
    assert "核心" not in text_of(filing_certificate(make_certificate(), NOW))


def test_H5_it_exists_in_english(english: None) -> None:
    document = filing_certificate(make_certificate(), NOW, "en")
    text = " ".join(PdfReader(io.BytesIO(document)).pages[0].extract_text().split())
    for part in ("Patent Product Filing Certificate", "动力电池液冷散热装置", "Linked patents (3)", "Utility model",
                 "Downloaded: 23 November 2026, 01:05:09 (Beijing time)", "Page 1 of 1"):  # fmt: skip
        assert part in text
    assert "Update year 2026 (data of 2025)" in text


def test_its_qr_code_leads_to_the_verification_page() -> None:
    page = PdfReader(io.BytesIO(filing_certificate(make_certificate(), NOW))).pages[0]
    (code,) = zxingcpp.read_barcodes(page.images[0].image)
    assert code.text == "https://example.cn/products/ZLCP2025430000123"


def test_a_qr_code_is_read_back_whatever_its_length() -> None:
    for text in ("https://example.cn/", "https://example.cn/v/" + "x" * 400):
        image = Image.open(io.BytesIO(base64.b64decode(qr.data_uri(text).partition(",")[2])))
        assert zxingcpp.read_barcode(image).text == text


def test_T_P08_300_patents_run_over_pages_each_with_its_head() -> None:
    patents = [
        CertifiedPatent(f"ZL 2015 1 {number:07d}.8", "一种" + "冷" * (number % 90), "invention")
        for number in range(300)
    ]
    pages = pages_of(filing_certificate(make_certificate(patents=patents), NOW))
    assert all("序号专利号专利名称专利类型" in page for page in pages)
    assert all(f"第{n}页，共{len(pages)}页" in page for n, page in enumerate(pages, 1))
    text = "".join(pages)
    assert all(f"ZL20151{number:07d}.8" in text for number in range(300))


def test_T_P08_long_names_wrap_and_nothing_leaves_the_frame() -> None:
    long = make_certificate(product_name="散热装置" * 30, model="X" * 200, unit_name="示例" * 60)
    page = PdfReader(io.BytesIO(filing_certificate(long, NOW))).pages[0]
    right_edges: list[float] = []

    def visit(text: str, _cm: Any, tm: list[float], _font: Any, size: float) -> None:
        width = sum(size if ord(char) > 0x2000 else size * 0.62 for char in text.strip())
        right_edges.append(tm[4] + width)

    text = page.extract_text(visitor_text=visit)
    assert "散热装置" * 30 in "".join(text.split())
    assert "X" * 200 in "".join(text.split())
    assert max(right_edges) < float(page.mediabox.right)


def test_T_P08_a_rare_character_is_drawn_or_refused_never_dropped() -> None:
    assert "䶮㙓堃𠮷" in text_of(filing_certificate(make_certificate(unit_name="䶮㙓堃𠮷公司"), NOW))
    with pytest.raises(RuleError, match=r"𪚥\(U\+2A6A5\)"):
        filing_certificate(make_certificate(unit_name="𪚥公司"), NOW)


def test_a_fallback_font_of_ones_own_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
    (tmp_path / "own.ttf").write_bytes(own.read_bytes())
    try:
        pdf.configure(f"{Settings().fonts_dir}{os.pathsep}{tmp_path}")
        assert fonts.stack(fonts.SERIF).count("zpfallback") == 2
    finally:
        pdf.configure(Settings().fonts_dir)


def test_missing_fonts_are_named_at_once(tmp_path: Path) -> None:
    try:
        pdf.configure(str(tmp_path))
        with pytest.raises(fonts.FontsMissing, match=r"NotoSerifSC_400Regular\.ttf"):
            fonts.stack(fonts.SERIF)
    finally:
        pdf.configure(Settings().fonts_dir)


def test_the_fonts_are_embedded() -> None:
    page = PdfReader(io.BytesIO(filing_certificate(make_certificate(), NOW))).pages[0]
    embedded = page["/Resources"]["/Font"]  # type: ignore[index]
    descriptors = [font.get_object().get("/FontDescriptor") for font in embedded.values()]
    names = [str(each["/FontName"]) for each in descriptors if each and "/FontFile2" in each]
    assert {name.split("+")[1] for name in names} == {
        "NotoSansSC-Regular",
        "NotoSerifSC-Regular",
        "NotoSerifSC-Bold",
    }


def test_T_P07_a_document_that_would_take_too_long_is_refused() -> None:
    patents = PATENTS * 700
    with pytest.raises(RuleError, match="2000 行"):
        filing_certificate(make_certificate(patents=patents), NOW)
    assert filing_certificate(make_certificate(), NOW).startswith(b"%PDF-")


def test_T_P07_the_time_limit_ends_a_layout_and_the_next_one_works(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(pdf, "MAX_SECONDS", 0.001)
        with pytest.raises(RuleError):
            filing_certificate(make_certificate(), NOW)
    assert filing_certificate(make_certificate(), NOW).startswith(b"%PDF-")
