"""An explanation in words: what the recommendation rests on, and what would turn it around."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from .text import harmless, listed

if TYPE_CHECKING:
    from .explanation import PairExplanation, Reason

NAMED = 3  # features in the sentence; the table has more
WORTH_NAMING = 0.1  # of the weight of the first reason


def sentence_of(found: PairExplanation) -> str:
    """One or two English sentences; honest where the order did not flip, and where nothing is known of the user."""
    item, other = harmless(found.item), harmless(found.against or "")
    if not found.item:
        return _about_user(found)
    if found.valid is None:
        return _with_note(_weighed(found, item, other), found)
    if found.margin_before is not None and found.margin_before < 0:
        return f"The model would rather show {other} than {item} to {harmless(found.user)}, so there is nothing to turn around."
    if not found.valid:
        return (
            f"You get {item} rather than {other}, and no change of what you care about that was allowed turns that around "
            f"(the smallest lead reached is {found.margin_after:.2f}, from {found.margin_before:.2f})."
        )
    changed = sorted((r for r in found.reasons if r.changes), key=lambda r: -abs((r.after or 0) - r.before))
    names = listed([harmless(r.feature) for r in _carrying(found)])
    if found.side == "item":
        because = f" because of its {names}: " if names else ": "
        return f"{item} is ahead of {other}{because}{_item_changes(changed)}, it would fall behind."
    because = f" because of {names}" if names else ""
    return _with_note(f"You get {item} rather than {other}{because}. {_user_changes(changed)}, it would be {other}.", found)


def _carrying(found: PairExplanation) -> list[Reason]:
    """The reasons that hold the item in front: what is there, weighs something beside the first, and does not have to grow."""
    here = [r for r in found.reasons if r.weight > 0 and r.before > 0 and not (r.changes and (r.after or 0) > r.before)]
    return [r for r in here if r.weight >= WORTH_NAMING * here[0].weight][:NAMED]


def _user_changes(changed: list[Reason]) -> str:
    """ "If tone mattered less to you (4.6 -> 2.1) and price more (0 -> 1.3)"."""
    parts: list[str] = []
    for reason in changed[:NAMED]:
        word = "less" if (reason.after or 0) < reason.before else "more"
        verb = " mattered" if not parts else ""
        parts.append(f"{harmless(reason.feature)}{verb} {word}{' to you' if not parts else ''} ({_span(reason)})")
    return "If " + listed(parts + _more(changed))


def _item_changes(changed: list[Reason]) -> str:
    return "if " + listed([f"{harmless(r.feature)} were worse ({_span(r)})" for r in changed[:NAMED]] + _more(changed))


def _more(changed: list[Reason]) -> list[str]:
    """What the sentence leaves out, so that nobody takes it for the whole change."""
    rest = len(changed) - NAMED
    return [f"{rest} more feature{'s' if rest > 1 else ''} changed"] if rest > 0 else []


def _span(reason: Reason) -> str:
    return f"{reason.before:.1f} → {reason.after:.1f}"


def _weighed(found: PairExplanation, item: str, other: str) -> str:
    names = [harmless(r.feature) for r in found.reasons[:NAMED]]
    if not names:
        return f"Nothing that is known of {harmless(found.user)} speaks for {item}."
    instead = f" rather than {other}" if other else ""
    return f"You get {item}{instead}; what weighs most for you is {listed(names)}."


def _about_user(found: PairExplanation) -> str:
    names = [harmless(r.feature) for r in found.reasons[:NAMED]]
    return _with_note(f"What weighs most for {harmless(found.user)} is {listed(names)}." if names else "Nothing is known.", found)


def _with_note(text: str, found: PairExplanation) -> str:
    return f"{text} Note: {harmless(found.note)}." if found.note else text


def terminal_view(found: PairExplanation) -> Group:
    """Sentence, table of the features, whether the model was asked again and what it said, and quotes."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("feature")
    table.add_column("weight", justify="right")
    table.add_column("value now", justify="right")
    if found.valid is not None:
        table.add_column("would have to be", justify="right")
    for reason in found.shown():
        cells: list[Text | str] = [Text(harmless(reason.feature)), f"{reason.weight:.3f}", f"{reason.before:.2f}"]
        table.add_row(*cells, *([f"{reason.after:.2f}"] if found.valid is not None and reason.after is not None else []))
    parts: list[Text | Table] = [Text(found.sentence(), style="bold"), Text("")]
    if found.reasons:
        parts.append(table)
    parts += [Text(line) for line in _checks(found)]
    parts += _quotes(found)
    return Group(*parts)


def _checks(found: PairExplanation) -> list[str]:
    lines = []
    start, end = found.margin_before, found.margin_after
    if found.valid is not None and start is not None and end is not None and start > 0:
        said = "the order flips" if found.valid else "the order does not flip"
        lines.append(f"Asked again with the change, the model says: {said} (lead {start:.3f} → {end:.3f}).")
    if found.rank_before is not None:
        after = f", with the change {found.rank_after}" if found.rank_after is not None else ""
        lines.append(f"Place of {harmless(found.item)} in the whole catalogue: {found.rank_before}{after}.")
    return lines


def _quotes(found: PairExplanation) -> list[Text | Table]:
    lines: list[Text | Table] = []
    for reason in found.shown():
        for quote in reason.evidence:
            who = "you, of" if quote.own else "others, of"
            lines.append(
                Text(f"  {harmless(reason.feature)} — {who} {harmless(quote.item)}: “{harmless(quote.sentence)}”", style="dim")
            )
    return [Text(""), Text("From the reviews:"), *lines] if lines else []
