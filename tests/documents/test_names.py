"""T-U03: whatever a file is called, its name can be shown, stored and downloaded anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.names import safe_name

PDF = (".pdf",)
JPG = (".jpg", ".jpeg")


@pytest.mark.parametrize(
    ("original", "shown"),
    [
        ("营业执照.pdf", "营业执照.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\boot.ini", "boot.ini.pdf"),
        ("%2e%2e%2fx.pdf", "%2e%2e%2fx.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("a\r\nX-Evil: 1.pdf", "aX-Evil_ 1.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe.pdf"),
        ("CON", "_CON.pdf"),
        ("con.PDF", "_con.pdf"),
        ("a<b>|c?.pdf", "a_b__c_.pdf"),
        ("扫描件😀.pdf", "扫描件😀.pdf"),
        ("\u200b\ufeff", "未命名.pdf"),
        (".pdf", "未命名.pdf"),
        ("", "未命名.pdf"),
        ("  .. a  b .pdf", "a b.pdf"),
    ],
)
def test_T_U03_names_are_made_safe_and_stay_readable(original: str, shown: str) -> None:
    assert safe_name(original, PDF) == shown


def test_T_U03_a_long_name_is_shortened_and_keeps_its_suffix() -> None:
    assert safe_name("长" * 300 + ".jpeg", JPG).endswith("长.jpeg")


def test_a_suffix_that_does_not_fit_the_content_is_followed_by_one_that_does() -> None:
    assert safe_name("invoice.exe", JPG) == "invoice.exe.jpg"


@given(st.text(max_size=400))
def test_T_U03_no_name_reaches_beyond_what_file_systems_take(original: str) -> None:
    name = safe_name(original, PDF)
    assert name.lower().endswith(".pdf")
    assert len(name.encode()) <= 255
    assert name.isprintable() or any(ord(char) > 0x3000 for char in name)
    assert not set(name) & set('/\\<>:"|?*\0\r\n')
    assert not name.startswith((".", " "))
