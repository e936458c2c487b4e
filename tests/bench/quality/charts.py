"""Drawings for the report's page: curves and bars as SVG, spectrograms as PNG within the page. Nothing is loaded."""

import base64
import struct
import zlib
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import numpy.typing as npt
from scipy.signal import stft

from crosspatch.replay.chart import COLOURS

WIDTH, HEIGHT = 900.0, 260.0
LEFT, BOTTOM, TOP = 56.0, 40.0, 22.0
"""Of a drawing, and of its margins, in SVG units."""

MOST_POINTS = 1500
"""Points of a curve: more are not seen."""

Values = npt.NDArray[np.float64] | npt.NDArray[np.float32]

Curve = tuple[Values, Values]
"""x and y."""


def lines(curves: Mapping[str, Curve], across: str, up: str, marks: Mapping[str, float] | None = None) -> str:
    """Curves by name over one axis; ``marks`` are levels drawn across."""
    x = np.concatenate([curve[0] for curve in curves.values()])
    y = np.concatenate([*(curve[1] for curve in curves.values()), np.array(list((marks or {}).values()))])
    frame = _Frame((float(x.min()), float(x.max())), _round(float(y.min()), float(y.max())))
    parts = frame.axes(across, up)
    for number, (name, (along, values)) in enumerate(curves.items()):
        every = max(1, along.size // MOST_POINTS)
        thin = zip(along[::every], values[::every], strict=True)
        points = " ".join(f"{frame.x(place):.1f},{frame.y(value):.1f}" for place, value in thin)
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.4" points="{points}"/>')
        parts.append(_legend(number, len(curves), colour, name))
    for name, level in (marks or {}).items():
        place = frame.y(level)
        parts.append(f'<path class="mark" d="M{LEFT},{place:.1f}H{WIDTH}"/>')
        parts.append(f'<text x="{WIDTH - 4}" y="{place - 4:.1f}" text-anchor="end">{escape(name)}</text>')
    return _svg(parts)


def bars(groups: Mapping[str, Sequence[float]], names: Sequence[str], up: str) -> str:
    """Groups of bars, one bar for each of ``names``."""
    most = max(max(values) for values in groups.values())
    frame = _Frame((0.0, float(len(groups))), _round(0.0, most))
    parts = frame.axes("", up)
    width = (frame.x(1.0) - frame.x(0.0)) / (len(names) + 1.5)
    for group, (label, values) in enumerate(groups.items()):
        for number, value in enumerate(values):
            x, top = frame.x(float(group)) + width * (number + 0.75), frame.y(value)
            colour = COLOURS[number % len(COLOURS)]
            box = f'x="{x:.1f}" y="{top:.1f}" width="{width * 0.9:.1f}" height="{frame.y(0.0) - top:.1f}"'
            parts.append(f'<rect {box} fill="{colour}"/><text x="{x:.1f}" y="{top - 4:.1f}">{value:.2f}</text>')
        middle = frame.x(group + 0.5)
        parts.append(f'<text x="{middle:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{escape(label)}</text>')
    parts += [_legend(number, len(names), COLOURS[number % len(COLOURS)], name) for number, name in enumerate(names)]
    return _svg(parts)


def spectrogram(sound: npt.NDArray[np.float32], rate: int, top: float = 4000.0, depth: float = 60.0) -> str:
    """Time across, 0 to ``top`` Hz upwards, ``depth`` dB from dark to bright."""
    hertz, seconds, spectra = stft(sound, rate, nperseg=400, noverlap=240)
    levels = 20 * np.log10(np.abs(spectra[hertz <= top]) + 1e-7)
    most = -35.0  # one brightness for one level in all pictures
    shade = np.clip((levels - most + depth) / depth, 0, 1)[::-1]
    image = base64.b64encode(_png((_fire(shade) * 255).astype(np.uint8))).decode()
    words = f"0 to {top:g} Hz, {seconds[-1]:.1f} s"
    return f'<img alt="spectrogram, {words}" title="{words}" src="data:image/png;base64,{image}">'


class _Frame:
    """From values to the drawing's units."""

    def __init__(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        self._across, self._up = across, up

    def x(self, value: float) -> float:
        low, high = self._across
        return LEFT + (value - low) / max(high - low, 1e-9) * (WIDTH - LEFT)

    def y(self, value: float) -> float:
        low, high = self._up
        return HEIGHT - BOTTOM - (value - low) / max(high - low, 1e-9) * (HEIGHT - BOTTOM - TOP)

    def axes(self, across: str, up: str) -> list[str]:
        parts = []
        for share in range(5):
            value = self._up[0] + (self._up[1] - self._up[0]) * share / 4
            y = self.y(value)
            parts.append(f'<path class="grid" d="M{LEFT},{y:.1f}H{WIDTH}"/>')
            parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
        if across:
            for share in range(6):
                value = self._across[0] + (self._across[1] - self._across[0]) * share / 5
                anchor = "end" if share == 5 else "middle"
                x, y = self.x(value), HEIGHT - BOTTOM + 16
                parts.append(f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{value:.3g} {across}</text>')
        parts.append(f'<text x="4" y="12">{escape(up)}</text>')
        return parts


def _round(low: float, high: float) -> tuple[float, float]:
    """Bounds that read well."""
    step = 10.0 ** np.floor(np.log10(max(high - low, 1e-9)))
    step = step / 2 if (high - low) / step < 3 else step
    bottom = np.floor(low / step) * step
    return float(bottom), float(bottom + 4 * step * np.ceil((high - bottom) / (4 * step)))


def _legend(number: int, count: int, colour: str, name: str) -> str:
    x = LEFT + 60 + min(230.0, (WIDTH - LEFT - 60) / count) * number
    line = f'<path d="M{x:.0f},8h18" stroke="{colour}" stroke-width="4"/>'
    return f'{line}<text x="{x + 24:.0f}" y="12">{escape(name)}</text>'


def _svg(parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img">{"".join(parts)}</svg>'


def _fire(shade: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """0…1 to black, violet, orange, pale yellow."""
    stops = np.array([[0.0, 0.0, 0.05], [0.3, 0.05, 0.4], [0.75, 0.2, 0.3], [0.98, 0.6, 0.1], [1.0, 1.0, 0.8]])
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(shade, at, stops[:, colour]) for colour in range(3)], axis=-1)


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """(height, width, 3) as a PNG file (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
