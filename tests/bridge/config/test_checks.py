"""Mistakes that only show when the parts of a site are held together."""

import pytest

from crosspatch.config import load_site

THIRD = """
[radios.r-3]
network = "c2000"
port = "/dev/ttyUSB2"
"""
CARD = 'audio = { driver = "pyaudio", input = "card", output = "card", channels = 2, channel = %d }\n'


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'network = "c2000"\ngssi',
            'network = "c200"\ngssi',
            ["talkgroups.nl.network: no network 'c200'; did you mean"],
        ),
        (
            'network = "astrid"\nport',
            'network = "x"\nport',
            ["radios.r-be.network: no network 'x'; known: c2000, astrid"],
        ),
        ('"nl", "be"', '"nl", "bee"', ["rules.south.talkgroups: no talkgroup 'bee'; did you mean 'be'?"]),
        ('"nl", "be"', '"nl", "be", "nl"', ["rules.south.talkgroups: names 'nl' 2 times"]),
        ('zone = "belgium"', 'zone = "belgie"', ["rules.south.zone: no zone 'belgie'; did you mean 'belgium'?"]),
        ('vehicles = ["v1"]', "vehicles = []", ["rules.south.vehicles: is missing"]),
        ('zone = "belgium"', "always = true", ["rules.south.vehicles: does not belong here"]),
        ('zone = "belgium"', 'zone = "belgium"\nleave_m = 10', ["rules.south.arm_m: must not be larger than leave_m"]),
        ('id = "box"', 'id = "box"\ntimezone = "Mars/Olympus"', ["gateway.timezone: no time zone 'Mars/Olympus'"]),
        ('country = "BE"\n\n', "point = [5.0, 51.0]\n", ["zones.belgium.around_m: is missing: a point alone is no"]),
        ('country = "BE"\n\n', 'country = "BE"\naround_m = 5\n', ["zones.belgium.around_m: does not belong to a"]),
        ('country = "BE"\n\n', 'country = "BE"\nalso = ["x"]\n', ["zones.belgium.also: no zone 'x'; known: belgium"]),
        (
            'country = "BE"\n\n',
            'country = "BE"\nwithout = ["belgium"]\n',
            ["zones.belgium.without: names the zone itse"],
        ),
        ("gssi = 2001", 'gssi = 2001\nnever_with = ["be"]', ["rules.south.talkgroups: nl and be must never be joined"]),
        ("gssi = 3001", 'gssi = 3001\nnever_with = ["nl"]', ["rules.south.talkgroups: nl and be must never be joined"]),
        ("gssi = 3001", 'gssi = 3001\nnever_with = ["x"]', ["talkgroups.be.never_with: no talkgroup 'x'; known"]),
        (
            '[vehicles.v1]\nnetwork = "c2000"',
            '[vehicles.v1]\nnetwork = "c2000"\ntalkgroup = "be"',
            ["vehicles.v1.talkgroup: be is of astrid, the vehicle is not"],
        ),
        (
            '[vehicles.v1]\nnetwork = "c2000"',
            '[vehicles.v1]\nnetwork = "c2000"\ntalkgroup = "bee"',
            ["vehicles.v1.talkgroup: no talkgroup 'bee'; did you mean 'be'?"],
        ),
        (
            '"nl", "be"]',
            '"nl", "be"]\nlisten_only = ["x"]',
            ["rules.south.listen_only: no talkgroup 'x'; known: nl, be"],
        ),
        (
            '"nl", "be"]',
            '"nl", "be"]\nlisten_only = ["nl", "be"]',
            ["rules.south.listen_only: holds all talkgroups: nobody would be heard"],
        ),
        ('vehicles = ["v1"]', 'fleets = ["k9"]', ["rules.south.fleets: no fleet 'k9'; there is none"]),
        ('vehicles = ["v1"]', 'homes = ["c200"]', ["rules.south.homes: no network 'c200'; did you mean 'c2000'?"]),
        ('zone = "belgium"', 'zone = "belgium"\nside = "nl"', ["rules.south.side: no zone 'nl'; known: belgium"]),
        ('zone = "belgium"', 'zone = "belgium"\nside = "belgium"', ["rules.south.side: is the rule's own zone"]),
        (
            'zone = "belgium"',
            'zone = "belgium"\nschedule = ["mo 1-2"]',
            ["rules.south.schedule: 'mo 1-2' is neither like"],
        ),
        ('zone = "belgium"', 'zone = "belgium"\narm_s = 10', ["rules.south.open_s: must not be larger than arm_s"]),
        ("mcc = 206", "mcc = 206\nforeign_priorities = { c200 = 2 }", ["networks.astrid.foreign_priorities.c200: no"]),
        ("mcc = 206", "mcc = 204", ["networks.astrid.mnc: MCC 204, MNC 1 is network 'c2000' already"]),
        (
            "mcc = 206",
            'mcc = 206\nconsent = "always"',
            ["networks.astrid.owners: is missing: who accepts, with consent = always"],
        ),
        ("/dev/ttyUSB1", "/dev/ttyUSB0", ["radios.r-be.port: '/dev/ttyUSB0' is radio 'r-nl' already"]),
        ("127.0.0.1:10002", "127.0.0.1:10001", ["radios.r-be.audio.listen: channel 0 of '127.0.0.1:10001' is radio"]),
        ('port = "/dev/ttyUSB0"', "", ['radios.r-nl.port: is missing: a radio keyed by "pei"']),
        ('port = "/dev/ttyUSB0"', 'port = "x"\nkeying = "voice"', ["radios.r-nl.port: does not belong here"]),
        ('country = "BE"\n\n', "\n", ["zones.belgium: is drawn in no way; it needs one of"]),
        (
            'country = "BE"\n\n',
            'country = "BE"\ngeojson = "x"\n',
            ["zones.belgium: is drawn in 2 ways (country, geojson); it"],
        ),
        ("[vehicles.v1]", '[vehicles.v1]\ntopic = "a/#/b"', ["vehicles.v1.topic: is no MQTT topic or filter: 'a/#/b'"]),
        ("[vehicles.v1]", '[mqtt]\nbroker = "tcp:1"\n[vehicles.v1]', ["mqtt.broker: must be mqtt://host:port"]),
        (
            "[vehicles.v1]",
            '[mqtt]\nembedded_listen = "1883"\n[vehicles.v1]',
            ["mqtt.embedded_listen: must be host:port"],
        ),
        ("[vehicles.v1]", '[mqtt]\nprefix = "a/#"\n[vehicles.v1]', ["mqtt.prefix: must be a topic without wildcards"]),
        ("[vehicles.v1]", '[mqtt]\nprefix = "owntracks"\n[vehicles.v1]', ["mqtt.prefix: must not be the same as"]),
        ("[vehicles.v1]", '[mqtt]\nca_file = "/ca.crt"\n[vehicles.v1]', ["mqtt.ca_file: does not belong here: TLS"]),
        (
            "[vehicles.v1]",
            '[mqtt]\nbroker = "mqtts://b"\nca_file = "ca.crt"\n[vehicles.v1]',
            ["mqtt.ca_file: must be an absolute path, not 'ca.crt'"],
        ),
        (
            "[vehicles.v1]",
            '[mqtt]\nbroker = "mqtts://b"\ncert_file = "/a.crt"\n[vehicles.v1]',
            ["mqtt.key_file: is missing: it goes with cert_file"],
        ),
        ("[vehicles.v1]", '[mqtt]\npassword_file = "/p"\n[vehicles.v1]', ["mqtt.username: is missing: it goes with"]),
        ('[gateway]\nid = "', '[gateway]\nid = "trigger" # ', ["gateway.id: must not be 'trigger'"]),
    ],
)
def test_a_contradiction_is_told_once(mistakes, old, new, told) -> None:
    found = mistakes((old, new))
    assert len(found) == len(told), found
    assert all(mistake.startswith(text) for mistake, text in zip(found, told, strict=True)), found


def test_one_group_has_one_name(mistakes) -> None:
    more = '[talkgroups.again]\nnetwork = "c2000"\ngssi = 2001\n'
    assert mistakes(more=more) == ["talkgroups.again.gssi: group 2001 of c2000 is talkgroup 'nl' already"]


def test_every_leg_of_a_rule_needs_a_radio(mistakes) -> None:
    more = '[talkgroups.nl-2]\nnetwork = "c2000"\ngssi = 2002\n[networks.renita]\nname = "RENITA"\ncountry = "LU"\n'
    more += 'mcc = 270\nmnc = 1\n[talkgroups.lu]\nnetwork = "renita"\ngssi = 4001\n'
    assert mistakes(('"nl", "be"', '"nl", "be", "nl-2", "lu"'), more=more) == [
        "rules.south.talkgroups: only 1 radio of network 'c2000' for nl, nl-2",
        "rules.south.talkgroups: no radio of network 'renita' for lu",
    ]


def test_a_rule_joins_more_than_one_network(mistakes) -> None:
    more = '[talkgroups.nl-2]\nnetwork = "c2000"\ngssi = 2002\n' + THIRD + CARD % 0
    found = mistakes(('"nl", "be"', '"nl", "nl-2"'), more=more)
    assert found == ["rules.south.talkgroups: are all of network 'c2000': there is no border between them"]


def test_radios_may_share_a_card_with_a_channel_each(write) -> None:
    from crosspatch.config import load_site

    fourth = THIRD.replace("r-3", "r-4").replace("USB2", "USB3")
    plan = load_site(write(more=THIRD + CARD % 0 + fourth + CARD % 1))
    assert {plan.radios["r-3"].audio.channel, plan.radios["r-4"].audio.channel} == {0, 1}


def test_radios_that_share_a_card_agree_about_it(mistakes) -> None:
    fourth = THIRD.replace("r-3", "r-4").replace("USB2", "USB3")
    other = (CARD % 1).replace("channels", "rate = 16000, channels")
    assert mistakes(more=THIRD + CARD % 0 + fourth + other) == [
        "radios.r-4.audio.input: shares 'card' with radio 'r-3': all but channel must be the same"
    ]
    assert mistakes(more=THIRD + CARD % 1 + fourth + CARD % 1) == [
        "radios.r-4.audio.input: channel 1 of 'card' is radio 'r-3' already"
    ]


def test_two_vehicles_cannot_share_a_topic(mistakes) -> None:
    more = '[vehicles.v2]\nnetwork = "c2000"\ntopic = "a/b"\n[vehicles.v3]\nnetwork = "c2000"\ntopic = "a/b"\n'
    assert mistakes(more=more) == ["vehicles.v3.topic: is the topic of vehicle 'v2' already"]


@pytest.mark.parametrize(
    ("more", "mistake"),
    [
        ('vehicle = "v9"\ngpsd = "127.0.0.1:2947"', "receiver.vehicle: no vehicle 'v9'"),
        ('vehicle = "v1"', "receiver: needs one of gpsd = host:port and port = serial device"),
        (
            'vehicle = "v1"\ngpsd = "127.0.0.1:2947"\nport = "/dev/ttyACM0"',
            "receiver: needs one of gpsd = host:port and port = serial device",
        ),
        ('vehicle = "v1"\ngpsd = "nowhere"', "receiver.gpsd: must be host:port, not 'nowhere'"),
    ],
)
def test_a_receiver_has_one_source_and_a_known_vehicle(mistakes, more, mistake) -> None:
    assert [text.partition(";")[0] for text in mistakes(more=f"\n[receiver]\n{more}\n")] == [mistake]


def test_a_mistake_in_a_thing_hides_none_of_its_others(mistakes) -> None:
    found = mistakes(
        more="""
[rules.more]
talkgroups = ["nl"]
zone = "nowhere"
vehicles = ["v1"]
open_m = 9000
arm_m = 6000
leave_m = "far"
max_s = -1

[radios.third]
network = "c2000"
port = 7
audio = { driver = "udp", listen = "127.0.0.1:9000", send = "127.0.0.1:9001", rate = 12345 }

[radios.fourth]
network = "astrid"
audio = { driver = "udp", listen = "127.0.0.1:9100", send = "127.0.0.1:9101", rate = 12345 }
"""
    )
    assert [text.partition(":")[0] for text in found] == [
        "rules.more.talkgroups",
        "rules.more.zone",
        "rules.more.open_m",
        "rules.more.leave_m",
        "rules.more.max_s",
        "radios.third.port",
        "radios.third.audio.rate",
        "radios.fourth.port",
        "radios.fourth.audio.rate",
    ]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('talkgroups = ["nl"]', "rules.guest.talkgroups: is one talkgroup alone: it takes two, or a pool beside it"),
        ('talkgroups = ["nl"]\npool = ["lost"]', "rules.guest.pool: no talkgroup 'lost'"),
        ('talkgroups = ["nl", "be"]\npool = ["be"]', "rules.guest.pool: holds 'be', which is in talkgroups already"),
        ('talkgroups = ["nl"]\npool = ["be", "nl"]', "rules.guest.pool: is of networks astrid, c2000: a radio of one"),
    ],
)
def test_a_pool_is_one_leg_of_known_talkgroups_of_one_network(mistakes, keys, told) -> None:
    found = mistakes(more=f'\n[rules.guest]\nzone = "belgium"\nvehicles = ["v1"]\n{keys}\n')
    assert any(text.startswith(told) for text in found), found


def test_a_rule_may_have_one_talkgroup_and_a_pool(write) -> None:
    more = '\n[rules.guest]\nzone = "belgium"\nvehicles = ["v1"]\ntalkgroups = ["nl"]\npool = ["be"]\n'
    assert load_site(write(more=more)).rules["guest"].pool == ("be",)
