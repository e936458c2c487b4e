"""The sound of one virtual network: who hears what, and a recording of every over.

Pure: samples and `now` come in, samples go out. What a radio of the gateway sends counts only while it has the grant;
anything else it sends that is not silence is counted as lost, because on a real network nobody hears it. Not imitated:
the speech codec and the bandwidth of the air interface.
"""

from collections import deque

import numpy as np

from crosspatch_drivers.identity import Identity
from crosspatch_drivers.twin.call import Talk
from crosspatch_drivers.twin.network import Network
from crosspatch_drivers.twin.officer import RATE, Officer, Samples

TICK = 0.01
"""Seconds of audio that listeners get at a time."""

BLOCK = int(RATE * TICK)

SILENCE = 10 ** (-50 / 20)
"""Peak (full scale 1) up to which what a radio sends counts as silence: -50 dBFS."""

LONGEST = 600 * RATE
"""Samples recorded of one over; the rest is heard by nobody and counted."""

GAP = 0.1
"""Seconds without a sample from a talking radio that are recorded as silence; less is a late datagram."""

KEPT = 32
"""Finished overs whose audio is kept in memory."""


class Over:
    """The recording of one over; its first sample was sent at ``audio_at`` (by an officer: at the grant)."""

    def __init__(self, talk: Talk, officer: Officer | None = None) -> None:
        """Nothing recorded yet. ``officer``: who speaks, when it is one of the network's own."""
        self.talk, self.officer = talk, officer
        self.audio_at = talk.granted_at
        self.finished = False
        self.beyond = 0  # samples more than `LONGEST`
        self.underruns = 0  # blocks that listeners missed because the talker's samples came late
        self._data: Samples = np.zeros(8 * RATE, np.float32)
        self._size = 0
        self._heard = 0

    @property
    def size(self) -> int:
        """Samples recorded."""
        return self._size

    @property
    def audio(self) -> Samples:
        """What was sent within the granted time."""
        return self._data[: self._size]

    def append(self, samples: Samples) -> None:
        """More of it."""
        kept = samples[: max(0, LONGEST - self._size)]
        self.beyond += samples.size - kept.size
        if self._size + kept.size > self._data.size:
            self._data = np.concatenate([self._data, np.zeros(max(self._data.size, kept.size), np.float32)])
        self._data[self._size : self._size + kept.size] = kept
        self._size += kept.size

    def append_sent(self, samples: Samples, at: float) -> None:
        """More of it from a radio, the first sample sent at ``at``; a gap before it was silence."""
        if not samples.size:
            return
        if not self._size:
            self.audio_at = at
        gap = at - self.audio_at - self._size / RATE
        if gap > GAP:
            self.append(np.zeros(min(round(gap * RATE), LONGEST), np.float32))
        self.append(samples)

    def hear(self, now: float, delay: float) -> Samples | None:
        """The next block for listeners, ``delay`` seconds behind the talker; None when there is none (yet, or more)."""
        if now - TICK < self.talk.granted_at + delay - 1e-6 or self._heard >= self._size:
            return None
        if self._size - self._heard < BLOCK and not self.finished:
            self.underruns += 1
            return None
        block = np.zeros(BLOCK, np.float32)
        part = self._data[self._heard : min(self._heard + BLOCK, self._size)]
        block[: part.size] = part
        self._heard += BLOCK
        return block

    @property
    def all_heard(self) -> bool:
        """Listeners have got everything there will be."""
        return self.finished and self._heard >= self._size


class Air:
    """All groups of one network."""

    def __init__(self, network: Network, seed: int = 0) -> None:
        """``seed`` is for the noise."""
        self.network = network
        self.overs: deque[Over] = deque(maxlen=KEPT)
        self.officers: dict[Identity, Officer] = {}
        self.lost: dict[Identity, int] = {}  # samples sent outside of granted time, by radio
        self._fed_at: dict[Identity, float] = {}
        self._done = 0  # number of the newest talk that has a recording
        self._ended: list[Over] = []
        self._dice = np.random.default_rng(seed)

    def speak(self, officer: Officer, gssi: int, priority: int, now: float) -> None:
        """Let an officer take the floor and say his clip. ValueError when he is speaking already."""
        busy = self.officers.get(officer.identity)
        if busy and not busy.finished:
            msg = f"{officer.identity} is speaking already"
            raise ValueError(msg)
        self.network.enlist(officer.identity, gssi, now)
        self.officers[officer.identity] = officer
        officer.call = self.network.ask(officer.identity, priority, now)

    def uplink(self, radio: Identity, samples: Samples, now: float) -> None:
        """What a radio of the gateway has sent since the last call, up to ``now``."""
        self._open_overs()
        since = max(self._fed_at.get(radio, now), now - samples.size / RATE)
        self._fed_at[radio] = now
        if not samples.size:
            return
        times = since + (np.arange(samples.size) + 0.5) * ((now - since) / samples.size)
        outside = np.ones(samples.size, bool)
        for over in self.overs:
            if over.talk.talker == radio and not over.finished:
                end = over.talk.ended_at
                inside = (times >= over.talk.granted_at) & (times < (np.inf if end is None else end))
                over.append_sent(samples[inside], float(times[inside][0]) if inside.any() else now)
                outside &= ~inside
        missed = np.abs(samples[outside])
        loud = [part.size for part in np.split(missed, range(BLOCK, missed.size, BLOCK)) if np.any(part > SILENCE)]
        self.lost[radio] = self.lost.get(radio, 0) + sum(loud)

    def tick(self, now: float) -> dict[int, list[tuple[Identity, Samples]]]:
        """Let officers speak on, end overs; what is heard in each group now: talkers with a block each."""
        self._open_overs()
        delay = max(0.0, self.network.settings.audio_offset_ms / 1000)
        heard: dict[int, list[tuple[Identity, Samples]]] = {}
        for over in self.overs:
            if not over.finished:
                self._go_on(over, now)
            if not over.all_heard:
                block = over.hear(now, delay)
                if block is not None:
                    heard.setdefault(over.talk.gssi, []).append((over.talk.talker, block))
        return heard

    def idle(self) -> Samples:
        """A block of what a listener hears when nobody speaks."""
        level = self.network.settings.idle_noise_dbfs
        if level is None:
            return np.zeros(BLOCK, np.float32)
        return self._dice.normal(0.0, 10 ** (level / 20), BLOCK).astype(np.float32)

    def take_finished(self) -> list[Over]:
        """Overs that ended since the last time."""
        ended, self._ended = self._ended, []
        return ended

    def _open_overs(self) -> None:
        for talk in self.network.talks:
            if talk.number > self._done:
                self._done = talk.number
                self.overs.append(Over(talk, self.officers.get(talk.talker)))

    def _go_on(self, over: Over, now: float) -> None:
        officer, ended = over.officer, over.talk.ended_at
        if officer:
            until = now if ended is None else min(now, ended)
            total = round((until - over.talk.granted_at) * RATE)
            over.append(officer.samples(over.size, total))
            if ended is None and officer.said_all(over.size):
                self.network.cease(officer.identity, now)
                ended = over.talk.ended_at
        if ended is not None and now >= ended:
            over.finished = True
            self._ended.append(over)
