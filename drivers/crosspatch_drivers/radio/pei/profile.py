"""What differs between radios: command strings, set-up list, times; plain values, so that a profile can be a file.

Not for behaviour: that is in the session, the same for every radio. Times in seconds.
"""

from dataclasses import dataclass

from crosspatch_drivers.radio.pei import commands
from crosspatch_drivers.sds.concatenation import MOST_BITS

SERVICES = (
    "2,0,0",
    "1,1,11",
    "2,2,20",
    "1,3,130",
    "1,3,10",
    "1,3,2",
    "1,3,9",
    "1,3,137",
    "1,3,138",
    "1,3,131",
    "1,3,3",
)
"""Services routed to us: calls (the radio keeps them too), group management, status (so that the radio's own emergency
handling stays alive), and the text and location protocols of SDS. Each may be refused."""

SET_UP = (
    commands.ECHO_OFF,
    commands.NUMERIC_ERRORS,
    commands.MODE,
    *(commands.ROUTE + service for service in SERVICES[:2]),
    commands.OWN_NUMBERS,
    commands.TALKGROUP,
    commands.REGISTRATION,
    commands.SIGNAL,
    commands.SERVICE_DEFINITION.format(priority=0),
    commands.VOLUME,
    *(commands.ROUTE + service for service in SERVICES[2:]),
    "AT+GMM?",
)
"""What serving overs needs comes first: with a pause after each it takes long. No ATZ: some radios restart on it."""

ASSERTED = tuple(commands.ROUTE + service for service in SERVICES[:2])
"""Said again now and then: without them we hear of no call, and a radio that forgot them looks as if nobody spoke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of radio."""

    name: str
    brands: tuple[str, ...] = ()
    """Words in upper case by which a radio of this kind is known when it tells its manufacturer."""
    set_up: tuple[str, ...] = SET_UP
    asserted: tuple[str, ...] = ASSERTED
    service_definition: str = commands.SERVICE_DEFINITION
    call_priorities: tuple[int, int, int, int] = (0, 0, 12, 15)
    """Call priority at set-up for the demand priorities low, high, pre-emptive, emergency."""
    dial: str = commands.DIAL
    demand: str = commands.DEMAND
    cease: str = commands.CEASE
    hang_up: str = commands.HANG_UP
    select: str = commands.SELECT
    detach: str = commands.DETACH
    define_message: str = "AT+CTSDS={service},{type},0,{priority},{encrypted}"
    """Before a message: service, type of the called identity, and as far as the radio takes them access priority (0 to
    2) and end-to-end encryption (0 or 1). A radio that encrypts everything may want ``…,1`` for ``{encrypted}``."""
    define_status: str = "AT+CTSDS={service},{type}"
    """The same before a status."""
    send_message: str = "AT+CMGS={destination},{bits}"
    message_line_end: str = "\r\n"
    """Between that command and the hex digits; some radios want ``\\r``, and take what follows for the first digit."""
    message_whole_octets: bool = True
    """Hex digits are filled up to whole octets."""
    most_message_bits: int = MOST_BITS
    """Bits of the longest message the radio takes: 1184 of the user data of SDS type 4, for most."""
    hardware_flow_control: bool = False
    wired_key: bool = False
    """The key is a wire, not a command; the PEI only tells what comes of it."""

    answer_s: float = 2.0
    """Patience for the answer to a command."""
    slow_answer_s: float = 5.0
    """The same for AT+CTSP, AT+CTOM and AT+CTGS."""
    detect_s: float = 1.2
    """The same for the first AT: longer than any line takes, or every later answer would be taken for another's."""
    detect_attempts: int = 3
    """Unanswered ATs after which the port is closed and opened again: serial adapters wedge."""
    gap_s: float = 0.1
    """Between two set-up commands: some radios lose what comes faster."""
    keep_alive_s: float = 10.0
    """Silence after which AT asks whether the radio is still there."""
    keyed_keep_alive_s: float = 3.0
    """The same while our transmitter may be on."""
    alive_s: float = 0.8
    """Patience for the answer to that AT, if the radio is not known to be slower: it asks for nothing that takes time.
    After a command that was not answered it is asked at once, and not answered again takes the radio out of patches."""
    deaf_after: int = 3
    """Commands in a row without an answer after which the radio counts as gone, if `slow_answer_s` has passed, too."""
    detect_pause_s: float = 0.2
    """Between an AT that was answered with an error, as radios do while they start, and the next."""
    poll_s: float = 15.0
    """Between looks at signal and registration while not keyed."""
    assert_s: float = 60.0
    """Between repetitions of what must not be forgotten."""
    unfit_poll_s: float = 2.0
    """The same while the radio cannot serve, so that it is back soon after the cause has gone."""
    grant_ceiling_s: float = 10.0
    """Longest wait for a grant whatever those above us want; they usually give up after 5 s."""
    queue_ceiling_s: float = 30.0
    """The same once the network has queued us."""
    release_again_s: float = 0.7
    """Between attempts to give the transmitter back while the radio does not confirm it."""
    transmit_limit_s: float = 45.0
    """Longest transmission without a break: then we give back and ask anew, before the radio's own timer does it."""
    renew_lead_s: float = 0.25
    """How long before that we stop sending: what sound cards and cables still hold is heard first."""
    pause_ceiling_s: float = 5.0
    """Longest pause of a transmission for a change of cell."""
    denied_s: float = 1.0
    """Between a denial and the next request; a random part of `denied_jitter_s` is added, so that radios part."""
    denied_jitter_s: float = 0.5
    own_gap_s: float = 0.0
    """Between two transmissions of ours: some old radios are granted and stay silent when it is shorter than 0.3 s."""
    redial_s: float = 0.2
    """Between the end of a call and the set-up of the next."""
    read_back_s: float = 1.0
    """Wait for the radio to tell its new talkgroup by itself before it is asked."""
    select_ceiling_s: float = 10.0
    """Longest wait for a talkgroup to be attached."""
    reselect_s: float = 10.0
    """How long a radio that could not go to a talkgroup stays away, so that another one is tried."""
    hang_ceiling_s: float = 60.0
    """Longest time that a call is believed to stand in which nothing happens: networks let calls hang for seconds."""
    over_ceiling_s: float = 300.0
    """Longest over of another that is believed; more can only mean that its end was not told."""

    def patience(self, command: str) -> float:
        """How long to wait for the answer to this command."""
        slow = ("AT+CTSP", "AT+CTOM", "AT+CTGS")
        return self.slow_answer_s if command.startswith(slow) else self.answer_s


GENERIC = Profile(name="generic")
"""Works with what is confirmed for several brands, and nothing that any of them is known to mind."""
