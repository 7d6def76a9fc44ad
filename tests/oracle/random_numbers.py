"""The random numbers of a picture's stream, worked out apart from the host's code: Salmon et
al.'s Philox4x32-10 under a key of the run's seed and the job's name."""
import numpy as np

MASK = (1 << 64) - 1


def philox(counters, key):
    """Blocks of four words for (n,4) counters, as in the paper's table 2"""
    counters = counters.astype(np.uint64)
    key = [int(key) & 0xFFFFFFFF, int(key) >> 32]
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        first = np.uint64(0xD2511F53) * counters[:, 0]
        second = np.uint64(0xCD9E8D57) * counters[:, 2]
        counters = np.stack([second >> np.uint64(32) ^ counters[:, 1] ^ np.uint64(key[0]),
                             second & low,
                             first >> np.uint64(32) ^ counters[:, 3] ^ np.uint64(key[1]),
                             first & low], 1)
        key = [key[0] + 0x9E3779B9 & 0xFFFFFFFF, key[1] + 0xBB67AE85 & 0xFFFFFFFF]
    return counters


def mix(value):
    """splitmix64's finalizer"""
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & MASK
    return value ^ value >> 31


class Stream:
    """Numbers one after the other, as the job's calls take them"""

    def __init__(self, seed, job, stream):
        name = 0xCBF29CE484222325
        for byte in job.encode():
            name = ((name ^ byte) * 0x100000001B3) & MASK
        self.key, self.stream = mix(mix(seed) ^ name), stream
        self.words, self.used = np.zeros(0, np.uint64), 0

    def take(self, count):
        """The next words"""
        while len(self.words) < self.used + count:
            first = len(self.words) // 4
            counters = np.zeros((first + 1024, 4), np.uint64)
            counters[:, 0] = first + np.arange(len(counters))
            counters[:, 2:] = self.stream & 0xFFFFFFFF, self.stream >> 32
            self.words = np.concatenate([self.words, philox(counters, self.key).ravel()])
        self.used += count
        return self.words[self.used - count:self.used].astype(np.float64)

    def uniform(self, *shape):
        """0 <= v < 1 in steps of 2^-24"""
        return np.floor(self.take(int(np.prod(shape))) / 256).reshape(shape) / 2 ** 24

    def normal(self, count):
        """Box and Muller's method"""
        words = self.take(count + count % 2).reshape(-1, 2)
        radius = np.sqrt(-2 * np.log((words[:, 0] + 1) / 2 ** 32))
        angle = 2 * np.pi * words[:, 1] / 2 ** 32
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel()[:count]
