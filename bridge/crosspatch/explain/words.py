"""What the numbers in lines and commands of a radio stand for (ETSI EN 300 392-5); data, for people to read."""

ERRORS = {
    0: "the radio cannot send the data over the air",
    1: "no reliable communication between radio and us: try again",
    2: "the PEI link is already in use",
    3: "supported, but not in the present state",
    4: "command not supported",
    5: "PIN needed",
    10: "no SIM",
    11: "PIN 1 needed",
    12: "PIN 1 must be unblocked on the keypad",
    13: "SIM access failed",
    14: "SIM not ready",
    15: "SIM not recognised",
    16: "wrong PIN",
    17: "PIN 2 needed",
    18: "PIN 2 must be unblocked on the keypad",
    20: "message stack full",
    21: "stack index does not exist",
    22: "no message at the index",
    23: "stack message cannot be stored or read",
    24: "status text too long",
    25: "status text has bad characters",
    26: "dial string longer than 25 digits",
    27: "dial string has bad characters",
    30: "out of service, no coverage",
    31: "no layer 2 acknowledgement from the network: try again",
    32: "user data cannot be decoded",
    33: "parameter of the wrong type",
    34: "parameter out of range",
    35: "syntax error; also the first answer after the radio started",
    36: "user data received without AT+CMGS",
    37: "AT+CMGS received, no user data came in time",
    38: "protocol identifier already registered by another terminal",
    39: "registration table for SDS-TL full",
    40: "service not available in direct mode",
    41: "radio in transmit inhibit",
    42: "busy with signalling: try again",
    43: "service not available in trunked mode",
    44: "unknown parameter",
}
CAUSES = {
    0: "undefined",
    1: "user request",
    2: "called party busy",
    3: "called party not reachable",
    4: "called party does not support encryption",
    5: "congestion",
    6: "traffic case not allowed",
    7: "incompatible traffic case",
    8: "service not available",
    9: "pre-emption",
    10: "invalid call identifier",
    11: "rejected by the called party",
    12: "no idle call control entity",
    13: "timer expired: the normal end of hang time",
    14: "released by the network",
    15: "no acknowledgement",
    16: "unknown identity",
    17: "supplementary service",
    18: "unknown external number",
    19: "call restoration failed",
    20: "called party requires encryption",
    21: "concurrent set-up not supported",
    22: "called party is under the same gateway",
    31: "called party offered unacceptable service",
    32: "pre-empted by a late gateway",
    33: "radio link to the repeater failed",
    34: "gateway link failed",
    35: "rejected by the gateway",
    36: "trunked call set-up failed",
    37: "trunked resource lost or timer",
    38: "transmit authorisation lost",
    39: "channel taken by others",
    40: "security parameters do not match",
}
SERVICES = {
    0: "speech",
    1: "7.2 kbit/s data",
    2: "4.8 kbit/s data, interleaving 1",
    3: "4.8 kbit/s data, interleaving 4",
    4: "4.8 kbit/s data, interleaving 8",
    5: "2.4 kbit/s data, interleaving 1",
    6: "2.4 kbit/s data, interleaving 4",
    7: "2.4 kbit/s data, interleaving 8",
    8: "packet data",
    9: "SDS type 1, 16 bits",
    10: "SDS type 2, 32 bits",
    11: "SDS type 3, 64 bits",
    12: "SDS type 4",
    13: "status",
}
CALL_STATES = {0: "progressing", 1: "queued", 2: "called party paged", 3: "continue", 4: "hang time expired"}
IDENTITY_TYPES = {0: "SSI", 1: "TSI", 2: "SNA", 3: "PABX number", 4: "PSTN number", 5: "extended TSI"}
TALKER_TYPES = {0: "SSI", 1: "TSI", 3: "extended TSI"}
HOOKS = {0: "hook signalling", 1: "direct set-up"}
SIMPLEX = {0: "duplex", 1: "simplex"}
ENCRYPTION = {0: "clear", 1: "end-to-end encrypted"}
COMMUNICATIONS = {0: "point to point", 1: "group", 2: "acknowledged group", 3: "broadcast"}
SLOTS = {1: "one slot, TETRA speech codec"}
GRANTS = {
    0: "granted to us: on the air",
    1: "not granted to us",
    2: "our request is queued",
    3: "granted to another, who speaks now",
}
PERMISSIONS = {0: "transmission may be asked for", 1: "transmission may not be asked for"}
CONTINUES = {0: "do not continue", 1: "continue"}
DEMANDS = {0: "low", 1: "high", 2: "pre-emptive", 3: "emergency"}
MODES = {
    0: "trunked",
    1: "direct",
    2: "trunked with dual watch of direct mode",
    3: "direct with dual watch of trunked mode",
    4: "trunked and direct",
    5: "gateway",
    6: "direct mode repeater",
}
REGISTRATIONS = {
    0: "searching or registering",
    1: "registered at home",
    2: "not registered, no network",
    3: "rejected by the system",
    4: "unknown",
    5: "registered, visiting",
}
GROUP_TYPES = {
    0: "none: detach all",
    1: "selected",
    **{number: f"scanned, priority {number - 1}" for number in range(2, 8)},
}
NUMBER_TYPES = {
    0: "own individual identity",
    1: "group",
    2: "PSTN gateway",
    3: "PABX gateway",
    4: "service centre (TETRA)",
    5: "service centre (E.164)",
    6: "own individual identity, extended",
    7: "group, extended",
}
SDS_STATES = {
    0: "incoming, unread",
    1: "incoming, read",
    2: "outgoing, unsent",
    3: "outgoing, sent",
    4: "sent over the air",
    5: "sending failed",
}
PROFILES = {0: "the radio alone", 1: "this interface alone", 2: "both", 3: "neither"}
LAYERS = {
    0: "circuit mode calls",
    1: "mobility and group management",
    2: "short data types",
    3: "SDS-TL or SDS type 4 by protocol identifier",
    4: "packet data",
}
SECOND_LAYERS = {
    (0, 0): "voice",
    (1, 11): "group management",
    (2, 20): "status",
    (2, 21): "SDS type 1",
    (2, 22): "SDS type 2",
    (2, 23): "SDS type 3",
    (2, 24): "SDS type 4 with protocol identifiers 0-127",
    (2, 25): "SDS type 4 with protocol identifiers 128-255",
}
DIRECT_TYPES = {
    0: "trunked or any",
    1: "direct",
    2: "through a repeater",
    3: "through a gateway",
    4: "through repeater and gateway",
    6: "direct, keeping the registration with the gateway",
}
SPEAK_FIRST = {0: "the caller asks to speak at once", 1: "the others speak first"}
SWITCH = {0: "off", 1: "on"}


def priority_meaning(priority: int) -> str:
    """Call priority at set-up."""
    if priority == 0:
        return "none"
    if priority == 15:
        return "emergency, pre-emptive 4"
    if priority < 12:
        return f"{priority} of 11"
    return f"pre-emptive {priority - 11}" if priority < 15 else "reserved"


def signal_meaning(rssi: int) -> str:
    """+CSQ: 0-31, 99 unknown."""
    return f"{2 * rssi - 113} dBm" if rssi <= 31 else "not known, or no trunked network" if rssi == 99 else "reserved"


def area_meaning(area: int) -> str:
    """Area selection."""
    return {0: "not defined", 15: "all areas"}.get(area, f"area {area}")
