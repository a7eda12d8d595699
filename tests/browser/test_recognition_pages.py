"""The pages of recognition, of verification, statistics and background work as people meet them: accessible, whole on a
small screen, in English without Chinese words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.demo import Demo
from tests.browser.people import HEIGHT, NARROW
from tests.browser.visits import CHINESE_WORDS, Visits, misfits, overhang

#: who opens it, and its address; ``{round}`` and the like are ids of the demonstration
KINDS = [
    *((None, path) for path in (
        "/notices/{notice}", "/notices/{notice}/print", "/v/{token}", "/v/{revoked}", "/notices/", "/objections/", "/objections/new?product={filing_no}", "/v/", "/statistics/",
    )),
    *(("officer", path) for path in (
        "/recognition/", "/recognition/new", "/recognition/{round}", "/recognition/{round}/edit",
        "/recognition/{round}/candidates", "/recognition/{round}/candidates/excluded",
        "/recognition/{round}/screening", "/recognition/{round}/screening/{run}",
        "/recognition/{round}/screening/{run}/product/{failed}", "/recognition/{round}/screening/{run}/product/{passed}",
        "/recognition/{round}/screening/{run}/apply", "/recognition/{round}/what-if",
        "/recognition/{round}/supplements", "/recognition/{round}/supplements/ask", "/recognition/{round}/evaluation",
        "/recognition/{round}/proposal", "/recognition/{round}/notices", "/recognition/{round}/certificates",
        "/recognition/objections/", "/recognition/objections/round/{round}",
        "/recognition/schemes/", "/recognition/schemes/{scheme}", "/recognition/schemes/new", "/jobs/",
        "/recognition/{closed}", "/recognition/{closed}/proposal", "/recognition/{closed}/evaluation",
        "/recognition/{closed}/certificates", "/recognition/notices/{notice}", "/recognition/certificates/{certificate}",
        "/recognition/evaluations/{recognised}", "/recognition/supplements/{recognised}",
        "/recognition/objections/?tab=decided", "/recognition/objections/{objection}",
    )),
    *(("reviewer2", path) for path in ("/evaluation/", "/evaluation/?tab=scored")),
    *(("unit1", path) for path in ("/my/recognition/{recognised}", "/my/certificates/")),
    *(("unit2", path) for path in ("/my/recognition/", "/my/recognition/{own}", "/my/certificates/")),
    *(("office", path) for path in ("/stats/", "/stats/views/")),
]  # fmt: skip


@pytest.fixture(scope="module")
def places(demo: Demo) -> dict[str, Any]:
    """What the addresses of ``KINDS`` leave open: this year's round, screened, and the last one that is closed."""
    [(round_, scheme)] = demo.ask("SELECT id, scheme_id FROM recognition_round WHERE state = 'published'")
    [(run,)] = demo.ask("SELECT max(id) FROM screening_run WHERE round_id = ?", round_)
    judged = dict(
        demo.ask("SELECT passed, min(product_id) FROM screening_result WHERE run_id = ? GROUP BY passed", run)
    )
    [(own,)] = demo.ask(
        "SELECT min(r.id) FROM recognition r JOIN account a ON a.unit_id = r.unit_id"
        " JOIN ab_user u ON u.id = a.user_id WHERE u.username = 'unit2' AND r.round_id = ?", round_,
    )  # fmt: skip
    [(closed, notice)] = demo.ask(
        "SELECT r.id, n.id FROM recognition_round r JOIN public_notice n ON n.round_id = r.id"
        " WHERE r.state = 'closed' AND n.state = 'ended' ORDER BY r.year DESC LIMIT 1"
    )
    [(certificate, token, recognised)] = demo.ask(
        "SELECT c.id, c.token, c.recognition_id FROM certificate c JOIN account a ON a.unit_id = c.unit_id"
        " JOIN ab_user u ON u.id = a.user_id WHERE u.username = 'unit1' AND c.revoked_on IS NULL ORDER BY c.year DESC LIMIT 1"
    )
    [(revoked,)] = demo.ask("SELECT token FROM certificate WHERE revoked_on IS NOT NULL LIMIT 1")
    [(objection,)] = demo.ask("SELECT min(id) FROM objection WHERE state = 'upheld'")
    named = demo.ask(
        "SELECT title FROM recognition_round UNION SELECT name FROM product UNION SELECT first_name FROM ab_user"
    )
    [(filing_no,)] = demo.ask("SELECT min(filing_no) FROM product WHERE state = 'filed'")
    return {
        "round": round_, "scheme": scheme, "run": run, "failed": judged[0], "passed": judged[1], "own": own,
        "closed": closed, "notice": notice, "certificate": certificate, "token": token, "recognised": recognised,
        "revoked": revoked, "objection": objection, "filing_no": filing_no, "names": sorted((name for (name,) in named if name), key=len, reverse=True),
    }  # fmt: skip


@pytest.mark.parametrize(("name", "path"), KINDS)
def test_a_page_of_recognition_is_accessible_and_fits(
    name: str | None, path: str, visits: Visits, places: dict[str, Any]
) -> None:
    assert misfits(visits.of(name), path.format(**places)) == []


def is_chinese(words: str, names: list[str]) -> bool:
    """Whether Chinese is left when the names of rounds, products and people are taken away."""
    for name in names:
        words = words.replace(name, "")
    return bool(re.search("[\u4e00-\u9fff]", words))


@pytest.mark.parametrize(("name", "path"), KINDS)
def test_in_english_a_page_of_recognition_speaks_english_and_fits(
    name: str | None, path: str, english: Visits, places: dict[str, Any]
) -> None:
    page = english.of(name).page
    page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    page.goto(path.format(**places))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert [words for words in page.evaluate(CHINESE_WORDS) if is_chinese(words, places["names"])] == []
    assert overhang(page) <= 0
