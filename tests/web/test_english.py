"""Mission H5: to readers of English the pages show no Chinese but the law's document number and what people entered."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import models as m
from app.db import session
from tests.support.world import World, signed_in

CHINESE = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff01-\uffef]+")
LEFT_OUT = re.compile(
    r"<(script|style)\b.*?</\1>|<(\w+)[^>]* lang=\"zh-CN\".*?</\2>|<ul class=\"phrases\".*?</ul>|<footer.*",
    re.DOTALL,
)
ENTERED = (
    m.Unit.name, m.Unit.address, m.Unit.contact, m.Unit.legal_representative, m.Product.name, m.Product.model,
    m.Product.introduction, m.Patent.title, m.StoredFile.original_name, m.ProductYear.volume_unit, m.Outbox.subject,
    m.Outbox.body, m.PublicNotice.title,
)  # fmt: skip
PAGES = {
    "anonymous": ("/", "/products", "/products?province=430000&industry=C", "/products/{filing_no}"),
    "unit_a": (
        "/my/", "/my/identity/", "/my/products/{product}", "/my/products/{draft}/step/1", "/my/products/{draft}/step/4",
        "/my/lookup/industry?q=batteries", "/my/lookup/class?parent=P384", "/my/lookup/regions?parent=430000",
        "/my/lookup/intensive?code=3911",
    ),
    "reviewer": ("/desk/", "/desk/cases/{review_case}", "/productview/show/{product}"),
    "admin": (
        "/productview/list/", "/unitview/list/", "/unitview/show/{unit}", "/industryview/list/", "/regionview/list/",
        "/productclassview/list/", "/productclassview/show/P3841", "/intensiveindustryview/list/", "/parameterview/list/", "/filingruleview/list/",
        "/industryview/export/csv",
    ),
}  # fmt: skip


def reader(world: World, person: str) -> FlaskClient:
    client = signed_in(world.app, world.users[person])
    with client.session_transaction() as cookie:
        cookie["locale"] = "en"
    return client


def chinese_of(page: str, entered: str) -> set[str]:
    """The Chinese on a page, without what people entered."""
    text = unescape(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), LEFT_OUT.sub("", page)))
    words = {word.strip("“”（）") for word in CHINESE.findall(text)}
    return {word for word in words if word and word not in entered}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("person", PAGES)
def test_english_pages_show_no_chinese_names(world: World, person: str) -> None:
    entered = " ".join(str(text) for column in ENTERED for text in session.scalars(select(column)) if text)
    browser = reader(world, person)
    for path in PAGES[person]:
        answer = browser.get(path.format(**world.records["a"]))
        assert answer.status_code == 200, path
        assert chinese_of(answer.text, f"{entered} 专品 中文 叶轮机叶片 一种 等 无 测试") == set(), path
