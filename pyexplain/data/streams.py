"""numpy's generators of many seeds at once: what `default_rng([*words, last])` draws, for each of n numbers `last`, in lockstep.

A generator costs more to make than a list of items to draw from it. Seeds are those of numpy's SeedSequence (O'Neill, "Developing
a seed_seq alternative", 2015), numbers those of PCG64 (O'Neill, "PCG", HMC-CS-2014-0905): 128 bits of state, as two halves of 64.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

UInt32 = npt.NDArray[np.uint32]
UInt64 = npt.NDArray[np.uint64]
Int = npt.NDArray[np.int64]

LOW, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
STEP_HIGH, STEP_LOW = np.uint64(0x2360ED051FC65DA4), np.uint64(0x4385DF649FCCF645)
POOL = 4  # words of 32 bits that a seed is mixed in
IN, OUT = (0x43B0D7E5, 0x931E8875), (0x8B51F9DD, 0x58F38DED)  # where the hashes of seeds begin, and by what they grow
MIX = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)


class Streams:
    """n generators. odd [n]: those that had to draw once more for an even chance, and are out of step since: their numbers are not
    numpy's any more (1 in 1,000 of those that draw 100 of 40,000)."""

    def __init__(self, words: Sequence[int], last: Int) -> None:
        """words, last: not negative; last below 2^32."""
        high, low, more_high, more_low = _seeds([part for word in words for part in _words(word)], last.astype(np.uint32))
        self._inc = more_high << np.uint64(1) | more_low >> np.uint64(63), more_low << np.uint64(1) | np.uint64(1)
        self._state = _sum(self._inc, (high, low))
        self._step()
        self._kept: UInt32 | None = None
        self.odd = np.zeros(len(last), np.bool_)

    def _step(self) -> None:
        high, low = self._state
        self._state = _sum((high * STEP_LOW + low * STEP_HIGH + _high_product(low), low * STEP_LOW), self._inc)

    def _next(self) -> UInt32:
        """32 bits each, [n]: the lower half of 64 first, then the upper one."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            return kept
        self._step()
        high, low = self._state
        mixed, turn = high ^ low, high >> np.uint64(58)
        found = mixed >> turn | mixed << (-turn & np.uint64(63))
        self._kept = (found >> HALF).astype(np.uint32)
        return found.astype(np.uint32)

    def below(self, bound: UInt64 | np.uint64) -> Int:
        """A number in 0..bound - 1 each, [n], by Lemire's method; bound: 2..2^32 - 1, one for all or [n]."""
        product = self._next() * bound
        left = product & LOW
        if (left < bound).any():
            self.odd |= left < (np.uint64(2**32) - bound) % bound
        return (product >> HALF).view(np.int64)

    def choice(self, counts: Int, size: int) -> Int:
        """As Generator.choice(count, size, replace=False) does, [size, n]: by Floyd's method, then shuffled. counts [n]: above
        `size`, below 2^32, and where they are above 10,000 at least 50 times `size`; of others numpy draws in another way."""
        found = np.empty((size, len(counts)), np.int64)
        for number in range(size):
            most = counts - size + number
            drawn = self.below(most.astype(np.uint64) + np.uint64(1))
            found[number] = np.where((found[:number] == drawn).any(axis=0), most, drawn)
        at = np.arange(len(counts))
        for place in range(size - 1, 0, -1):
            _exchange(found.reshape(-1), place * len(at) + at, self.below(np.uint64(place + 1)) * len(at) + at)
        return found

    def permutation(self, size: int) -> Int:
        """As Generator.permutation(size) does, [size, n]; the last that can be drawn. What is exchanged with a place is drawn with
        as few bits as will do, until it is not above it: some generators are at a later place than others."""
        n = len(self.odd)
        found, at = np.repeat(np.arange(size), n), np.arange(n)
        masks = np.array([2 ** place.bit_length() - 1 for place in range(size)], np.int64)
        place = np.full(n, size - 1)
        while place.any():
            drawn = self._next() & masks[place]
            fits = drawn <= place
            _exchange(found, place * n + at, np.where(fits, drawn, place) * n + at)
            place = np.maximum(place - fits, 0)
        return found.reshape(size, n)


def _exchange(of: Int, one: Int, other: Int) -> None:
    """What stands at the places `one` and at `other`."""
    moved = of[one]
    of[one] = of[other]
    of[other] = moved


def _sum(one: tuple[UInt64, UInt64], other: tuple[UInt64, UInt64]) -> tuple[UInt64, UInt64]:
    """Of numbers of 128 bits."""
    low = one[1] + other[1]
    return one[0] + other[0] + (low < one[1]), low


def _high_product(low: UInt64) -> UInt64:
    """The upper 64 bits of low * STEP_LOW."""
    a, b, c, d = low >> HALF, low & LOW, STEP_LOW >> HALF, STEP_LOW & LOW
    one, other = a * d, b * c
    middle = (b * d >> HALF) + (one & LOW) + (other & LOW)
    found: UInt64 = a * c + (one >> HALF) + (other >> HALF) + (middle >> HALF)
    return found


def _words(number: int) -> list[int]:
    """32 bits each, the lowest first."""
    return [number & 0xFFFFFFFF, *(_words(number >> 32) if number >> 32 else [])]


def _hash(value: UInt32, constant: list[int], grow: int) -> UInt32:
    """A hash that is another one each time: constant[0] grows."""
    value = value ^ np.uint32(constant[0])
    constant[0] = constant[0] * grow & 0xFFFFFFFF
    value = value * np.uint32(constant[0])
    return value ^ value >> np.uint32(16)


def _mixed(one: UInt32, other: UInt32) -> UInt32:
    found: UInt32 = one * MIX[0] - other * MIX[1]
    found ^= found >> np.uint32(16)
    return found


def _seeds(words: list[int], last: UInt32) -> list[UInt64]:
    """What SeedSequence([*words, last]).generate_state(4, uint64) gives, [4][n]; words: of 32 bits."""
    given = [*(np.full(len(last), word, np.uint32) for word in words), last]
    given += [np.zeros(len(last), np.uint32)] * (POOL - len(given))
    constant = [IN[0]]
    pool = [_hash(word, constant, IN[1]) for word in given[:POOL]]
    for source in range(POOL):
        for place in range(POOL):
            if source != place:
                pool[place] = _mixed(pool[place], _hash(pool[source], constant, IN[1]))
    for word in given[POOL:]:
        for place in range(POOL):
            pool[place] = _mixed(pool[place], _hash(word, constant, IN[1]))
    constant = [OUT[0]]
    parts = [_hash(pool[number % POOL], constant, OUT[1]).astype(np.uint64) for number in range(8)]
    return [parts[number] | parts[number + 1] << HALF for number in range(0, 8, 2)]
