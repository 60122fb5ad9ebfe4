"""The page in a real browser: it says nothing on its console, asks for nothing, and fits the window."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explore.report import page
from lake.operate.status import Lake
from lake.places import places_of
from schemas.datasets import LOCATIONS
from tests.explore.handmade import Handmade
from tests.explore.test_report import some_months

pytestmark = [pytest.mark.needs("browser"), pytest.mark.slow]
PICTURES = """
() => [...document.querySelectorAll('[role=img]')].map(one => ({
  label: one.getAttribute('aria-label'),
  width: one.getBoundingClientRect().width,
  drawn: [...one.querySelectorAll('svg'), ...(one.matches('svg') ? [one] : [])]
    .filter(svg => svg.getBoundingClientRect().height > 20).length,
  tables: one.closest('section').querySelectorAll('table[data-figure]').length,
}))
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    lake = some_months(Handmade(str(folder / "lake")))
    path = Path(folder, "page.html")
    path.write_text(page(Lake(places_of({"lake": lake.base}, LOCATIONS))), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_it_asks_for_nothing_says_nothing_and_fits(browser, address: str, width: int, scheme: str):
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked, said = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(address)
    assert (asked, said) == ([address], [])
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    found = tab.evaluate(PICTURES)
    assert len(found) == 4
    for one in found:
        assert one["label"].endswith("in the table below.")
        assert one["drawn"] == 1  # of the two for wide and narrow windows
        assert one["tables"] >= 1
        assert 100 < one["width"] <= width
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(251, 250, 246)", "dark": "rgb(17, 21, 19)"}[scheme]
    tab.close()


def test_it_can_be_printed(browser, address: str):
    tab = browser.new_page()
    tab.goto(address)
    assert len(tab.pdf(print_background=True)) > 20_000
    tab.close()
