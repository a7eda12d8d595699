"""T-P01 to T-P05: what people write is printed as they wrote it; nothing is fetched, read or run."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents import pdf
from app.documents.certificates import filing_certificate
from app.domain.errors import RuleError
from tests.documents.samples import text_of
from tests.documents.test_certificates import NOW, make_certificate

pytestmark = pytest.mark.usefixtures("fonts")


@pytest.fixture
def requests() -> Iterator[tuple[str, list[str]]]:
    """The address of a web server, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.parametrize(
    "name",
    [
        '<img src="{server}/x.png">',
        '<link rel="stylesheet" href="{server}/x.css">',
        "<style>@import url({server}/x.css);</style>",
        '<pdf:include src="{server}/x">',
        '<pdf:font name="x" src="{server}/x.ttf">',
        '<img src="file:///etc/passwd">',
        '<img src="../../../config.py">',
        '<img src="data:image/png;base64,AAAA">',
        "<span color=\"[[[getattr(pow,Word('__globals__'))]]]\">x</span>",
        '<td bgcolor="[[[1 for x in [1]]]]">',
        "{{{{ 7*7 }}}}{{% include 'x' %}}",
        "&lt;b&gt;&#x41;",
        '"><svg onload=alert(1)>',
    ],
)
def test_T_P01_to_P05_markup_in_a_name_is_text(name: str, requests: tuple[str, list[str]]) -> None:
    server, asked = requests
    name = name.format(server=server)
    text = text_of(filing_certificate(make_certificate(product_name=name, unit_name=name, model=name), NOW))
    assert text.count("".join(name.split())) == 3
    assert asked == []


def test_T_P03_a_template_itself_can_fetch_nothing(
    requests: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, asked = requests
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "evil.html").write_text(
        f'<html><body><img src="{server}/x.png"><img src="file://{secret}"><img src="../secret.txt">text</body></html>'
    )
    monkeypatch.setattr(pdf, "TEMPLATES", tmp_path / "evil")
    pdf.environment.cache_clear()
    try:
        assert "secret" not in text_of(pdf.render("evil.html", {}))
    finally:
        pdf.environment.cache_clear()
    assert asked == []


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\0", "\x1b"])
def test_characters_that_turn_or_control_text_are_refused(character: str) -> None:
    with pytest.raises(RuleError, match="U\\+"):
        filing_certificate(make_certificate(unit_name=f"示例{character}公司"), NOW)


def test_characters_that_draw_nothing_are_left_out() -> None:
    text = text_of(filing_certificate(make_certificate(unit_name="示\u200b例\ufeff公\u00ad司"), NOW))
    assert "示例公司" in text
