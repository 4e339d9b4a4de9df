"""A report in a real browser: no request, no objection of axe, no side scrolling."""

from __future__ import annotations

from pathlib import Path

import pytest

from engage.cli import main
from tests.unit.cli.simulated import simulated_data

pytestmark = pytest.mark.asyncio(loop_scope="session")
AXE = Path(__file__).parents[2] / "sdk_js/node_modules/axe-core/axe.min.js"
RUN = """async () => (await axe.run(document)).violations.map(
  (one) => [one.id, one.nodes.map((n) => n.html.slice(0, 160))])"""
WIDTHS = "() => [document.documentElement.scrollWidth, innerWidth]"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return the whole report of a small simulation."""
    folder = tmp_path_factory.mktemp("report")
    file = folder / "page.html"
    data = simulated_data(folder, visitors=25)
    assert main(["report", f"{data}", "--html", f"{file}"]) == 0
    return file


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (390, "dark")], ids=["desk", "phone"]
)
async def test_report_for_everybody(chromium, report, width, scheme):
    """The page asks for nothing else, fits its width, and axe has no objection."""
    context = await chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
    )
    page, asked = await context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))

    await page.goto(report.as_uri())

    assert asked == [report.as_uri()]
    assert await page.evaluate(WIDTHS) == [width, width]
    await page.evaluate(AXE.read_text())
    assert await page.evaluate(RUN) == []
    await context.close()
