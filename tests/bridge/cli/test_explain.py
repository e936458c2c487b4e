"""``crosspatch explain``: what is pasted is explained, as text and as JSON; what is nothing gets a clear no."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from crosspatch.cli.explain import explain

app = typer.Typer()
app.command()(explain)

LIP_KEYS = {"lon", "lat", "position_error_m", "velocity_kmh", "direction_deg", "reason", "altitude_m", "time"}


def run(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=given, env={"COLUMNS": "200"})


def found(*arguments: str, given: str | None = None) -> dict[str, object]:
    result = run("--json", *arguments, given=given)
    assert result.exit_code == 0, result.output
    plain = json.loads(result.stdout)
    assert isinstance(plain, dict)
    return plain


REPORTS = [
    ("0A0088BD4247F737FFE810", 12.018099, 51.325099, None, None, None, 129),
    ("0A112853A9FF4D4FFFE810", 26.044346, 44.938642, None, None, None, 129),
    ("0A06B8ACA67F1822FFE810", 151.231141, -33.829608, 200, None, None, 129),
    ("0A00893E12472C51026810", 12.062323, 51.255448, 20, 1, 67.5, 129),
    ("0A30000000000007FFE810", None, None, None, None, None, 129),
    ("0a010e6239b0439affe020", 23.764189, 37.991956, 200, None, None, 2),
    ("4C0040B08C8", None, None, None, None, None, 129),
    ("4C000AB08C8", None, None, None, None, None, 21),
    ("4C0003B08C8", None, None, None, None, None, 7),
    ("4C0000308C8", None, None, None, None, None, 0),
    ("0A00000000000007FFF55", None, None, None, None, None, None),
    ("0A0044804A4179316B881", 6.020604, 50.754497, 20, 71.12, 270, 129),
    ("0A0044804A4179316B8810", 6.020604, 50.754497, 20, 71.12, 270, 129),
    ("0A0031834242903800000", 4.351702, 50.850295, 2, 0, 0, 0),
    ("0A0037B25253DB418B082", 4.895203, 52.370195, 20, 129.17, 180, 130),
    ("0A1040C0424293717B203", 5.691004, 50.851400, 20, 95.85, 202.5, 3),
]


@pytest.mark.parametrize(("digits", "lon", "lat", "error", "velocity", "direction", "reason"), REPORTS)
def test_a_location_report_is_told_in_degrees(  # noqa: PLR0917
    digits: str,
    lon: float | None,
    lat: float | None,
    error: float | None,
    velocity: float | None,
    direction: float | None,
    reason: int | None,
) -> None:
    whole, without = digits, digits[2:] if digits[:2].upper() == "0A" else digits
    for text in (whole, without):
        plain = found(text)
        assert plain.keys() >= LIP_KEYS
        told = [plain[key] for key in ("lon", "lat", "position_error_m", "velocity_kmh", "direction_deg")]
        assert [lon, lat, error, velocity, direction] == [
            value if value is None else pytest.approx(value, abs=2e-6 if key < 2 else 0.01)
            for key, value in enumerate(told)
        ]
        assert (reason, None, None) == (plain["reason"], plain["altitude_m"], plain["time"])
        assert (plain["kind"], plain["raw"]) == ("lip", text.upper())


def test_a_long_report_tells_time_and_height() -> None:
    plain = found("0A4E8A69154112012905E4C18C8D6B80408")
    assert plain["altitude_m"] == 200
    assert str(plain["time"]).endswith("-17T09:41:05+00:00")
    assert (plain["position_error_m"], plain["velocity_kmh"], plain["direction_deg"]) == (4.6, 71.12, 270)
    assert found("0A4C51AC608A7A20D80FFF4000000")["altitude_m"] == 11525


def test_fields_have_their_bits() -> None:
    fields = found("0A0044804A4179316B881")["fields"]
    assert isinstance(fields, list)
    places = [(field["name"], field["first_bit"], field["bits"]) for field in fields]
    assert places[0] == ("protocol", 0, 8)
    assert ("longitude", 12, 25) in places
    assert ("latitude", 37, 24) in places
    assert [place[1] for place in places[1:]] == [place[1] + place[2] for place in places[:-1]], "none is left out"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0201746573746D657373616765", {"text": "testmessage", "protocol": 2}),
        ("0901746573746D657373616765", {"text": "testmessage", "protocol": 9}),
        ("82029C01746573746D657373616765", {"text": "testmessage", "reference": 0x9C, "report_request": 0}),
        ("82029C81045A8F746573746D657373616765", {"text": "testmessage", "time_stamp": "04-11 10:15"}),
        ("8206C981445A0F746573746D657373616765", {"report_request": 1, "time_stamp": "04-11 08:15 UTC"}),
        ("82039C5101020301746573746D657373616765", {"text": "testmessage"}),
        ("821000C9", {"reference": 0xC9, "delivery_status": 0}),
        ("82 18 00 CA", {"reference": 0xCA, "delivery_status": 0}),
        ("0x822001C9", {"reference": 0xC9, "delivery_status": 1}),
        ("8A02C981045A8F050003C90201746573746D657373616765", {"text": "testmessage", "part": 1, "parts": 2}),
        ("82040801476A61746A616A676A61", {"text": "Gjatjajgja", "reference": 8}),
        ("E0000201", {"kind": "sds", "protocol_text": "Motorola remote control"}),
        ("8004", {"kind": "status", "status": 0x8004, "emergency": False}),
        ("0000", {"kind": "status", "status": 0, "emergency": True}),
        ("7ECA", {"kind": "status", "report": 2, "reference": 0xCA}),
        ("7FCA", {"report": 3, "reference": 0xCA}),
        ("23404", {"kind": "identity", "mcc": None, "ssi": 23404}),
        ("6101629", {"kind": "identity", "ssi": 6101629}),
        ("216216300000300", {"identity": "216-02163-300"}),
        ("2620100108280651", {"identity": "262-01001-8280651"}),
        ("9010000102089144", {"mcc": 901, "mnc": 1, "ssi": 2089144}),
        ("7530236102089144", {"identity": "753-02361-2089144"}),
        ("09011638300023404", {"identity": "901-16383-23404"}),
        ("206-00012-4711", {"mcc": 206, "mnc": 12, "ssi": 4711}),
        ("90116383", {"mcc": 901, "mnc": 16383, "ssi": None}),
    ],
)
def test_what_is_pasted_is_recognised(text: str, expected: dict[str, object]) -> None:
    plain = found(text)
    assert expected == {key: plain[key] for key in expected}


LINES: list[tuple[str, dict[str, object], str]] = [
    ("+CTICN: 1,0,0,0,6101629,1,1,0,1,1,0,4037009,0", {"caller": "6101629", "called": "4037009"}, "SSI 4037009"),
    ("+CTICN:0,0,0,0,255,1,1,0,1,1,1,216216300000300,3", {"cc": 0, "priority": 3}, "216-02163-300"),
    ("+CTICN: 1,0,0,,,1,1,0,1,1,1,9011638300000001,0", {"caller": "", "cc": 1}, "901-16383-1"),
    ("+CTICN: 1,0,0,5,09011638300023404,1,1,0,1,1,5,09011638300000001,0", {"cc": 1}, "901-16383-23404"),
    ("+CTICN: 1,0,0,5,23404,1,1,0,1,1,5,1000,0", {"caller": "23404"}, "SSI 23404"),
    ("+CTICN:46,0,7,0,2,1,1,0,4,0", {"cc": 46}, "incoming call"),
    ("+CTOCP: 1,1,0,1,0", {"status": 1}, "queued"),
    ("+CTCC: 1,1,1,0,0,1,1", {"comms": 1}, "group"),
    ("+CTCC:0,1,1,0,0,1,1,3", {"priority": 3}, "3 of 11"),
    ("+CTXG: 1,0,0,0", {"grant": 0}, "granted to us: on the air"),
    ("+CTXG: 1,1,0,0", {"grant": 1}, "not granted to us"),
    ("+CTXG: 1,2,0,0", {"grant": 2}, "our request is queued"),
    ("+CTXG: 1,3,0,0", {"grant": 3, "talker": ""}, "granted to another"),
    ("+CTXG: 1,3,0,0,1,7530236102089144", {"talker": "7530236102089144"}, "753-02361-2089144"),
    ("+CTXG: 2,3,0,0,0,6101629", {"cc": 2}, "SSI 6101629"),
    ("+CTXG:0,3,0,0,0,255", {"cc": 0}, "SSI 255"),
    ("+CTXG: 1,3,0,0,3,09011638300023404", {"talker_type": 3}, "901-16383-23404"),
    ("+CDTXC: 1,0", {"cc": 1}, "transmission ended"),
    ("+CTCR: 1,13", {"cause": 13}, "timer expired"),
    ("+CTXI: 1,3,0,0,0,6101629", {"grant": 3}, "transmission interrupted"),
    ("+CTXW: 1,0", {"cc": 1}, "transmission waits"),
    ("+CTXN: 1,1,0", {"go_on": 1}, "continue"),
    ("+CNUMF: 0,9010000102089144", {"number_type": 0}, "own individual identity"),
    ("+CNUMF: 6,09011638300023401", {"number": "09011638300023401"}, "901-16383-23401"),
    ("+CREG: 1,1,90109999", {"mcc": 901, "mnc": 9999, "location_area": 1}, "registered at home"),
    ("+CREG: 0", {"mcc": None}, "searching"),
    ("+CSQ: 26,99", {"rssi": 26}, "-61 dBm"),
    ("+CSQ: 99,99", {"rssi": 99}, "not known"),
    ("+CTGS: 1,09011638300000001", {}, "901-16383-1 (amateur radio) (selected)"),
    ("+CTGS: 0", {}, "none: detach all"),
    ("+CTOM: 1", {"mode": 1}, "direct"),
    ("+CTDGR: 2,1001,90116383,0", {}, "through a repeater"),
    ("+CLVL: 5", {"value": "5"}, "volume"),
    ("+CMGS: 0,4,65", {}, "sent over the air"),
    ("+CMGS: 0,5,65", {}, "sending failed"),
    ("+GMM: 54007,M83PF-----AN,88.2.0.0", {}, "M83PF-----AN"),
    ("+GMI: MOTOROLA", {"value": "MOTOROLA"}, "MOTOROLA"),
    ("+CPIN: MT PIN-UNLOCKED", {}, "MT PIN-UNLOCKED"),
    ("+CBC: 0,80", {}, "battery"),
    ("+GCLI: 2", {}, "cells"),
    ("+GPSPOS: 12:34:56,N: 49_01.2345,E: 010_12.3456,5", {}, "own position"),
    ("+CNUMS: (0),(1-2000),(1-2000)", {}, "static group"),
    ("+CTSDSR: 12,23404,0,23401,0,112 82040801476A61746A616A676A61", {"text": "Gjatjajgja", "calling": "23404"}, "SDS"),
    ("+CTSDSR: 13,1234567,0,2345678,0,16 8004", {"status": 0x8004, "called": "2345678"}, "status"),
    ("+CTSDSR: 12,2269001,0,9999,0,84 0A112853A9FF4D4FFFE810", {"lon": 26.0443461, "reason": 129}, "44.938642"),
    ("OK", {}, "the command was taken"),
    ("ERROR", {}, "not taken"),
    ("NO CARRIER", {}, "not taken"),
    ("+CME ERROR: 35", {"cme": 35}, "syntax error"),
    ("AT", {}, "are you there"),
    ("ATZ", {}, "reset"),
    ("ATE0", {}, "echo off"),
    ("ATI", {}, "identify"),
    ("ATH", {}, "leave the call"),
    ("ATA", {}, "answer"),
    ("ATD1234567", {"called": "1234567"}, "call SSI 1234567"),
    ("ATD 1234567", {"called": "1234567"}, "call SSI 1234567"),
    ("AT+GMI?", {}, "manufacturer"),
    ("AT+CMEE=1", {}, "errors as numbers"),
    ("AT+CTSP=1,3,130", {}, "this interface alone, SDS-TL or SDS type 4 by protocol identifier, text"),
    ("AT+CTSP=2,2,20", {}, "both, short data types, status"),
    ("AT+CTOM=6,0", {}, "direct mode repeater"),
    ("AT+CTOM?", {}, "ask: operating mode"),
    ("AT+CTGS=1,1234567", {}, "selected, SSI 1234567"),
    ("AT+CTSDC=0,0,0,1,1,0,1,1,0,15", {}, "emergency"),
    ("AT+CTXD=1,1", {}, "ask for the transmitter: high"),
    ("AT+CUTXC=1", {}, "give the transmitter back"),
    ("AT+CTSDS=12,0,0,0,1", {}, "SDS type 4"),
    ("AT+CNUMS=?", {}, "which values"),
    ("AT+CMGS=6101629,16 8004", {"status": 0x8004}, "key 2"),
    ("AT+CMGS=6101629,32 821000C9^Z", {"reference": 0xC9}, "received (success)"),
]


@pytest.mark.parametrize(("line", "expected", "words"), LINES)
def test_a_line_of_a_radio_or_to_it_is_explained(line: str, expected: dict[str, object], words: str) -> None:
    plain = found(line)
    assert expected == {key: plain[key] for key in expected}
    assert words in str(plain["title"])
    assert words in run(line).stdout.replace("\n", "")


def test_words_of_a_line_may_be_given_apart() -> None:
    assert found("+CTXG:", "1,3,0,0,0,6101629")["talker"] == "6101629"
    assert found("+CTSDSR:", "13,1,0,2,0,16", "0000")["emergency"] is True


def test_a_conversation_is_explained_line_by_line() -> None:
    lines = [
        *("+CNUMF: 0,9010000102089144", "2,16777184", "OK"),
        *("+CTSDSR: 12,23404,0", ",23401,0,112", "82040801476A61746A616A676A61"),
        *("+CTSDSR: 12,1,0,2,0,84", "+CSQ: 26,99", "0A112853A9FF4D4FFFE810", "+VENDOR: 1", "+CTSDSR: 13,1,0,2,0,16"),
    ]
    result = run("--json", "-", given="\r\n".join(lines))
    assert result.exit_code == 0
    kinds = [(each["kind"], each.get("refused", "")) for each in json.loads(result.stdout)]
    assert [
        *[("line", "")] * 6,
        ("unknown", ""),
        ("line", "the user data are missing"),
    ] == kinds
    told = json.loads(result.stdout)
    assert told[3]["text"] == "Gjatjajgja"
    assert told[5]["lon"] == pytest.approx(26.044346, abs=1e-6)
    text = run("-", given="\n".join(lines))
    assert "Gjatjajgja" in text.stdout
    assert "+VENDOR: 1" in text.stdout


LOG = r"""# a comment
2026-03-01T09:41:05.123456+00:00 > AT+CTGS=1,1234567\r
2026-03-01T09:41:05.223456+00:00 < \r\nOK\r\n\r\n+CTG
2026-03-01T09:41:06.233456+00:00 < S: 1,1234567\r\n
2026-03-01T09:41:07+00:00 > AT+CMGS=6101629,32\r\n821000C9\x1a
2026-03-01T09:41:08+00:00 < \r\n+CTSDSR: 13,6101629,0,1234567,0,16\r\n0000\r\n
2026-03-01T09:41:09+00:00 < \xff\x00noise\r\n
"""


def test_a_raw_log_is_explained_with_its_times(tmp_path: Path) -> None:
    file = tmp_path / "radio.log"
    file.write_text(LOG)
    told = json.loads(run("--json", str(file)).stdout)
    assert [(each["way"], each["kind"]) for each in told] == [
        (">", "command"),
        ("<", "line"),
        ("<", "line"),
        (">", "command"),
        ("<", "line"),
        ("<", "unknown"),
    ]
    assert told[4]["emergency"] is True
    assert told[3]["delivery_status"] == 0
    assert told[2]["at"] == pytest.approx(1772358066.233456)
    text = run(str(file)).stdout
    assert "09:41:08.000" in text
    assert "EMERGENCY" in text
    assert told == json.loads(run("--json", "-", given=LOG).stdout)


def test_a_log_written_by_hand_needs_no_line_ends() -> None:
    told = json.loads(run("--json", "-", given="> ATD1234567\n< OK\n< +CTXG: 1,0,0,0\n> AT+CUTXC=1\n").stdout)
    assert [each["kind"] for each in told] == ["command", "line", "line", "command"]


@pytest.mark.parametrize(
    ("arguments", "tried"),
    [
        (["hello"], ["identity", "sds", "line", "log"]),
        (["+VENDOR: 1"], ["line"]),
        (["AT+VENDOR"], ["line"]),
        (["204-1-2-3"], ["identity", "line", "log"]),
        (["1"], []),
        (["ZZ", "--as", "sds"], ["sds"]),
        (["0A0044804A4179316B881", "--as", "status"], ["status"]),
        (["0A0044804A4179316B881", "--as", "log"], ["log"]),
        (["FF"], ["sds", "lip", "identity", "status"]),
        (["0A" * 300], ["sds"]),
        ([""], ["sds", "log"]),
        (["0A112853A9FF4D4FFFE810", "--as", "identity"], ["identity"]),
        (["\x00"], ["identity"]),
    ],
)
def test_what_is_nothing_gets_a_clear_no_with_what_was_tried(arguments: Sequence[str], tried: list[str]) -> None:
    result = run(*arguments)
    if not tried:  # a short identity is nothing to refuse
        assert result.exit_code == 0
        return
    assert result.exit_code == 1
    assert not result.stdout
    for kind in tried:
        assert f"  {kind}: " in result.stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0A1128", "ends inside longitude, at bit 24"),
        ("8230CA", "message type 3 is reserved"),
        ("8204087F41", "coding 127 is not known"),
        ("+CTSDSR: 12,2269001,0,9999,0,84", "the user data are missing"),
        ("+CTSDSR: 12,2269001,0,9999,0,84 0A11", "ends inside longitude"),
        ("AT+CMGS=1,16 80", "8 bits came, 16 were promised"),
    ],
)
def test_what_is_not_whole_is_shown_as_far_as_it_goes(text: str, why: str) -> None:
    result = run(text)
    assert result.exit_code == 1
    assert why in result.stdout.replace("\n", " ")
    plain = json.loads(run("--json", text).stdout)
    assert why in json.dumps(plain)


def test_a_kind_can_be_forced() -> None:
    assert found("8004", "--as", "identity")["ssi"] == 8004
    assert found("8004", "--as", "status")["status"] == 0x8004
    assert found("0201746573746D6573", "--as", "sds")["text"] == "testmes"
    assert found("0A0044804A4179316B881", "--as", "lip")["lon"] == pytest.approx(6.020604, abs=1e-6)
    assert found("2", "--as", "identity")["ssi"] == 2
    assert found("CE8001000123", "--as", "identity")["identity"] == "826-00001-291"
    assert run("8004", "--as", "song").exit_code == 2


def test_what_may_be_two_things_says_so() -> None:
    assert found("8004")["could_also_be"] == ["identity: short identity 8004, in the radio's own network"]
    assert "could also be identity" in run("8004").stdout


def test_the_command_is_part_of_the_program() -> None:
    from crosspatch.cli.app import app as program

    result = CliRunner().invoke(program, ["explain", "821000C9"])
    assert result.exit_code == 0
    assert "message 201" in result.stdout


@pytest.mark.parametrize("number", ["0", "32772", "65535"])
def test_a_status_may_be_given_as_its_number(number: str) -> None:
    assert f"could also be status: status {number} " in run(number).stdout
    assert found("--as", "status", number)["status"] == int(number)


def test_a_number_that_is_no_status_is_none() -> None:
    assert "could also be status" not in run("501").stdout
    assert run("--as", "status", "501").exit_code == 1


def test_an_octet_of_the_users_own_is_not_called_a_reason() -> None:
    shown = run("0A00000000000007FFF55").stdout
    assert "user octet 0x55" in shown
    assert "reserved" not in shown
