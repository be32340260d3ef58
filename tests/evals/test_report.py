import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agent.settings import Settings
from evals.datasets import Question
from evals.evaluation import Reference, score_run, summarise
from evals.records import RunFolder
from evals.redteam.attacks import load_attacks
from evals.redteam.trial import Verdict
from evals.redteam.verdicts import REDTEAM_FILE, Mode, opened_verdicts
from evals.report import hop_points, render_report, shown
from evals.results import Difference, StoppingCurve, StoppingPoint
from evals.scoring import score_records
from tests.evals.doubles import made_answer, made_hop, made_record
from tests.evals.sample_run import HOSTILE, write_sample_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
]


class Elements(HTMLParser):
    """The page's tags with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was compared and gated; its report is beside it."""
    folder = tmp_path_factory.mktemp("runs")
    before = write_sample_run(folder / "before", seed=2, skill=0.8)
    score_run(RunFolder(before))
    after = write_sample_run(folder / "after", seed=1, skill=0.4)
    score_run(RunFolder(after), Reference(before, before / "result.json"))
    return after


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return (run / "report.html").read_text(encoding="utf-8")


def test_hostile_text_is_shown_and_never_becomes_part_of_the_page(page: str) -> None:
    elements = Elements(page)
    assert HOSTILE in elements.text
    assert not {"script", "img", "iframe", "object", "embed", "link"} & {tag for tag, _ in elements.tags}
    assert not [attributes for _, attributes in elements.tags if any(name.startswith("on") for name in attributes)]


def test_the_page_needs_nothing_else(page: str) -> None:
    elements = Elements(page)
    assert not [attributes for _, attributes in elements.tags if {"src", "href", "srcset", "data"} & attributes.keys()]
    style = page[page.index("<style>") : page.index("</style>")]
    assert not re.search(r"url\(|@import", style)
    assert "default-src 'none'" in page


def test_every_picture_has_a_text_alternative_and_its_numbers(page: str) -> None:
    elements = Elements(page)
    pictures = [picture for picture in elements.named("svg") if picture.get("role") == "img"]
    assert len(pictures) == 3
    ids = {attributes.get("id") for _, attributes in elements.tags}
    for picture in pictures:
        assert set(str(picture["aria-labelledby"]).split()) <= ids
    others = [picture for picture in elements.named("svg") if picture.get("role") != "img"]
    assert all(picture.get("aria-hidden") == "true" for picture in others)
    assert elements.text.count("The same in numbers") == 3


def test_all_that_was_asked_for_stands_in_the_page(page: str) -> None:
    text = Elements(page).text
    for part in (
        "All metrics",
        "By type",
        "By hops",
        "Reliability",
        "Risk and coverage",
        "Recall against hops and cost",
        "Latency by node",
        "Where misses were lost",
        "Worst questions",
        "Questions that changed, losses first",
        "McNemar",
        "The gate failed.",
        "What ran",
    ):
        assert part in text, part


def test_a_retrieval_only_run_has_a_report_without_answers(tmp_path: Path) -> None:
    run = write_sample_run(tmp_path / "run", retrieval_only=True)
    result = score_run(RunFolder(run))
    page = (run / "report.html").read_text(encoding="utf-8")
    assert result.report == str(run / "report.html")
    assert "Reliability" not in page
    assert "retrieval only" in page
    assert "Exact match" not in page


def test_recall_grows_with_the_hops_that_may_be_used() -> None:
    question = Question("q", "?", ("Paris",), ("a", "b"))
    ranking = [
        {"passage_id": name, "source": name, "score": 1, "hop": hop} for name, hop in (("a", 1), ("b", 2), ("x", 1))
    ]
    answer = made_answer(ranking=ranking, hops=(made_hop(1, "a"), made_hop(2, "b")))
    points = hop_points(score_records([made_record(question, answer=answer)]))
    assert [(point.hops, point.recall, point.questions) for point in points] == [(1, 0.5, 0), (2, 1.0, 1)]
    assert (points[0].model_calls, points[1].model_calls) == (None, 1.0)


def test_the_stopping_curve_names_every_way_once_and_says_what_the_rule_costs(tmp_path: Path) -> None:
    run = write_sample_run(tmp_path / "run")
    change = Difference(
        before=0.92, after=0.9, difference=-0.02, interval=(-0.04, 0.0), p_value=0.2, test="McNemar", n=40
    )
    ways = {"always 1": (0.7, 1.0), "always 2": (0.9, 2.0), "always 3": (0.92, 2.6), "always 4": (0.92, 2.6)}
    points = tuple(
        StoppingPoint(
            name=name,
            recall=recall,
            interval=(recall - 0.05, recall + 0.05),
            hops_mean=hops,
            store_requests_mean=hops + 1,
            model_calls_mean=0,
            latency_ms_p50=40 * hops,
        )
        for name, (recall, hops) in (ways | {"rule": (0.9, 1.8), "oracle": (0.94, 1.3)}).items()
    )
    curve = StoppingCurve(n=40, points=points, rule_against_longest=change, rule_against_oracle=None)
    folder = RunFolder(run)
    result = summarise(folder.manifest, folder.records(), run).model_copy(update={"stopping": curve})
    page = render_report(folder.manifest, folder.records(), result)
    assert re.findall(r'<text class="name \w+".*?>(.*?)</text>', page) == ["1", "2", "3, 4", "rule", "oracle"]
    assert "the rule's Recall@5 is 2.0% lower (p = 0.200, McNemar, 40 questions)" in Elements(page).text
    heights = [float(value) for value in re.findall(r'class="whisker.*?y2="([\d.-]+)"', page)]
    assert all(0 <= value <= 300 for value in heights)


def test_the_red_team_s_pass_rate_stands_in_the_report_by_mode(tmp_path: Path) -> None:
    run, attacks = write_sample_run(tmp_path / "run"), load_attacks()[:40]
    assert "Red team" not in Elements(rescored(run)).text
    modes: tuple[tuple[Mode, str | None], ...] = (("extractive", None), ("live", f"model {HOSTILE}"))
    for mode, model in modes:
        path, settings = tmp_path / REDTEAM_FILE, Settings(model=model)
        with opened_verdicts(path, mode, attacks, settings, goes_on=False) as writer:
            for attack in attacks:
                faults = (f"it said {HOSTILE}",) if model and attack is attacks[0] else ()
                writer.append(Verdict(attack, faults, made_answer(attack.question)))
    page = Elements(rescored(run))
    words = " ".join(page.text.split())
    untried = len(load_attacks()) - 40
    assert re.search(rf"The rules alone ?40 ?100\.0% ?91\.2% – 100\.0% ?{untried}", words)
    assert re.search(r"The configured model: model <script>.*?40 ?97\.5%", words)
    assert f"it said {HOSTILE}" in page.text
    assert "script" not in {tag for tag, _ in page.tags}


def rescored(run: Path) -> str:
    score_run(RunFolder(run))
    return (run / "report.html").read_text(encoding="utf-8")


def test_values_are_shown_in_their_own_unit() -> None:
    assert shown(0.9234, "recall@5") == "92.3%"
    assert shown(1234.5, "latency_ms_p50") == "1,234 ms"
    assert shown(4.26, "latency_ms_p50") == "4.3 ms"
    assert shown(0.00123, "cost_usd_mean") == "$0.00123"
    assert shown(2.5, "hops_mean") == "2.50"
    assert shown(30, "n") == "30"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [390, 1200])
def test_a_browser_draws_the_page_without_running_what_it_shows(run: Path, tmp_path: Path, width: int) -> None:
    from PIL import Image

    assert CHROMIUM is not None
    report, picture = (run / "report.html").as_uri(), tmp_path / "page.png"
    command = [CHROMIUM, *QUIET, f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},3000"]
    subprocess.run([*command, f"--screenshot={picture}", report], check=True, capture_output=True, timeout=60)
    with Image.open(picture) as image:
        colours = image.convert("RGB").resize((width, 3000)).getcolors(maxcolors=1_000_000)
    assert colours is not None
    assert len(colours) > 50
    dumped = subprocess.run([*command, "--dump-dom", report], check=True, capture_output=True, timeout=60, text=True)
    assert "<title>support-handbook: 120 questions" in dumped.stdout


PROBE = """<!doctype html><title>not measured</title><body style="margin:0"><script>
const frame = document.createElement("iframe");
frame.style.cssText = "width:390px;height:900px;border:0";
frame.onload = () => {
  const page = frame.contentDocument;
  page.querySelectorAll("details").forEach(each => each.open = true);
  const wide = [...page.querySelectorAll("*")].filter(each => each.getBoundingClientRect().right > 390.5);
  const names = wide.map(each => each.tagName + "." + each.className).join(" ").slice(0, 200);
  document.title = "width " + page.documentElement.scrollWidth + " wide " + wide.length + " " + names;
};
frame.srcdoc = PAGE;
document.body.append(frame);
</script>"""


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_on_a_phone_nothing_is_wider_than_the_screen_with_everything_opened(run: Path, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    probe = tmp_path / "probe.html"
    # A window can't be narrower than 500 points: the phone is a frame of 390, its page without its own policy so that
    # it can be measured.
    page = re.sub(r"<meta http-equiv=.*?>", "", (run / "report.html").read_text(encoding="utf-8"))
    probe.write_text(PROBE.replace("PAGE", json.dumps(page).replace("</", "<\\/")), encoding="utf-8")
    command = [CHROMIUM, *QUIET, f"--user-data-dir={tmp_path / 'profile'}", "--window-size=500,900"]
    command += ["--virtual-time-budget=5000", "--dump-dom", probe.as_uri()]
    dumped = subprocess.run(command, check=True, capture_output=True, timeout=60, text=True)
    found = re.search(r"<title>(.*)</title>", dumped.stdout)
    assert found is not None
    assert found[1].strip() == "width 390 wide 0"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_on_paper_everything_is_open_and_the_page_is_a_few_sheets(run: Path, tmp_path: Path) -> None:
    import pypdfium2

    assert CHROMIUM is not None
    paper = tmp_path / "report.pdf"
    command = [CHROMIUM, *QUIET, f"--user-data-dir={tmp_path / 'profile'}", "--no-pdf-header-footer"]
    report = (run / "report.html").as_uri()
    subprocess.run([*command, f"--print-to-pdf={paper}", report], check=True, capture_output=True, timeout=60)
    document = pypdfium2.PdfDocument(paper)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    assert "Expected: " in text  # inside a closed question
    assert "onnxruntime" in text  # inside what ran
