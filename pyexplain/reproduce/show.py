"""Reproduced tables for a terminal: under each paper's value ours, with a mark for the verdict, and sentences below."""

from __future__ import annotations

from typing import Any

from rich import table as rich_table
from rich.text import Text

from ..present.text import harmless, listed
from .figures import Figure
from .reproduce import Result
from .result import BELOW, EQUAL, OTHER, REACHED, Cell, Heading, Table
from .tables import HEADLINE
from .words import Words

MARKS = {REACHED: ("≥", "green"), BELOW: ("<", "red"), EQUAL: ("=", "green"), OTHER: ("≠", "red")}
SURE = 0.05


def result_text(result: Result) -> list[Any]:
    """Everything that a table or a figure says."""
    if isinstance(result, Table):
        body, lines = _grid(result), sentences(result)
    elif isinstance(result, Figure):
        body, lines = _matrix(result), [*claims(result), *failures(result)]
    else:
        body, lines = _words(result), [*true_words(result), *failures(result)]
    return [*heading_text(result.heading), body, Text(""), *(Text(line) for line in lines), Text("")]


def heading_text(heading: Heading) -> list[Text]:
    """Title, data, protocol, seeds and settings."""
    said = f"Data set {harmless(heading.dataset)}, protocol {heading.protocol}"
    if heading.seeds:
        settings = ", ".join(f"{key} {value}" for key, value in heading.settings.items())
        said += f", {len(heading.seeds)} seed{'s' * (len(heading.seeds) > 1)} ({', '.join(map(str, heading.seeds))}), {settings}"
    return [Text(heading.title, style="bold"), Text(said + "."), Text("")]


def _grid(table: Table) -> rich_table.Table:
    out = rich_table.Table(box=None, padding=(0, 1, 0, 0))
    out.add_column("", no_wrap=True)
    for cell in table.rows[0].cells:
        out.add_column(cell.column, justify="right", no_wrap=True)
    phis = {row.of: row for row in table.rows if row.of and not row.attribution}
    for row in table.rows:
        if row.of and not row.attribution:
            continue  # below its method
        aside = row.control or row.attribution
        if not aside:
            out.add_row(Text(f"{row.label}, paper"), *(_value(cell.paper, cell.exact) for cell in row.cells))
        name = f"({row.label})" if aside else f"{' ' * len(row.label)}  ours"
        out.add_row(Text(name, style="dim" if aside else "bold"), *(_ours(cell, aside) for cell in row.cells))
        if (phi := phis.get(row.label)) is not None:
            out.add_row(Text(f"{' ' * len(row.label)}  its phi"), *(_ours(cell, True) for cell in phi.cells))
    return out


def _value(value: float | None, exact: bool = False) -> str:
    if value is None:
        return "–"
    return f"{value:,g}" if exact else f"{value:.4f}"


def _ours(cell: Cell, control: bool) -> Text:
    if cell.ours is None:
        return Text("–")
    text = Text(_value(cell.ours.mean, cell.exact), style="dim" if control else "bold")
    if cell.ours.deviation == cell.ours.deviation:  # NaN for a single seed
        text.append(f"±{cell.ours.deviation:.4f}".replace("0.", ".", 1), style="dim")
    mark, style = MARKS.get(cell.verdict or "", (" ", ""))
    return text.append(f" {mark}", style=style)


def _matrix(figure: Figure) -> rich_table.Table:
    """The paper's labels as columns, the controls as rows below."""
    out = rich_table.Table(box=None, padding=(0, 2, 0, 0), title=figure.quantity, title_justify="left")
    own = [label for label in figure.labels if label not in figure.controls]
    for column in ("", *own):
        out.add_column(column, justify="right" if column else "left")
    for a, label in enumerate(figure.labels):
        row = [_spread(figure.mean[a, figure.labels.index(b)], figure.deviation[a, figure.labels.index(b)]) for b in own]
        name, style = (f"control: {label}", "dim") if label in figure.controls else (label, "bold")
        out.add_row(Text(name, style=style), *row)
    return out


def _spread(mean: float, deviation: float) -> str:
    return f"{round(mean, 3) + 0.0:.3f}" + (f"±{deviation:.3f}" if deviation == deviation else "")


def claims(figure: Figure) -> list[str]:
    """What the paper says, and whether our figures agree."""
    word = {True: "so it is here", False: "not so here", None: "cannot be decided here"}
    return [f"The paper: {claim.says} - {word[claim.agrees]}." for claim in figure.claims]


def _words(table: Words) -> rich_table.Table:
    """The paper's words, then those of each user drawn."""
    out = rich_table.Table(box=None, padding=(0, 2, 0, 0))
    for column in ("", "by", "words"):
        out.add_column(column)
    for user, row in {"paper": table.printed, **table.words}.items():
        for place, (label, words) in enumerate(row.items()):
            name = f"control: {label}" if label in table.controls else label
            style = "dim" if label in table.controls else ""
            out.add_row(
                Text(harmless(user) if place == 0 else ""), Text(name, style=style), Text(harmless(", ".join(words)) or "–")
            )
    return out


def true_words(table: Words) -> list[str]:
    """How many of the five words are the user's own."""
    ours = ", ".join(f"{label} {found.mean:.2f}" for label, found in table.true.items())
    said = [f"Of the five words, the user wrote about (mean over all users): {ours}."]
    if table.printed_true:
        printed = ", ".join(f"{label} {count}" for label, count in table.printed_true.items())
        said.append(f"Of the five that the paper prints, among the five it prints of what the user wrote: {printed}.")
    return said


def sentences(table: Table) -> list[str]:
    """Verdicts counted, who beats the controls, who beats whom, what failed, and the notes."""
    cells = [cell for row in table.rows if not row.of for cell in row.cells if cell.verdict]
    out = []
    if cells and not cells[0].exact:
        reached = sum(cell.verdict == REACHED for cell in cells)
        out.append(f"{reached} of {len(cells)} cells are at least the paper's value (≥); {len(cells) - reached} are below it (<).")
    if any(row.control for row in table.rows):
        attributions = ", or attributions on the method's own model" * any(row.attribution for row in table.rows)
        out.append(f"Rows in brackets are controls, which need no model{attributions}.")
    out += own_terms(table) + over_controls(table) + under_attributions(table) + by_the_papers_phi(table)
    return out + compared(table) + failures(table)


def failures(result: Result) -> list[str]:
    """What failed and why, then the notes."""
    return [f"{label} has no figures: {harmless(reason)}" for label, reason in result.failures.items()] + list(result.heading.notes)


def own_terms(table: Table) -> list[str]:
    """In how many epochs of the measured models the methods' own terms took part, seed by seed; none is a warning."""
    rows = [row for row in table.rows if row.auxiliary_epochs]
    if not rows:
        return []
    told = "; ".join(f"{row.label} {', '.join(map(str, row.auxiliary_epochs))}" for row in rows)
    plain = [row.label for row in rows if 0 in row.auxiliary_epochs]
    warning = f" Warning: where it is 0, the model is one of plain BPR ({listed(plain)})." if plain else ""
    return [f"Epochs in which the method's own term took part, seed by seed: {told}.{warning}"]


def over_controls(table: Table) -> list[str]:
    """Who beats the best control and who does not, with the interval of the difference."""
    said: dict[tuple[bool, str], list[str]] = {}
    for row in table.rows:
        if not row.of and (gain := row.gains.get(HEADLINE)) is not None:
            d = gain.difference
            said.setdefault((gain.beats, gain.control), []).append(f"{row.label} {d.value:+.4f} [{d.low:+.4f}, {d.high:+.4f}]")
    how = f"in {HEADLINE} (difference, 95 % paired bootstrap over users)"
    lines = []
    for (beats, control), methods in sorted(said.items(), reverse=True):
        word = "Better than" if beats else "Not better than"
        lines.append(f"{word} the best control, {control}, {how}: {', '.join(methods)}.")
    return lines


def under_attributions(table: Table) -> list[str]:
    """Who beats the best attribution on the same model, and who does not."""
    said: dict[bool, list[str]] = {True: [], False: []}
    for row in table.rows:
        if (gain := row.attribution_gains.get(HEADLINE)) is not None:
            d = gain.difference
            said[gain.beats].append(f"{row.label} {d.value:+.4f} [{d.low:+.4f}, {d.high:+.4f}] to {gain.control}")
    words = {True: "Better", False: "Not better"}
    return [
        f"{words[beats]} than the best attribution on the same model in {HEADLINE}: {', '.join(methods)}."
        for beats, methods in said.items()
        if methods
    ]


def by_the_papers_phi(table: Table) -> list[str]:
    """By its own vectors, how many of the paper's cells are reached, which fall short, and why."""
    cells = [(row.of, cell) for row in table.rows if row.of and not row.attribution for cell in row.cells]
    judged = [(label, cell) for label, cell in cells if cell.verdict and cell.ours]
    if not judged:
        return []
    short = [f"{label} {c.column} {c.ours.mean:.4f} (paper {c.paper:.4f})" for label, c in judged if c.verdict == BELOW and c.ours]
    reached = f"By the paper's phi {len(judged) - len(short)} of {len(judged)} cells are at least the paper's value"
    return [f"{reached}; it falls short in {listed(short)}. {table.phi_note}" if short else f"{reached}."]


def compared(table: Table) -> list[str]:
    """Which methods are above which others beyond chance."""
    above: dict[str, list[str]] = {}
    for c in table.comparisons:
        if c.p_holm < SURE:
            better, worse = (c.first, c.second) if c.difference.value > 0 else (c.second, c.first)
            above.setdefault(better, []).append(worse)
    if not table.comparisons:
        return []
    said = [f"{better} above {listed(worse)}" for better, worse in sorted(above.items(), key=lambda pair: -len(pair[1]))]
    test = f"in {HEADLINE} (randomisation test over users, Holm-corrected, p < {SURE})"
    unsure = sum(c.p_holm >= SURE for c in table.comparisons)
    rest = f"No significant difference: {unsure} of {len(table.comparisons)} pairs."
    return [f"Beyond chance {test}: {'; '.join(said) or 'no method above another'}. {rest}"]
