"""What is allowed and probably not meant."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crosspatch.cli.app import app
from crosspatch.config import load_site
from crosspatch.config.advice import advise

EXAMPLES = Path(__file__).parents[3] / "config" / "examples"
SECOND = """
[rules.again]
talkgroups = ["nl", "be"]
zone = "belgium"
vehicles = ["v1"]
"""


@pytest.fixture
def remarks(write):
    """What is remarked of such a file."""

    def remarks(*replacements, more: str = "") -> list[str]:
        return [f"{remark.key}: {remark.text}" for remark in advise(load_site(write(*replacements, more=more)))]

    return remarks


def test_a_plain_site_and_the_examples_need_no_remark(remarks) -> None:
    assert remarks() == []
    for example in EXAMPLES.glob("*.toml"):
        assert advise(load_site(example)) == []


def test_talkgroups_in_two_rules_close_a_loop_and_fight_for_radios(remarks) -> None:
    assert remarks(more=SECOND) == [
        "talkgroups.nl: is in rules south, again: while one of their patches is up the others fail",
        "talkgroups.be: is in rules south, again: while one of their patches is up the others fail",
        "rules.again.talkgroups: joins talkgroups that other rules join already: "
        "a loop, if another gateway holds those",
        "networks.c2000: has 1 radio for the 2 legs of all rules: not all can be up at once",
        "networks.astrid: has 1 radio for the 2 legs of all rules: not all can be up at once",
    ]


def test_what_no_rule_is_about_is_named(remarks) -> None:
    more = (
        '[zones.spare]\ncountry = "NL"\n[vehicles.v2]\nnetwork = "c2000"\n[talkgroups.x]\nnetwork = "c2000"\ngssi = 9\n'
    )
    assert remarks(more=more) == [
        "zones.spare: no rule is about it",
        "talkgroups.x: no rule is about it",
        "vehicles.v2: no rule is about it",
    ]


def test_a_rule_about_nobody_or_about_strangers_is_named(remarks) -> None:
    third = '[networks.renita]\nname = "RENITA"\ncountry = "LU"\nmcc = 270\nmnc = 1\n'
    found = remarks(('vehicles = ["v1"]', 'homes = ["renita"]'), more=third)
    assert "rules.south: is about no vehicle of the site: its patch never comes up" in found
    (stranger,) = remarks(('[vehicles.v1]\nnetwork = "c2000"', '[vehicles.v1]\nnetwork = "renita"'), more=third)
    assert stranger.startswith("rules.south.talkgroups: none is of the home network of v1: no common group")


def test_a_rule_that_leaves_out_the_talkgroup_of_its_crews_is_named(remarks) -> None:
    home = ('[vehicles.v1]\nnetwork = "c2000"', '[vehicles.v1]\nnetwork = "c2000"\ntalkgroup = "{}"')
    assert remarks((home[0], home[1].format("nl"))) == []
    more = '[talkgroups.x]\nnetwork = "c2000"\ngssi = 9\n'
    assert remarks((home[0], home[1].format("x")), more=more)[-1] == (
        "rules.south.talkgroups: x is not among them, on which v1 stay: the crew hears nothing of it"
    )


def test_a_patch_without_end_is_named_unless_it_has_hours(remarks) -> None:
    always = ('zone = "belgium"\nvehicles = ["v1"]', "always = true")
    assert "rules.south.always: its patch never ends by itself: keep patches short where you can" in remarks(always)
    hours = (always[0], 'always = true\nschedule = ["mon-fri 07:00-19:00"]')
    assert not [remark for remark in remarks(hours) if "always" in remark]


def test_check_tells_remarks_and_fails_for_them_only_when_strict(write) -> None:
    site = write(more=SECOND)
    result = CliRunner().invoke(app, ["check", str(site)])
    assert (result.exit_code, result.stdout.count("  remark: ")) == (0, 5)
    assert CliRunner().invoke(app, ["check", str(site), "--strict"]).exit_code == 1


def test_a_patch_without_a_real_expiry_is_remarked(remarks) -> None:
    (remark,) = remarks(("[rules.south]", "[rules.south]\nmax_s = 200000"))
    assert remark.startswith("rules.south.max_s: its patch may be up for 56 h")


@pytest.mark.parametrize(("latitude", "told"), [(51.0, []), (51.9, ["zones.belgium"])])
def test_a_zone_into_which_no_track_comes_is_remarked(tmp_path, latitude, told) -> None:
    example = EXAMPLES / "eijsden.toml"
    track = tmp_path / "v4101.csv"
    track.write_text(f"time,lat,lon\n1773518400,{latitude},4.8\n1773518410,{latitude + 0.001},4.8\n")
    result = CliRunner().invoke(app, ["check", str(example), "--tracks", str(track), "--json"])
    remarks = json.loads(result.stdout)["remarks"]
    assert [remark["key"] for remark in remarks] == told
    assert all("no track comes into it" in remark["text"] and remark["line"] > 1 for remark in remarks)
