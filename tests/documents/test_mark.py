"""The mark of a recognised product (E7): read by a scanner from a small print, as a picture and as a drawing."""

from __future__ import annotations

import io
import re

import pytest
import zxingcpp
from PIL import Image

from app.documents import mark

ADDRESS = "https://zhuanpin.example.cn/v/" + "Ab0_-" * 60
NUMBER = "ZLMJ2030000001"

pytestmark = pytest.mark.usefixtures("fonts")


def read(picture: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("width", [600, 240, 120])
def test_E7_the_picture_is_read_at_a_small_size(width: int) -> None:
    picture = Image.open(io.BytesIO(mark.png(ADDRESS, NUMBER))).convert("L")
    height = round(picture.height * width / picture.width)
    assert read(picture.resize((width, height), Image.Resampling.LANCZOS)) == [ADDRESS]


def test_E7_the_drawing_has_the_same_code_with_name_and_number() -> None:
    drawing = mark.svg(ADDRESS, NUMBER).decode()
    width, height = map(int, re.findall(r'viewBox="0 0 (\d+) (\d+)"', drawing)[0])
    picture = Image.new("L", (width, height), 255)
    for column, row in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawing):
        picture.putpixel((int(column), int(row)), 0)
    assert read(picture.resize((width * 2, height * 2), Image.Resampling.NEAREST)) == [ADDRESS]
    assert "专利密集型产品" in drawing and NUMBER in drawing
