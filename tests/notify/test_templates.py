"""The messages' texts: complete in both languages, safe to fill in, safe to edit."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import jinja2
import pytest

from app.models import MessageTemplate
from app.notify import templates

FACTS: dict[str, object] = {
    "title": "散热装置", "receipt_no": "SL2026112200001", "reason": "请补充", "due_on": date(2026, 11, 25), "code": "123456",
    "minutes": 5, "at": datetime(2026, 11, 22, 2, 0, tzinfo=UTC), "filing_no": "ZLCP2025430000123", "year": 2025,
    "count": 3, "product": "散热装置", "patents": "ZL 2015 1 0222662.8", "text_id": "ABCDEF123456",
}  # fmt: skip
PERSONAL = ("reason", "title", "product", "patents", "unit", "name", "mobile", "email")


def make_template(**changes: Any) -> MessageTemplate:
    values = {
        "code": "x",
        "language": "zh",
        "subject": "主题",
        "body": "正文",
        "sms": "",
        "parameters": "code,minutes",
    }
    return MessageTemplate(**values | changes)


@pytest.mark.parametrize(
    "source", templates.delivered(), ids=lambda source: f"{source.code}-{source.language}"
)
def test_every_delivered_template_uses_what_it_declares_and_no_more(source: templates.Source) -> None:
    assert templates.problems(make_template(**vars(source))) == []
    names = templates.names(source.subject + source.body + source.sms)
    declared = set(source.parameters.split(","))
    assert names <= declared | templates.IMPLIED
    assert len(source.sms) <= 140
    assert len(source.subject) <= 60


def test_every_template_exists_in_both_languages_with_the_same_parameters() -> None:
    by_language = {
        language: {
            (each.code, each.parameters, bool(each.sms))
            for each in templates.delivered()
            if each.language == language
        }
        for language in templates.LANGUAGES
    }
    assert by_language["zh"] == by_language["en"]


def test_an_SMS_carries_no_personal_data_and_no_contents() -> None:
    for source in templates.delivered():
        assert not templates.names(source.sms) & set(PERSONAL), source.code


def test_days_and_times_are_written_as_the_language_does(rows: Any) -> None:
    assert "2026年11月25日" in templates.render("case_submitted", "zh", FACTS).body
    assert "25 November 2026" in templates.render("case_submitted", "en", FACTS).body
    assert "2026年11月22日 10:00" in templates.render("password_changed", "zh", FACTS).body


def test_a_missing_parameter_is_an_error(rows: Any) -> None:
    with pytest.raises(jinja2.UndefinedError, match="receipt_no"):
        templates.render("case_submitted", "zh", {"title": "x", "due_on": date(2026, 1, 1)})


def test_an_unknown_template_is_an_error(rows: Any) -> None:
    with pytest.raises(templates.UnknownTemplate):
        templates.render("nothing", "zh", {})


def test_T_X09_line_breaks_of_a_value_reach_no_subject_and_no_SMS(rows: Any) -> None:
    text = templates.render(
        "filing_approved", "zh", FACTS | {"title": "散热\r\nBcc: a@evil.cn\r\n\r\nx", "filing_no": "1\n2"}
    )
    assert text.subject == "产品备案已通过：散热 Bcc: a@evil.cn x"
    assert "\n" not in text.sms + "".join(text.sms_params.values())


def test_values_are_not_templates_and_the_sandbox_holds(rows: Any) -> None:
    assert "{{ 7*7 }}" in templates.render("case_submitted", "zh", FACTS | {"title": "{{ 7*7 }}"}).body
    rows.add(make_template(body="{{ code.__class__.__mro__ }}"))
    rows.flush()
    with pytest.raises(jinja2.exceptions.SecurityError):
        templates.render("x", "zh", {"code": "1"})


def test_a_text_edited_by_staff_goes_before_the_delivered_one(rows: Any) -> None:
    rows.add(make_template(code="case_urged", subject="快办：{{ title }}", parameters="title"))
    rows.flush()
    assert templates.render("case_urged", "zh", FACTS).subject == "快办：散热装置"
    assert templates.render("case_urged", "en", FACTS).subject == "Urged: 散热装置"


def test_a_language_without_a_text_falls_back_to_chinese(rows: Any) -> None:
    rows.add(make_template())
    rows.flush()
    assert templates.render("x", "en", {}).subject == "主题"


@pytest.mark.parametrize(
    ("changes", "field", "part"),
    [
        ({"body": "{{ code"}, "body", "写法有误"),
        ({"sms": "{{ code }}{{ secret }}"}, "sms", "secret"),
        ({"subject": "{% x %}"}, "subject", "写法"),
        ({"subject": "{{ code + 1 }}"}, "subject", "表达式"),
        ({"body": "{{ code.x.y }}"}, "body", "表达式"),
        ({"body": "{{ 'a' * 100000000 }}"}, "body", "表达式"),
        ({"sms": "{% for x in code %}{{ x }}{% endfor %}"}, "sms", "表达式"),
    ],
)
def test_an_edit_that_could_not_be_sent_is_refused(changes: dict[str, str], field: str, part: str) -> None:
    (problem,) = templates.problems(make_template(**changes))
    assert problem.field == field
    assert part in str(problem.message)
