"""`crosspatch replay`: verdict, exit code, proof page."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crosspatch.cli.app import app

HOUSE = Path(__file__).parents[3]
SITE = HOUSE / "config" / "examples" / "eijsden.toml"
A2 = HOUSE / "tests" / "data" / "tracks" / "a2-maastricht-liege.gpx"
TRAFFIC = "time,talkgroup,seconds\n+60,nl-maastricht,5\n+90,be-liege,4\n"


def replay(*words: object) -> Result:
    return CliRunner().invoke(app, ["replay", *map(str, words)])


def test_a_plan_that_holds_exits_with_0_and_writes_a_page_that_needs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "traffic.csv").write_text(TRAFFIC)
    page = tmp_path / "proof.html"
    words = ("--tracks", f"v4101={A2}", "--every", 5, "--traffic", tmp_path / "traffic.csv", "--html", page)
    result = replay(SITE, *words)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("the plan holds: 0:19:40 of ")
    assert "v4101 in the zone of to-belgium: up 370 s before" in result.stdout
    html = page.read_text()
    assert "The plan holds" in html
    assert "OpenStreetMap contributors" in html
    assert not re.search(r"(src|href)=|url\(|@import", html)
    drawings = [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]
    assert [drawing.attrib["aria-label"] for drawing in drawings] == ["map", "timeline"]
    titles = {element.text for element in drawings[0].iter("title")}
    assert {"BE", "NL", "zone belgium", "v4101"} <= titles
    assert any(title and title.startswith("to-belgium up at 0:00:1") for title in titles)
    assert html.count("delivered on") == 2


def test_a_plan_that_fails_exits_with_1_and_says_why(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(SITE.read_text().replace('zone = "belgium"', 'zone = "belgium"\napproval = "confirm"'))
    result = replay(site, "-t", f"v4101={A2}", "--every", 10)
    assert result.exit_code == 1
    assert "THE PLAN FAILS" in result.stdout
    assert "ERROR late: " in result.stdout
    assert replay(site, "-t", f"v4101={A2}", "--every", 10, "--allow", "late").exit_code == 0


def test_json_tells_the_whole_story_and_the_difference_to_another_plan(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    text = SITE.read_text().replace("open_m = 3000", "open_m = 100").replace("open_s = 90", "open_s = 20")
    other.write_text(text)
    answer = json.loads(replay(SITE, "-t", f"v4101={A2}", "--every", 5, "--against", other, "--json").stdout)
    assert (answer["holds"], answer["story"]["figures"]["reports"]) == (True, 168)
    assert any("before the border" in each["what"] for each in answer["differences"])


def test_tracks_may_be_started_together_and_named_by_their_file(tmp_path: Path) -> None:
    (tmp_path / "v4101.gpx").write_text(A2.read_text())
    result = replay(SITE, "-t", tmp_path / "v4101.gpx", "--together", "--every", 30, "--json")
    assert list(json.loads(result.stdout)["story"]["tracks"]) == ["v4101"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("-t", "x.gpx"), "x.gpx: no vehicle 'x' in the site; known: v4101"),
        (("-t", "v4101=nowhere.gpx"), "nowhere.gpx: cannot be read: No such file or directory"),
        (("-t", f"v4101={SITE}"), "eijsden.toml: no such kind of track: '.toml'"),
        (("-t", f"v4101={A2}", "--allow", "everything"), "--allow everything: no such finding; known: late, short"),
        (("-t", f"v4101={A2}", "--traffic", A2), "a2-maastricht-liege.gpx: its first line does not name"),
        (("-t", f"v4101={A2}", "--traffic", "none.csv"), "none.csv: cannot be read"),
        (
            ("-t", f"v4101={A2}", "--every", "60", "--html", "/no/such/place.html"),
            "/no/such/place.html: cannot be writ",
        ),
        (("-t", f"v4101={A2}", "--against", "none.toml"), "none.toml cannot be used"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_the_thing(words, told) -> None:
    result = replay(SITE, *words)
    assert result.exit_code == 2
    assert told in result.stderr
