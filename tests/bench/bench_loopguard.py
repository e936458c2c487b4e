"""The loop guard: false alarms in an hour of different talkers, how fast a loop is known, what it costs.

The hour is made of four recorded voices, varied in pitch, band, level and noise; on one channel one talker is sent, on
the other a different one is received, in overs and without pause in turn. A loop begins to sound at any moment of the
words that are sent; the time is counted from its first sound to the alarm.
"""

import time

import numpy as np
from tests.bench.table import Row, ms, share
from tests.ways import Talker, later, radio_band, vocoder, voices, wire, worn

from crosspatch.dsp.units import BLOCK, RATE, Floats
from crosspatch.loopguard import Echo, LoopGuard

WAYS = {
    "as it was": wire,
    "band, level and noise": radio_band,
    "vocoder": vocoder,
    "two vocoders, band and noise": worn,
}
LOUD = 10 ** (-45 / 20)
BOTH = np.array([True, False])


def listen(sent: Floats, received: Floats) -> list[tuple[float, Echo]]:
    """``sent`` on one channel, ``received`` on the other: what is found, and when."""
    guard, found = LoopGuard(2), []
    silence = np.zeros(BLOCK, np.float32)
    for at in range(0, min(sent.size, received.size) - BLOCK, BLOCK):
        part = slice(at, at + BLOCK)
        echoes = guard.tick(np.stack([silence, received[part]]), np.stack([sent[part], silence]), BOTH)
        found += [((at + BLOCK) / RATE, echo) for echo in echoes]
    return found


def false_alarms(minutes: int, dice: np.random.Generator) -> int:
    """In so many minutes of two different talkers."""
    alarms = 0
    for minute in range(minutes):
        one, other = (Talker.any(voices()[number], dice) for number in dice.permutation(4)[:2])
        received = other.speak(60, dice) if minute % 2 else other.overs(60, dice)
        alarms += len(listen(one.overs(60, dice), received))
    return alarms


def time_to_alarm(way: str, dice: np.random.Generator) -> float:
    """From the first sound of a loop that opens while somebody speaks; infinite when it was not found."""
    sent = Talker.any(voices()[dice.integers(4)], dice).speak(10, dice)
    delay = dice.uniform(0.15, 1.95)
    received = later(WAYS[way](sent), delay)[: sent.size]
    received[: int((delay + dice.uniform(0, 2)) * RATE)] = 0.0
    blocks = received[: received.size // BLOCK * BLOCK].reshape(-1, BLOCK)
    first = float(np.argmax(np.sqrt((blocks**2).mean(axis=1)) > LOUD)) * BLOCK / RATE
    times = [at for at, echo in listen(sent, received) if abs(echo.delay_s - delay) < 0.1]
    return times[0] - first if times else float("inf")


def cost(channels: int) -> list[float]:
    """Seconds of each tick, half of the channels sending, all of them full of noise: the most there can be to do."""
    dice, guard, took = np.random.default_rng(3), LoopGuard(channels), []
    sending = np.arange(channels) % 2 == 0
    for _ in range(600):
        received, sent = dice.standard_normal((2, channels, BLOCK)).astype(np.float32) * 0.05
        began = time.perf_counter()
        guard.tick(received, sent, sending)
        took.append(time.perf_counter() - began)
    return took[400:]


def rows(quick: bool) -> list[Row]:
    """All of it; an hour takes some minutes."""
    dice = np.random.default_rng(202)  # not one of the hours that the limits were set by
    minutes, trials = (3, 6) if quick else (60, 40)
    alarms = false_alarms(minutes, dice)
    table = [Row("loop guard: false alarms", str(alarms), "0", f"{minutes} min of different talkers, two at a time")]
    for way in WAYS:
        times = [time_to_alarm(way, dice) for _ in range(trials)]
        within = sum(value <= 1.0 for value in times)
        note = f"p90 {share(times, 0.9):.2f} s; within 1 s in {within} of {trials}; pauses of the talker count as time"
        table.append(Row(f"loop guard: to the alarm, {way}", f"{share(times, 0.5):.2f} s", "< 1 s", note))
    for channels in (2, 16, 64):
        took = cost(channels)
        note = f"{channels} channels, half of them sending, noise on all; mean {ms(sum(took) / len(took), 3)}"
        table.append(Row(f"loop guard: tick p99, {channels} channels", ms(share(took, 0.99), 3), note=note))
    return table
