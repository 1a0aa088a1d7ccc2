"""Metrics and readers that break one promise each, by the check that has to notice it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pyexplain import DataError
from pyexplain.metrics import Values
from pyexplain.registry import load_registry

REGISTRY = load_registry(strict=True)
SoundMetric, Mentions = REGISTRY.get("metric", "agreement-recall"), REGISTRY.get("reader", "mentions-csv")
Table = REGISTRY.get("reader", "csv")


def metric(**parts):
    """A metric like the sound one, but for these parts."""
    return type("Broken", (SoundMetric,), {"__doc__": "Something.", "name": "broken"} | parts)


def changed(by):
    """Values passed through a function of (users, values)."""

    def values(self, given):
        found = SoundMetric.values(self, given)
        return Values(*by(found.users, found.values))

    return values


class Counting(SoundMetric):
    """Another value at every call."""

    name, calls = "broken", 0

    def values(self, given):
        Counting.calls += 1
        found = super().values(given)
        return Values(found.users, found.values / Counting.calls)


def only_those_who_speak(self, given):
    found = SoundMetric.values(self, given)
    speaks = np.diff(given.explanations.weights.offsets) > 0
    rows = np.isin(found.users, given.explanations.users[speaks])
    return Values(found.users[rows], found.values[rows])


def fails_on_nothing(self, given):
    assert len(given.explanations)
    return SoundMetric.values(self, given)


METRICS = {
    "expected_failures_name_checks": metric(expected_failures={"no_such_check": "for no reason"}),
    "says_what_it_is": metric(name="Not Plain"),
    "formula_is_written_down": metric(__doc__=""),
    "values_lie_in_the_range": metric(values=changed(lambda users, values: (users, values + 2))),
    "users_are_those_of_the_input": metric(values=changed(lambda users, values: (users + 1000, values))),
    "same_input_same_values": Counting,
    "needs_are_what_it_reads": metric(needs=frozenset({"ranking"})),
    "order_does_not_matter": metric(
        summary=lambda self, values: float(np.average(values.values, weights=1 + np.arange(len(values))))
    ),
    "nothing_given_is_no_error": metric(values=fails_on_nothing),
    "perfect_is_better_than_wrong": metric(direction="lower"),
    "naming_nothing_is_not_left_out": metric(values=only_those_who_speak),
}


def reader(**parts):
    """A reader like the sound one, but for these parts."""
    return type("Broken", (Mentions,), {"name": "broken"} | parts)


def careless(self, path, options, log):
    """Lets through whatever comes."""
    path.read_text(encoding="utf-8").splitlines()[1].split(",")[3]
    return Mentions.read_mentions(self, path, options, log)


def careless_but_for_missing(self, path, options, log):
    """Lets through whatever comes, of files that are there."""
    if not path.exists():
        raise DataError("missing")
    path.read_text(encoding="utf-8")
    return Mentions.read_mentions(self, path, options, log)


def cut_is_a_surprise(self, path, options, log):
    """Of its own format, counts on the last line."""
    if path.exists() and path.name.startswith("cut"):
        raise KeyError("last line")
    return Mentions.read_mentions(self, path, options, log)


def loses_half(self, table, path):
    """Writes every other mention."""
    kept = table.mentions.iloc[::2]
    Mentions.write(self, type(table)(table.interactions, kept), path)


class AllAtOnce(Table):
    """Reads the whole file before it gives anything."""

    name = "broken"

    def read(self, path, options, log):
        yield from super().read(path, replace(options, chunk=10_000), log)


READERS = {
    "expected_failures_name_checks": reader(expected_failures={"no_such_check": "for no reason"}),
    "says_what_it_is": reader(description=" "),
    "gives_the_method_of_its_kind": reader(kind="reviews"),
    "detect_does_not_claim_noise": reader(detect=lambda self, path, head: True),
    "missing_file_is_explained": reader(read_mentions=careless),
    "broken_files_are_explained": reader(read_mentions=careless_but_for_missing),
    "sample_is_read": reader(detect=lambda self, path, head: False),
    "chunks_do_not_matter": AllAtOnce,
    "cut_sample_is_explained": reader(read_mentions=cut_is_a_surprise),
    "what_is_written_is_read_again": reader(write=loses_half),
}
