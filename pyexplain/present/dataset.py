"""What a data set holds, and how it came about."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from ..data.kinds import ATTRIBUTE, HISTORY, PERSON, WORD
from ..data.types import Dataset
from .text import harmless

SHOWN = 15


def dataset_document(data: Dataset) -> dict[str, Any]:
    """The document of `data prepare --json` and `data report --json`."""
    counts = {"users": data.n_users, "items": data.n_items, "features": data.n_features}
    parts = {part: len(getattr(data, part)) for part in ("train", "valid", "test")}
    return {
        "schema": 1,
        "name": data.name,
        "protocol": data.protocol,
        "fingerprint": data.fingerprint,
        "counts": counts | parts,
        "kinds": _kinds(data),
        "mentions": {"training": len(data.evidence), "heldout": len(data.heldout)},
        "counted": data.user_mentions is not None and data.item_mentions is not None,
        "features": frequencies(data),
        "report": data.report,
    }


def dataset_report(data: Dataset) -> list[Any]:
    """For a terminal: counts, what was read and dropped, coverage, the most frequent features with examples, the long tail."""
    title = f"Data set {data.name}, protocol {data.protocol}, fingerprint {data.fingerprint}"
    out: list[Any] = [Text(title, style="bold"), _counts(data)]
    out += [Text(line) for line in [_kinds_line(data), *_reading(data)]]
    if len(data.evidence):
        out += [Text(""), _feature_table(data), Text(_tail(data))]
    for title, name in (("Most frequent pairs", "pairs"), ("Pairs whose polarity is least clear", "ambiguous")):
        pairs = _extraction(data).get(name, [])
        if pairs:
            out += [Text(""), Text(title, style="bold"), _pair_table(pairs[:SHOWN])]
    out += [Text(harmless(line)) for line in _vocabulary(data)]
    look_at = [Text(f"Look at: {harmless(line)}") for line in worth_a_look(data)]
    return [*out, Text(""), *look_at] if look_at else out


def _counts(data: Dataset) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("users", "items", "features", "train", "valid", "test", "features per user", "features per item"):
        table.add_column(name, justify="right")
    means = [len(rows.indices) / max(1, rows.n_rows) for rows in (data.user_features, data.item_features)]
    numbers = [data.n_users, data.n_items, data.n_features, len(data.train), len(data.valid), len(data.test)]
    table.add_row(*(f"{n:,}" for n in numbers), *(f"{m:.1f}" for m in means))
    return table


def _kinds(data: Dataset) -> dict[str, int]:
    """kind -> its features; history has one for each item, and is made when a method uses it."""
    return {kind: len(data.features.of_kind(kind)) for kind in data.kinds} | {HISTORY: data.n_items}


def _kinds_line(data: Dataset) -> str:
    """What can be a reason here."""
    named = {WORD: "{:,} words", ATTRIBUTE: "{:,} attributes", HISTORY: "history ({:,} items)"}
    named[PERSON] = "{:,} of people, which are never said"
    kinds = ", ".join(named[kind].format(count) for kind, count in _kinds(data).items())
    none = "" if WORD in data.kinds else "; no words: there are no texts of reviews, or no words were wanted"
    return f"Kinds of features: {kinds}{none}."


def _reading(data: Dataset) -> list[str]:
    lines = []
    read = data.report.get("read")
    if isinstance(read, dict):
        lines += reading_lines(read)
    extraction = data.report.get("extraction")
    if isinstance(extraction, dict):
        lines.append(_coverage(data, extraction, read.get("kept", 0) if isinstance(read, dict) else 0))
    return lines + _titles(data) + [harmless(line) for line in _people(data)] + _forgotten(data)


def _coverage(data: Dataset, extraction: dict[str, Any], kept: int) -> str:
    """In how many reviews features were found, of those that were looked at: nobody learns from what the validation part wrote."""
    looked = extraction["reviews"]
    share = extraction["reviews_with_a_mention"] / max(1, looked)
    but = " (all but the validation part's)" if 0 < len(data.valid) == kept - looked else ""
    return f"Coverage: {share:.0%} of {looked:,} reviews{but} mention a feature, {extraction['mentions']:,} mentions."


def _forgotten(data: Dataset) -> list[str]:
    count = sum(ancestor.forgotten for ancestor in data.lineage)
    people = "1 person was" if count == 1 else f"{count:,} people were"
    return [f"{people.capitalize()} forgotten since; the counts of reading and coverage are from before."] if count else []


def reading_lines(read: dict[str, Any]) -> list[str]:
    """From the report of a reading: what was read and dropped, what was kept but is worth knowing, and what was assumed."""
    dropped = {**read.get("bad", {}), **read.get("dropped", {})}
    said = "; ".join(f"{count:,} {reason}" for reason, count in dropped.items()) or "none"
    lines = [f"Read {read.get('read', 0):,} records, kept {read.get('kept', 0):,}; dropped: {said}."]
    notes = [f"{count:,} {what}" for what, count in read.get("notes", {}).items() if count]
    if notes:
        lines.append(harmless(f"Of those read: {'; '.join(notes)}."))
    return lines + [harmless(f"Note: {sentence}.") for sentence in read.get("assumed", [])]


def _titles(data: Dataset) -> list[str]:
    """How many items have a title, and what else the files of items held; nothing where there was no such file."""
    found = data.report.get("items")
    if not isinstance(found, dict):
        return []
    titled, lacking = found.get("titled", 0), found.get("untitled", 0)
    rest = f"{found.get('not_in_dataset', 0):,} of {found.get('read', 0):,} records are of items that the data set lacks"
    bad = [f"{count:,} {reason}" for reason, count in {**found.get("bad", {})}.items()]
    twice = [f"{found['duplicates']:,} of an item seen before (the last title counts)"] if found.get("duplicates") else []
    line = f"Titles: {titled:,} of {data.n_items:,} items have one, {lacking:,} have none; {'; '.join([rest, *twice, *bad])}."
    notes = [harmless(f"Note: {sentence}.") for sentence in found.get("assumed", [])]
    return [line, *notes, *map(harmless, _attributes(data))]


def _people(data: Dataset) -> list[str]:
    """What is known of users themselves."""
    found = data.report.get("people")
    if not isinstance(found, dict):
        return []
    kept = [_attribute(name, facts, "users") for name, facts in found.get("kept", {}).items()]
    left_out = [f"{name} ({why})" for name, why in found.get("left_out", {}).items()]
    lines = [f"Of people, learned from and never said: {'; '.join(kept)}."] if kept else []
    return lines + ([f"Not of people: {'; '.join(left_out)}."] if left_out else [])


def _attributes(data: Dataset) -> list[str]:
    """What became of the other columns of the files of items."""
    found = data.report.get("attributes")
    if not isinstance(found, dict):
        return []
    kept = [_attribute(name, facts) for name, facts in found.get("kept", {}).items()]
    left_out = [f"{name} ({why})" for name, why in found.get("left_out", {}).items()]
    lines = [f"Attributes: {'; '.join(kept[:SHOWN])}{_more(kept)}."] if kept else []
    return lines + (
        [f"No attributes: {'; '.join(left_out[:SHOWN])}{_more(left_out)}; --attributes takes them."] if left_out else []
    )


def _attribute(name: str, facts: dict[str, Any], whose: str = "items") -> str:
    rare = f", {facts['rare_values_dropped']:,} rare values dropped" if facts["rare_values_dropped"] else ""
    return f"{name} ({facts['values']:,} values of {facts['items']:,} {whose}{rare})"


def frequencies(data: Dataset) -> dict[str, int]:
    """feature -> mentions in the evidence, the most frequent first."""
    counts = np.bincount(data.evidence["feature"].to_numpy(dtype=np.int64), minlength=data.n_features)
    words = data.features.of_kind(WORD)
    order = words[np.argsort(-counts[words], kind="stable")]
    return {data.features[f]: int(counts[f]) for f in order}


def _feature_table(data: Dataset) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, side in (("feature", "left"), ("mentions", "right"), ("good", "right"), ("example", "left")):
        table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]
    for name in list(frequencies(data))[:SHOWN]:
        said = data.evidence[data.evidence["feature"] == data.features.index(name, WORD)]
        example = min((s for s in said["sentence"] if s), key=lambda s: (len(s), s), default="")
        table.add_row(Text(harmless(name)), f"{len(said):,}", f"{(said['sentiment'] > 0).mean():.0%}", Text(harmless(example)[:90]))
    return table


def _extraction(data: Dataset) -> dict[str, Any]:
    found = data.report.get("extraction")
    return found if isinstance(found, dict) else {}


def _vocabulary(data: Dataset) -> list[str]:
    """How the vocabulary was made, as far as a person may want it otherwise: what was merged, marked and left out."""
    found = _extraction(data)
    merged = ["/".join([name, *others]) for name, others in found.get("merged", {}).items()]
    left_out = [f"{word} ({why})" for word, why in found.get("left_out", {}).items()]
    lines = (
        ("One feature", merged, "--no-merge-synonyms keeps them apart"),
        ("What an item is, not something of it", [*found.get("products", [])], "--stop-features leaves them out"),
        ("Left out as no features", left_out, "--keep takes them back"),
    )
    return ["", *(f"{title}: {', '.join(names[:SHOWN])}{_more(names)} ({hint})." for title, names, hint in lines if names)]


def _more(names: list[str]) -> str:
    return f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""


def _pair_table(pairs: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, side in (("opinion", "left"), ("feature", "left"), ("polarity", "right"), ("reviews", "right"), ("example", "left")):
        table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]
    for pair in pairs:
        words = (Text(harmless(str(pair[key]))) for key in ("opinion", "feature"))
        turned = " (says the opposite)" if 0 < pair.get("turned", 0) == pair.get("mentions") else ""
        example = Text(harmless(str(pair.get("example", "")))[:90] + turned)
        table.add_row(*words, f"{pair['polarity']:+.2f}", f"{pair['count']:,}", example)
    return table


def _tail(data: Dataset) -> str:
    """The long tail in one line: how many features make up half and nine tenths of all mentions."""
    counts = np.array(list(frequencies(data).values()))
    total = np.cumsum(counts) / max(1, counts.sum())
    blocks = "▁▂▃▄▅▆▇█"
    steps = counts[np.linspace(0, len(counts) - 1, min(60, len(counts))).astype(int)]
    bars = "".join(blocks[int(7 * c / max(1, counts[0]))] for c in steps)
    half, most = (int((total < share).sum()) + 1 for share in (0.5, 0.9))
    return f"Long tail {bars}  half of all mentions: {half} features, nine tenths: {most}"


def worth_a_look(data: Dataset) -> list[str]:
    """What a person should check before believing results."""
    lines = []
    bare = int((np.diff(data.user_features.offsets) == 0).sum())
    if bare and data.n_features:
        lines.append(f"{bare:,} of {data.n_users:,} users have no feature: their explanations say so.")
    if data.user_mentions is None or data.item_mentions is None:
        lines.append(
            "features came as values of eq. (1) alone, without counts of mentions: methods that use counts cannot be trained."
        )
    return lines + [str(line) for line in _extraction(data).get("look_at", [])]
