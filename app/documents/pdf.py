"""HTML templates to PDF: Chinese fonts embedded, nothing fetched, every value shown as the text it is.

Templates are in ``app/templates/documents``; they run in a sandbox and their output is escaped. What they cannot
draw is refused, never left out: see ``clean``.
"""

from __future__ import annotations

import gettext
import io
import logging
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from app.documents import fonts
from app.domain.clock import BEIJING
from app.domain.errors import Problem, RuleError
from app.domain.text import N_, Message

TEMPLATES = Path(__file__).parents[1] / "templates" / "documents"
CATALOGS = Path(__file__).parents[2] / "translations"

MAX_ROWS = 2_000
MAX_PAGES = 200
MAX_SECONDS = 30
MAX_BYTES = 4_000_000
#: The layout recurses; far below the depth at which it would run out of stack.
MAX_DEPTH = 60

_LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
_DATES = {"zh": "y年M月d日", "en": "d MMMM y"}
_TIMES = {"zh": "y年M月d日 HH:mm:ss", "en": "d MMMM y, HH:mm:ss"}
#: The library's own style sheet has much that our templates never use and is parsed with each document.
_BASE_CSS = """
body, div, p, h1, h2, h3, table, tr, td { display: block }
b, h1, h2, h3 { font-weight: bold }
"""
_ZERO_WIDTH = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_PAGE = re.compile(rb"/Type /Page\b")


def configure(fonts_dir: str) -> None:
    """Take the setting ``fonts_dir``; the fonts themselves are loaded by the first document."""
    fonts.configure(fonts_dir)


def render(template: str, context: Mapping[str, Any], language: str = "zh") -> bytes:
    """Fill in ``template`` (``filing_certificate.html``) and lay it out; returns the PDF's bytes.

    Templates show the number of pages as ``{{ pages }}``. Raises ``RuleError`` for characters no font has and for
    documents beyond the limits.
    """
    return _filled_in(environment(language).get_template(template), context)


def drawn(template: str, html: str | None, context: Mapping[str, Any], language: str = "zh") -> bytes:
    """As ``render``; ``html`` is the text of the template that takes the place of ``template``, if one does
    (``documents.editable``)."""
    return (
        render(template, context, language)
        if html is None
        else _filled_in(_compiled(html, language), context)
    )


@lru_cache(maxsize=16)
def _compiled(html: str, language: str) -> Template:
    return environment(language).from_string(html)


def _filled_in(source: Template, context: Mapping[str, Any]) -> bytes:
    guess = 1
    while True:
        html = source.render(context, pages=guess)
        if html.count("<tr") > MAX_ROWS or len(html) > MAX_BYTES:
            raise _too_long()
        content = _lay_out(html)
        pages = len(_PAGE.findall(content))
        if pages > MAX_PAGES:
            raise _too_long()
        # a wrong number can only have been a little narrower; never lay out again for fewer pages
        if pages <= guess:
            return content
        guess = pages


def clean(value: Any) -> Any:
    """A template's value as it can be drawn: zero-width characters dropped, others without a glyph refused.

    Characters that change the direction of writing are refused too: they would make a name read as another.
    """
    if not isinstance(value, str) or (value.isascii() and value.isprintable()):
        return value
    text = "".join(char for char in value if not _draws_nothing(char))
    bad = fonts.missing(text.replace("\n", "").replace("\t", ""))
    if bad:
        shown = " ".join(f"{char if char.isprintable() else ''}(U+{ord(char):04X})" for char in bad[:10])
        raise _refusal(N_("以下字符没有可用的字形，无法写入文件，请更换：{characters}", characters=shown))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - it was markup before


def _draws_nothing(char: str) -> bool:
    return char in _ZERO_WIDTH or unicodedata.name(char, "").startswith("VARIATION SELECTOR")


@cache
def environment(language: str) -> SandboxedEnvironment:
    """The templates in one language; loads the fonts and the catalog."""
    sandbox = SandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        finalize=clean,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalog = gettext.translation("messages", str(CATALOGS), [language], fallback=language == "zh")
    sandbox.install_gettext_translations(catalog, newstyle=True)  # type: ignore[attr-defined]
    locale = _LOCALES[language]
    sandbox.filters["day"] = partial(format_date, format=_DATES[language], locale=locale)
    sandbox.filters["moment"] = partial(
        format_datetime, format=_TIMES[language], tzinfo=BEIJING, locale=locale
    )
    sandbox.globals.update(language=language, serif=fonts.stack(fonts.SERIF), sans=fonts.stack(fonts.SANS))
    return sandbox


def _lay_out(html: str) -> bytes:
    from xhtml2pdf.config.resources import RenderLimitError, ResourceAccessPolicy
    from xhtml2pdf.document import pisaDocument

    logging.getLogger("xhtml2pdf").setLevel(logging.ERROR)
    policy = ResourceAccessPolicy.server(
        TEMPLATES,
        allow_remote=False,
        max_render_seconds=MAX_SECONDS,
        max_document_bytes=4 * MAX_BYTES,
        max_depth=MAX_DEPTH,
    )
    target = io.BytesIO()
    try:
        pisaDocument(html, target, default_css=_BASE_CSS, resource_policy=policy)
    except RenderLimitError as error:
        raise _too_long() from error
    return target.getvalue()


def _too_long() -> RuleError:
    return _refusal(N_("文件内容过多，无法生成：最多 {rows} 行、{pages} 页", rows=MAX_ROWS, pages=MAX_PAGES))


def _refusal(message: Message) -> RuleError:
    return RuleError([Problem(None, message)])
