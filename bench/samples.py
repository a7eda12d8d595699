"""What is fed to the platform: a list of made-up patents as Excel, and a certificate's data."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

from app.documents.certificates import CertifiedPatent, FilingCertificate
from app.domain.patent_number import check_character

SOURCE = "bench-patents.xlsx"
ROWS, BAD_EVERY = 100_000, 1_000
BAD_ROWS = ROWS // BAD_EVERY
GOOD_ROWS = ROWS - BAD_ROWS
HEADINGS = ("申请号", "专利名称", "专利类型", "专利权人", "申请日", "授权公告日", "IPC主分类号", "法律状态")
KINDS = {"invention": "发明专利", "utility_model": "实用新型专利", "design": "外观设计专利"}


def register_workbook(folder: Path) -> Path:
    """A list of 100,000 patents with a hundred faulty rows; made once."""
    path = folder / SOURCE
    if not path.exists():
        book = xlsxwriter.Workbook(path, {"constant_memory": True})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        for number in range(ROWS):
            sheet.write_row(number + 1, 0, _patent(number))
        book.close()
    return path


def _patent(number: int) -> tuple[str, ...]:
    year = 2012 + number % 8
    digits = f"{year}19{number:06d}"
    check = "?" if number % BAD_EVERY == 0 else check_character(digits)
    filed = date(year, 1, 1) + timedelta(days=number % 360)
    return (f"{digits}.{check}", f"一种示例装置及其制造方法{number}", "发明专利", f"示例测试第{number // 20}有限公司",
            filed.isoformat(), (filed + timedelta(days=800)).isoformat(), "H01M10/0525", "有权")  # fmt: skip


def certificate() -> FilingCertificate:
    """A filing of three patents."""
    patents = [
        CertifiedPatent(f"ZL 2015 1 022266{n}.8", f"一种示例电池及其制造方法（{n}）", "invention")
        for n in range(3)
    ]
    return FilingCertificate(
        filing_no="ZLCP202543000001", product_name="示例磷酸铁锂动力电池", model="XJ-200", unit_name="示例新能源科技有限公司",
        filing_year=2024, updated_year=2026, data_year=2025, patents=patents, site_name="专品", organiser="示例主办单位",
        verification_url="http://127.0.0.1:8080/products/ZLCP202543000001",
    )  # fmt: skip
