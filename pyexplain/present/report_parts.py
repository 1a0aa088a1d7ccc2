"""The parts of a report, each a section of the page: summary, ranking, explanations, data, model, people, how to repeat it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..data.audit import audit
from ..data.kinds import HISTORY
from ..evaluation.report import Report, RunResult
from ..statements.english import ENGLISH
from .demo import explained_list, telling_users
from .evaluation import figures_of, groups_of, left_out
from .harmless import escape
from .html import explanation_html
from .methods_compared import COMPARED, compared_in_words
from .names import titled_id
from .pair import Reason
from .recommendations import ExplainedRun
from .report_tables import About, group_table
from .svg import Point, bar_plot, curve_plot, interval_plot, tail_plot
from .verdicts import AGAINST, LEGEND, closing_line, explained_lines, own_terms, verdicts

STEPS = ("nothing", "1 feature", "2", "3")
SAMPLED = 60  # users whose first items say what carries the model as a whole
RANKED = ("ranking", "ndcg_kept", "orders_kept", "smallest_change")


def summary(report: Report, document: dict[str, Any], runs: Sequence[ExplainedRun]) -> str:
    """What was trained on what, whether it beats the controls and by how much, and what that rests on."""
    data = runs[0].trained.data
    seeds = sorted({run.seed for run in report.runs})
    users = len(data.test_candidates)
    cards = [
        ("methods", ", ".join(dict.fromkeys(run.method for run in report.runs))),
        ("data", f"{data.n_users:,} users, {data.n_items:,} items"),
        ("rests on", f"{users:,} users with held-out items, {len(seeds)} seed{'s' if len(seeds) > 1 else ''}"),
    ]
    said = "".join(f"<li><b>{escape(value)}</b>{escape(name)}</li>" for name, value in cards)
    metric = f"ndcg@{document['k']}"
    picture = interval_plot(_points(report, "ranking", metric), f"{metric} of each method and control, with 95 % intervals")
    warnings = "".join(f"<p>Warning: {escape(warning)}</p>" for warning in document["warnings"])
    means = f"{metric} on held-out items, of 0 to 1, higher is better. Lines: 95 % intervals over users."
    legend = f'<p class="muted">{means} Hollow: controls, which need no model.</p>'
    explained = "".join(f"<p>{escape(line)}</p>" for line in explained_lines(document))
    verdict = f'<p class="lead">{escape(closing_line(document, brief=True))}</p>{explained}'
    return f'{verdict}<ul class="cards">{said}</ul>{picture}{legend}{warnings}'


def _points(report: Report, group: str, metric: str) -> list[Point]:
    points = []
    for run in report.runs:
        spans = {(e.group, e.metric): (i.low, i.high) for e, i in run.intervals}
        name = run.method if len({r.seed for r in report.runs}) == 1 else f"{run.method} (seed {run.seed})"
        points += [
            Point(name, e.number, *spans.get((group, metric), (None, None)))
            for e in run.figures
            if (e.group, e.metric) == (group, metric) and e.number is not None
        ]
    first = report.runs[0] if report.runs else None
    yard = [
        (name, e.number)
        for name, es in (first.controls.items() if first else ())
        for e in es
        if (e.group, e.metric) == (group, metric)
    ]
    points += [Point(name, value, control=True) for name, value in yard if value is not None]
    return sorted(points, key=lambda point: -point.value)


def ranking(document: dict[str, Any], about: About) -> str:
    """Tables of rankings, and every comparison in words."""
    tables = "".join(group_table(document, group, about) for group in groups_of(document) if group in RANKED)
    said = "".join(f"<li>{escape(line)}</li>" for line in verdicts(document))
    terms = "".join(f"<p>{escape(line)}</p>" for line in own_terms(document))
    ways = {place: facts.direction for place, facts in about.items()}
    compared = "".join(f"<li>{escape(line)}</li>" for line in compared_in_words(document, ways))
    each_other = f"<h3>Methods against each other</h3><p>{escape(COMPARED)}</p><ul>{compared}</ul>" if compared else ""
    legend = f'<p class="muted">{escape(LEGEND)} Best of a column in bold.</p>'
    return f"{legend}{tables}{terms}<h3>Against the controls</h3><p>{escape(AGAINST)}</p><ul>{said}</ul>{each_other}"


def explanations(report: Report, document: dict[str, Any], about: About) -> str:
    """Curves of taking away and of keeping, then the tables."""
    drawn = "".join(
        f"<h3>{title}</h3><p>{words}</p>{curve_plot(series, STEPS, title)}"
        for key, title, words, start in (
            (
                "deletion",
                "What is left when the named features are taken away",
                "Share of the lead that is left. A good explanation falls fast.",
                1.0,
            ),
            (
                "insertion",
                "What the named features alone carry",
                "Share of the lead that is there with only these features. A good explanation rises fast.",
                0.0,
            ),
        )
        if (series := _curves(report, key, start))
    )
    tables = "".join(group_table(document, group, about) for group in groups_of(document) if group not in RANKED)
    return drawn + tables + "".join(f"<p>{escape(line)}</p>" for line in left_out(document))


def _curves(report: Report, key: str, start: float) -> list[tuple[str, list[float], bool]]:
    """A curve for each run, control and attribution that was measured at 1, 2 and 3 features; true: not of a run."""
    found: list[tuple[str, list[float], bool]] = []
    for run in report.runs:
        named = [(run.method, run.figures, False)] + (
            [(n, es, True) for n, es in (run.controls | run.attributions).items()] if run is report.runs[0] else []
        )
        for name, figures, control in named:
            values = {e.metric: e.number for e in figures if e.group == "fidelity"}
            steps = [values.get(f"{key}@{k}") for k in (1, 2, 3)]
            if all(value is not None for value in steps):
                found.append((name, [start, *(float(v) for v in steps if v is not None)], control))
    return found


def data_part(run: ExplainedRun) -> str:
    """How much there is, how long the tail is, and what the audit finds."""
    data = run.trained.data
    rows = [(str(name), f"{value:,}" if isinstance(value, int) else str(value)) for name, value in data.summary().items()]
    counts = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows)
    tails = ""
    for of, column, size in (("of a user", 0, data.n_users), ("of an item", 1, data.n_items)):
        pairs = np.bincount(data.train[:, column], minlength=size).tolist()
        tails += f"<h3>Training pairs {of}</h3>{tail_plot(pairs, f'training pairs {of}')}"
    findings = "".join(f"<li>{escape(f.severity)}: {escape(f.message)} ({f.count:,} of {f.total:,})</li>" for f in audit(data))
    found = f"<ul>{findings}</ul>" if findings else "<p>The audit found no problem.</p>"
    return f'<table class="facts">{counts}</table>{tails}<h3>Audit</h3>{found}'


def model_part(run: ExplainedRun) -> str:
    """Which features carry how much over all users: how often each is among the two that weigh most, first items of a sample."""
    data = run.trained.data
    known = np.flatnonzero(np.diff(data.user_features.offsets))
    drawn = np.random.default_rng(0).permutation(known)[:SAMPLED]
    counts: Counter[str] = Counter()
    for user in drawn.tolist():
        for _, why in zip(*explained_list(run, data.users[user], 1), strict=True):
            counts.update(_short(reason) for reason in why.reasons[:2] if reason.weight > 0)
    share = [(name, count / max(1, len(drawn))) for name, count in counts.most_common(12)]
    first = f"Share of {len(drawn)} users, drawn at random, for whose first item by {run.trained.method}"
    words = f"{first} a feature is one of the two that weigh most."
    return f"<p>{words}</p>{bar_plot(share, words)}"


def _short(reason: Reason) -> str:
    """A feature in a picture, where there is little room: of a liked item its title alone."""
    return reason.shown if reason.kind != HISTORY or not reason.title else f"liked {reason.title}"


def people(run: ExplainedRun, users: int, items: int) -> str:
    """Some users with their first items: those of whom most is known, and as many drawn at random."""
    data = run.trained.data
    known = telling_users(data, users)
    able = [u for u in np.flatnonzero(np.diff(data.user_features.offsets)).tolist() if data.users[u] not in known]
    drawn = [data.users[u] for u in np.random.default_rng(1).permutation(able)[:users].tolist()]
    out = f"<p>By {escape(run.trained.method)}, seed {run.trained.options.seed}.</p>"
    for title, chosen in (("Of whom much is known", known), ("Drawn at random", drawn)):
        out += f"<h3>{title}</h3>" + "".join(_person(run, user, items) for user in chosen)
    return out


def _person(run: ExplainedRun, user: str, items: int) -> str:
    best, reasons = explained_list(run, user, items)
    named = (escape(ENGLISH.called("item", titled_id(run.trained.data.items, item))) for item, _ in best)
    body = "".join(f"<h5>{name}</h5>{explanation_html(why)}" for name, why in zip(named, reasons, strict=True))
    return f"<article><h4>{escape(ENGLISH.called('user', titled_id(run.trained.data.users, user)))}</h4>{body}</article>"


def repeat(report: Report, runs: Sequence[ExplainedRun]) -> str:
    """Settings, versions, and the commands that make it again."""
    data = runs[0].trained.data
    facts = {
        "Data set": f"{data.name}, fingerprint {data.source.fingerprint}, kinds of features: {', '.join(data.kinds)}",
        "Protocol": f"{report.protocol}; split {data.settings.split}, seed {data.settings.seed}",
        "Lists": "the whole catalogue"
        if report.full_ranking
        else f"frozen lists of {data.settings.n_candidates} candidates a user",
    }
    for found, run in zip(report.runs, runs, strict=True):
        settings = ", ".join(f"{key} = {value}" for key, value in run.trained.recommender.config.model_dump().items())
        facts[f"Settings of {found.method} (seed {found.seed})"] = settings or "none"
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in facts.items())
    commands = "\n".join(_command(found, run) for found, run in zip(report.runs, runs, strict=True))
    return f'<table class="facts">{rows}</table><pre tabindex="0">{escape_lines(commands)}</pre>'


def _command(found: RunResult, run: ExplainedRun) -> str:
    trained = run.trained
    usual = type(trained.recommender.config)().model_dump()
    changed = sorted(f"--set {k}={v}" for k, v in trained.recommender.config.model_dump().items() if usual[k] != v)
    named = f"--explainer {trained.explainer.name}" if trained.explainer else f"--baseline {trained.recommender.name}"
    return " ".join(["pyexplain train", named, "--dataset DATASET", f"--seed {found.seed}", *changed])


def escape_lines(text: str) -> str:
    """The same of several lines."""
    return "\n".join(escape(line) for line in text.split("\n"))


def has_explanations(document: dict[str, Any]) -> bool:
    """Whether any run was explained."""
    return any(figures_of(run, group) for run in document["runs"] for group in groups_of(document) if group not in RANKED)
