"""A one-file HTML report without scripts: data, protocol, settings, tables with controls, verdicts, explained examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..data.files import write_atomically
from ..evaluation.report import Report
from .demo import explained_list, telling_users
from .evaluation import figures_of, groups_of, marked, seed_rows, title_of
from .harmless import escape
from .html import bar, explanation_html
from .names import titled_id
from .recommendations import ExplainedRun
from .verdicts import LEGEND, closing_line, own_terms, verdicts

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}
h1,h2{line-height:1.2}table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .9rem .25rem 0;text-align:right}th:first-child,td:first-child{text-align:left}
thead th{border-bottom:2px solid #111}tr.control{color:#444}caption{text-align:left;font-weight:600;padding:.3rem 0}
article{border-top:1px solid #bbb;padding:.5rem 0}q{font-style:italic}
@media print{body{margin:0;max-width:none}article{break-inside:avoid}}
"""


def write_report(path: Path, report: Report, run: ExplainedRun, users: int = 3, items: int = 2) -> None:
    """Write the report of an evaluation, with explained recommendations of `run` for some users; whole or not at all."""
    text = report_html(report, run, users, items)
    write_atomically(path, lambda temporary: _write(temporary, text))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def report_html(report: Report, run: ExplainedRun, users: int, items: int) -> str:
    """The page; every text from outside is escaped, nothing is loaded from elsewhere."""
    document = report.to_dict()
    title = f"{document['dataset']['name']}: {', '.join(r['method'] for r in document['runs'])}"
    parts = [f"<h1>{escape(title)}</h1>", f"<p><strong>{escape(closing_line(document))}</strong></p>", _facts(document, run)]
    parts += [f"<p>Warning: {escape(warning)}</p>" for warning in document["warnings"]]
    parts += [f"<p>{escape(line)}</p>" for line in own_terms(document)]
    parts += [f"<p>{escape(LEGEND)}</p>", *(group_table(document, group) for group in groups_of(document))]
    parts.append("<h2>Against the controls</h2><ul>" + "".join(f"<li>{escape(v)}</li>" for v in verdicts(document)) + "</ul>")
    if run.trained.explainer is not None:
        parts.append("<h2>Recommendations, explained</h2>" + "".join(_examples(run, users, items)))
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _facts(document: dict[str, Any], run: ExplainedRun) -> str:
    data = run.trained.data
    rows = {
        "Protocol": document["protocol"],
        "Data set": f"{data.name}, fingerprint {data.fingerprint}",
        "Size": f"{data.n_users:,} users, {data.n_items:,} items, {data.n_features:,} features",
        "Pairs": f"{len(data.train):,} training, {len(data.valid):,} validation, {len(data.test):,} test",
        "Split": f"{data.settings.split}, seed {data.settings.seed}",
        "Candidates": document["candidates"],
        "Settings": ", ".join(f"{k} = {v}" for k, v in run.trained.recommender.config.model_dump().items()),
    }
    cells = "".join(
        f'<tr><th scope="row">{escape(k)}</th><td style="text-align:left">{escape(v)}</td></tr>' for k, v in rows.items()
    )
    return f"<table>{cells}</table>"


def group_table(document: dict[str, Any], group: str) -> str:
    """One group of figures: runs, means over seeds, controls."""
    metrics = list(dict.fromkeys(m for run in document["runs"] for m in figures_of(run, group)))
    head = "".join(f'<th scope="col">{escape(m)}</th>' for m in ("method", *metrics))
    rows = [
        _row(f"{run['method']} (seed {run['seed']})", figures_of(run, group), metrics, "", run["lift"].get(group))
        for run in document["runs"]
    ]
    rows += [_line(name, cells, "") for name, cells in seed_rows(document, group, metrics, " ")]
    controls = document["runs"][0]["controls"] if document["runs"] else {}
    rows += [_row(f"control: {n}", figures_of(c, group), metrics, "control") for n, c in controls.items() if figures_of(c, group)]
    caption = title_of(document, group)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _row(name: str, figures: dict[str, Any], metrics: list[str], kind: str, lifts: dict[str, Any] | None = None) -> str:
    return _line(name, [_cell(m, figures.get(m), (lifts or {}).get(m)) for m in metrics], kind)


def _line(name: str, texts: list[str], kind: str) -> str:
    cells = "".join(f"<td>{text}</td>" for text in texts)
    return f'<tr class="{kind}"><th scope="row" style="font-weight:normal">{escape(name)}</th>{cells}</tr>'


def _cell(metric: str, value: float | None, lift: dict[str, Any] | None) -> str:
    drawn = value is not None and metric.startswith(("ndcg", "f1"))
    return (bar(value, 40) + " " if drawn and value is not None else "") + marked(value, lift)


def _examples(run: ExplainedRun, users: int, items: int) -> list[str]:
    out = []
    for user in telling_users(run.trained.data, users):
        best, reasons = explained_list(run, user, items)
        named = (escape(titled_id(run.trained.data.items, item)) for item, _ in best)
        body = "".join(f"<h4>{name}</h4>{explanation_html(why)}" for name, why in zip(named, reasons, strict=True))
        out.append(f"<article><h3>{escape(titled_id(run.trained.data.users, user))}</h3>{body}</article>")
    return out
