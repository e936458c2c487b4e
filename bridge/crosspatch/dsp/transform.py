"""Fourier transforms of 256 real samples, for compiled loops: calling a library's costs more than the transform.

A complex transform of half the length, of even and odd samples at once, by Stockham's radix-4 steps, which need no
reordering (P. Swarztrauber, FFT algorithms for vector computers, Parallel Computing 1, 1984). Not for other lengths.
"""

import numpy as np
import numpy.typing as npt

from crosspatch.dsp.units import Floats
from crosspatch_codecs.compiled import compiled
from crosspatch_drivers.audio.ring import Block

SIZE = 256
"""Samples."""

HALF = SIZE // 2
"""Points of the complex transform, and bins above the first."""

TURNS = np.exp(-2j * np.pi * np.arange(SIZE) / SIZE)
COS, SIN = TURNS.real.astype(np.float32), TURNS.imag.astype(np.float32)
"""Of each 256th of a turn, backwards."""

Spectra = npt.NDArray[np.complex64]
"""(rows, HALF + 1)."""


@compiled
def spectra_of(windows: Block) -> Spectra:
    """(rows, 256) to (rows, 129): what ``numpy.fft.rfft`` gives."""
    spectra = np.empty((windows.shape[0], HALF + 1), np.complex64)
    re, im = np.empty(HALF, np.float32), np.empty(HALF, np.float32)
    spare_re, spare_im = np.empty(HALF, np.float32), np.empty(HALF, np.float32)
    half = np.float32(0.5)
    for row in range(windows.shape[0]):
        for n in range(HALF):
            re[n], im[n] = windows[row, 2 * n], windows[row, 2 * n + 1]
        _transform(re, im, spare_re, spare_im)
        spectra[row, 0], spectra[row, HALF] = complex(re[0] + im[0], 0.0), complex(re[0] - im[0], 0.0)
        for k in range(1, HALF):
            even_re, even_im = half * (re[k] + re[HALF - k]), half * (im[k] - im[HALF - k])
            odd_re, odd_im = half * (im[k] + im[HALF - k]), half * (re[HALF - k] - re[k])
            real = even_re + COS[k] * odd_re - SIN[k] * odd_im
            spectra[row, k] = complex(real, even_im + COS[k] * odd_im + SIN[k] * odd_re)
    return spectra


@compiled
def windows_of(spectra: Spectra) -> Block:
    """(rows, 129) to (rows, 256): what ``numpy.fft.irfft`` gives."""
    windows = np.empty((spectra.shape[0], SIZE), np.float32)
    re, im = np.empty(HALF, np.float32), np.empty(HALF, np.float32)
    spare_re, spare_im = np.empty(HALF, np.float32), np.empty(HALF, np.float32)
    scale = np.float32(0.5 / HALF)
    for row in range(spectra.shape[0]):
        for k in range(HALF):
            one, other = spectra[row, k], spectra[row, HALF - k]
            even_re, even_im = one.real + other.real, one.imag - other.imag
            apart_re, apart_im = one.real - other.real, one.imag + other.imag
            odd_re = apart_re * COS[k] + apart_im * SIN[k]
            odd_im = apart_im * COS[k] - apart_re * SIN[k]
            re[k], im[k] = scale * (even_re - odd_im), scale * (even_im + odd_re)
        re[0] = scale * (spectra[row, 0].real + spectra[row, HALF].real)
        im[0] = scale * (spectra[row, 0].real - spectra[row, HALF].real)
        _transform(im, re, spare_im, spare_re)  # parts exchanged: backwards
        for n in range(HALF):
            windows[row, 2 * n], windows[row, 2 * n + 1] = re[n], im[n]
    return windows


@compiled
def _transform(re: Floats, im: Floats, spare_re: Floats, spare_im: Floats) -> None:
    """The complex transform of 128 points in place: three steps of radix 4 and one of radix 2."""
    _by_four(re, im, spare_re, spare_im, HALF, 1)
    _by_four(spare_re, spare_im, re, im, HALF // 4, 4)
    _by_four(re, im, spare_re, spare_im, HALF // 16, 16)
    for q in range(HALF // 2):
        a_re, a_im, b_re, b_im = spare_re[q], spare_im[q], spare_re[q + HALF // 2], spare_im[q + HALF // 2]
        re[q], im[q] = a_re + b_re, a_im + b_im
        re[q + HALF // 2], im[q + HALF // 2] = a_re - b_re, a_im - b_im


@compiled
def _by_four(x_re: Floats, x_im: Floats, y_re: Floats, y_im: Floats, size: int, stride: int) -> None:
    """One step: transforms of ``size`` points become four times as many of a quarter."""
    step = size // 4 * stride
    for p in range(size // 4):
        turn = p * stride * (SIZE // HALF)
        u_re, u_im, v_re, v_im = COS[turn], SIN[turn], COS[2 * turn], SIN[2 * turn]
        w_re, w_im = COS[3 * turn], SIN[3 * turn]
        for q in range(stride):
            i, o = q + stride * p, q + stride * 4 * p
            sum_re, sum_im = x_re[i] + x_re[i + 2 * step], x_im[i] + x_im[i + 2 * step]
            gap_re, gap_im = x_re[i] - x_re[i + 2 * step], x_im[i] - x_im[i + 2 * step]
            odd_re, odd_im = x_re[i + step] + x_re[i + 3 * step], x_im[i + step] + x_im[i + 3 * step]
            turned_re, turned_im = x_im[i + 3 * step] - x_im[i + step], x_re[i + step] - x_re[i + 3 * step]
            y_re[o], y_im[o] = sum_re + odd_re, sum_im + odd_im
            a_re, a_im = gap_re - turned_re, gap_im - turned_im
            y_re[o + stride], y_im[o + stride] = a_re * u_re - a_im * u_im, a_re * u_im + a_im * u_re
            b_re, b_im = sum_re - odd_re, sum_im - odd_im
            y_re[o + 2 * stride], y_im[o + 2 * stride] = b_re * v_re - b_im * v_im, b_re * v_im + b_im * v_re
            c_re, c_im = gap_re + turned_re, gap_im + turned_im
            y_re[o + 3 * stride], y_im[o + 3 * stride] = c_re * w_re - c_im * w_im, c_re * w_im + c_im * w_re
