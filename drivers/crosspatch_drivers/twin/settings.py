"""What may be said of the virtual networks and their radios; plain values, so that a TOML file can hold them.

Not for state. Times in milliseconds where the name says ``_ms``, in seconds where it says ``_s``.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, MinLen

from crosspatch_drivers.audio.settings import AudioSettings

Name = Annotated[str, MinLen(1)]
Ssi = Annotated[int, Ge(1), Le(16777215)]
Milliseconds = Annotated[float, Ge(0), Le(60000)]
Seconds = Annotated[float, Ge(0), Le(86400)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinNetwork:
    """One virtual network. Everything but ``id``, ``mcc``, ``mnc`` and ``groups`` may be changed while it runs."""

    id: Name
    mcc: Annotated[int, Ge(0), Le(1023)]
    mnc: Annotated[int, Ge(0), Le(16383)]
    groups: tuple[Ssi, ...]  # the talkgroups it knows
    grant_ms: Milliseconds = 200.0  # from a request that can be served to its grant
    grant_jitter_ms: Milliseconds = 0.0  # up to so much more, by the seed
    busy: Literal["queue", "deny"] = "queue"  # what happens to a request while somebody else speaks
    deny: bool = False  # refuse every request: congestion
    service: bool = True  # False: nobody is registered, nothing can be sent
    late_grant: bool = False  # a request that was withdrawn is granted all the same
    queue_s: Seconds = 30.0  # longest wait in the queue, then the request is refused
    hang_s: Seconds = 5.0  # a call stays for so long after an over
    tot_s: Seconds = 60.0  # transmit time-out: longest over; 0: none
    call_s: Seconds = 300.0  # longest call, however busy; 0: none
    attach_ms: Milliseconds = 300.0  # shortest time to attach a talkgroup
    attach_jitter_ms: Milliseconds = 200.0  # up to so much more
    registration_ms: Milliseconds = 300.0  # time to register
    data_ms: Milliseconds = 500.0  # shortest time until a short message has been sent
    data_jitter_ms: Milliseconds = 1000.0  # up to so much more
    data_store_s: Seconds = 300.0  # how long a short message waits for a subscriber who is away
    audio_offset_ms: Annotated[float, Ge(-1000), Le(1000)] = 40.0
    """A listener's audio starts (and ends) so long after the +CTXG and +CDTXC lines; negative: before them."""
    idle_noise_dbfs: Annotated[float, Ge(-120), Le(-20)] | None = None  # what a listener hears when nobody speaks


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinRadio:
    """One virtual radio that the gateway is wired to."""

    id: Name
    network: Name
    ssi: Ssi
    audio: AudioSettings  # the far end of the gateway's port
    group: Annotated[int, Ge(0), Le(16777215)] = 0  # talkgroup stored from last time; 0: none
    identities: Literal["ssi", "15", "16", "17"] = "ssi"  # how identities are printed: short, or by number of digits
    late_caller: bool = False  # the first over of a call is announced without its talker, who comes in a second +CTICN
    space: bool = True  # a space after the colon
    preempted: Literal["ctxi", "ctxg"] = "ctxi"  # how being pre-empted shows
    padded_hex: bool = True  # digits of a message come in whole octets, else as many as are needed
    count_calls: bool = False  # call instances count on; else the lowest free one is taken
    answer_ms: Annotated[float, Ge(0), Le(5000)] = 5.0  # time an answer takes
    boot_ms: Milliseconds = 0.0  # silence after power-on, before the start-up noise; 0: on and registered already
    manufacturer: str = "CROSSPATCH"
    model: str = "54008,TWIN-----AN,1.0.0.0"
    rssi: Annotated[int, Ge(0), Le(99)] = 26
    volume: Annotated[int, Ge(0), Le(255)] = 20  # where the knob stands at first
    location_area: Annotated[int, Ge(0), Le(16383)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinVehicle:
    """A vehicle that drives a track and reports its position by LIP, in short messages of its network."""

    id: Name
    network: Name
    ssi: Ssi
    to: Ssi  # a subscriber or a talkgroup of that network
    track: Name  # a GPX file; a relative path is one beside the settings file
    every_s: Annotated[float, Gt(0), Le(3600)] = 10.0  # between two reports
    faster: Annotated[float, Gt(0), Le(1000)] = 1.0  # seconds of track in one of ours
    begin_s: Seconds = 0.0  # of the track
    long: bool = False  # long reports, with the time of the position
    no_fix: bool = False  # the vehicle does not know where it is, and says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a scenario: so long after the start, the same as a request over the control socket."""

    at_s: Seconds
    request: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinSettings:
    """A whole twin: networks, radios, vehicles, and where its pseudo-terminals and recordings go."""

    networks: tuple[TwinNetwork, ...]
    radios: tuple[TwinRadio, ...]
    run_dir: str
    vehicles: tuple[TwinVehicle, ...] = ()
    scenario: tuple[Step, ...] = ()
    seed: int = 0
