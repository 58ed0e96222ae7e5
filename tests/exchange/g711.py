"""What a telephone line does to sound: G.711, mu-law, eight bits a sample."""

import numpy as np

BIAS, CEILING = 132, 32635


def encoded(samples):
    """Code samples within 1 as mu-law bytes."""
    whole = np.rint(np.clip(samples, -1, 1) * 32767).astype(int)
    size = np.minimum(abs(whole), CEILING) + BIAS
    exponent = np.floor(np.log2(size)).astype(int) - 7
    mantissa = (size >> (exponent + 3)) & 15
    return (~(np.where(whole < 0, 0x80, 0) | exponent << 4 | mantissa) & 0xFF).astype(np.uint8)


def decoded(coded):
    """Give the samples within 1 that mu-law bytes stand for."""
    bits = ~coded.astype(int) & 0xFF
    size = (((bits & 15) << 3) + BIAS << (bits >> 4 & 7)) - BIAS
    return np.where(bits & 0x80, -size, size).astype(np.float32) / 32768


def line(samples):
    """Give sound as it comes out at the other end."""
    return decoded(encoded(samples))
