"""Texts that staff write, as HTML: a small part of Markdown, and of what comes out only what is on a list (T-P11).

Raw HTML and pictures are not part of it. Headings begin at the second level: the page has the first.
"""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_HEADINGS = {"h1": "h2", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6", "h6": "h6"}
_TAGS = {"p", "br", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s", "code", "pre", "blockquote", "hr",
         "a", "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {"scope"}}
_SCHEMES = {"http", "https", "mailto"}

_reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


@lru_cache(maxsize=256)
def html(text: str) -> Markup:
    """``text`` as HTML that may stand in a page."""
    tokens = _reader.parse(text)
    for token in tokens:
        if token.tag in _HEADINGS:
            token.tag = _HEADINGS[token.tag]
        if token.type in ("th_open", "td_open"):
            token.attrs = {"scope": "col"} if token.tag == "th" else {}
    made = _reader.renderer.render(tokens, _reader.options, {})
    clean = nh3.clean(
        made, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener nofollow"
    )
    return Markup(clean)  # noqa: S704
