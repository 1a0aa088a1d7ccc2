"""What an evaluation says of its methods: a mark beside each figure, one closing line, and for the report every comparison."""

from __future__ import annotations

from math import floor
from typing import Any

from .text import harmless, listed

Gain = dict[str, Any]
ABOVE, BELOW, LEVEL = "▲", "▼", "≈"
AGAINST = "Each method less the best control of a figure, with the 95 % interval over users; several seeds as their mean."
ROBUST = " (--robust measures them)"
WHY = {
    "noisy": ROBUST,
    "randomised": ROBUST,
    "reseeded": ROBUST,
    "--robust": ROBUST,
    "change": ": they are of changes, and none is named",
}
RIVALS = {"control": "lift", "attribution": "lift_over_attributions"}
LEGEND = (
    f"{ABOVE} better than the best control, {BELOW} worse, {LEVEL} no significant difference (95 % paired bootstrap over users)."
)


def mark(gain: Gain | None) -> str:
    """ABOVE, BELOW or LEVEL; nothing where the figure is not compared with controls."""
    if gain is None:
        return ""
    return ABOVE if gain["low"] > 0 else BELOW if gain["high"] < 0 else LEVEL


def closing_line(document: dict[str, Any], brief: bool = False) -> str:
    """The one line that says what holds: who ranks above the best control, by how much, or that nobody does; then in what
    explanations do not beat the controls and the attributions (not where it is to be brief), and whether what was printed is true,
    where that was measured."""
    return f"{_ranking(document)}{'' if brief else _explanations(document)}{_statements(document)}."


def closing_lines(document: dict[str, Any]) -> list[str]:
    """The same in lines: one, or of several methods a line for the explanations of each."""
    said = explained_lines(document)
    return [closing_line(document)] if len(said) < 2 else [closing_line(document, brief=True), *said]


def explained_lines(document: dict[str, Any]) -> list[str]:
    """The part that a brief line leaves out, a sentence a method."""
    return [clause[0].upper() + clause[1:] + "." for clause in _explanations(document).split("; ") if clause]


def _ranking(document: dict[str, Any]) -> str:
    metric = f"ndcg@{document['k']}"
    found = standings(document, "ranking", metric)
    if not found:
        return f"The ranking cannot be judged: no control has a value of {metric} to compare with"
    if len(found) == 1:
        [(method, gain)] = found.items()
        return _alone(document, method, metric, gain)
    return _several(found, metric)


def _several(found: dict[str, Gain], metric: str) -> str:
    """All of them stand beside the same controls, on the same lists."""
    control = next(iter(found.values()))["control"]
    above = sorted((m for m in found if mark(found[m]) == ABOVE), key=lambda m: -float(found[m]["difference"]))
    if not above:
        return f"None of {len(found)} methods ranks above the best control ({control}) in {metric}"
    said = listed([f"{harmless(m)} by {found[m]['difference']:.3f}" for m in above])
    verb = "ranks" if len(above) == 1 else "rank"
    others = listed([harmless(m) for m in found if m not in above])
    rest = f"; {others} {'does' if len(found) - len(above) == 1 else 'do'} not" if others else ""
    return f"{len(above)} of {len(found)} methods {verb} above the best control ({control}) in {metric}: {said}{rest}"


def _alone(document: dict[str, Any], method: str, metric: str, gain: Gain) -> str:
    difference, method = gain["difference"], harmless(method)
    span = f"{metric} [{gain['low']:+.3f}, {gain['high']:+.3f}]{_seeds(document)}"
    if mark(gain) == LEVEL:
        return f"{method} does not differ significantly from the best control ({gain['control']}): {difference:+.3f} {span}"
    where = "above" if mark(gain) == ABOVE else "below"
    return f"{method} ranks {where} the best control ({gain['control']}) by {abs(difference):.3f} {span}"


def _seeds(document: dict[str, Any]) -> str:
    return f", mean of {len(document['runs'])} seeds" if len(document["runs"]) > 1 else ""


def _explanations(document: dict[str, Any]) -> str:
    """Of each method, in what its explanations do not beat the best control or the best attribution: deletion, and agreement."""
    told = [("faithfulness", "deletion", "deletion"), ("agreement", f"ndcg@{document['k']}", f"agreement (ndcg@{document['k']})")]
    explained = [run["method"] for run in document["runs"] if "explanations" in run]
    said = []
    for method in dict.fromkeys(explained):
        missed: dict[str, list[str]] = {}
        measured = []
        for kind, key in RIVALS.items():
            for group, metric, name in told:
                gain = standings(document, group, metric, key).get(method)
                if gain is not None:
                    measured.append(name)
                    if mark(gain) != ABOVE:
                        missed.setdefault(f"the {kind} {gain[kind]}", []).append(name)
        rivals = [f"{rival} in {listed(names)}" for rival, names in missed.items()]
        if rivals:
            said.append(f"explanations of {harmless(method)} do not beat {', nor '.join(rivals)}")
        elif measured:
            said.append(f"explanations of {harmless(method)} beat all beside them in {listed(list(dict.fromkeys(measured)))}")
    return "".join(f"; {clause}" for clause in said)


def _statements(document: dict[str, Any]) -> str:
    """Of the worst kind of statement of any method, and the coverage: from the least to the greatest, and whose they are."""
    said_by = [run for run in document["runs"] if "statements" in run.get("explanations", {})]
    found = [run["explanations"]["statements"] for run in said_by]
    shares = [(share, kind) for kinds in found for kind, share in kinds.items() if kind != "coverage" and share is not None]
    if not shares:
        return ""
    worst, kind = min(shares)
    said = (
        "every printed statement holds"
        if worst == 1
        else f"of the printed statements not all hold ({kind}: {floor(worst * 1000) / 10:.1f}%)"
    )
    return f"; {said}{_covered([(run['method'], run['explanations']['statements'].get('coverage')) for run in said_by])}"


def _covered(shares: list[tuple[str, float | None]]) -> str:
    """How many top items have a reason; by whom, where that is not the same of all methods."""
    known = sorted((share, method) for method, share in shares if share is not None)
    if not known:
        return ""
    (low, worst), (high, best) = known[0], known[-1]
    least = (
        f"{low:.0%}" if f"{low:.0%}" == f"{high:.0%}" else f"from {low:.0%} ({harmless(worst)}) to {high:.0%} ({harmless(best)})"
    )
    return f", and {least} of top items have a reason"


def standings(document: dict[str, Any], group: str, metric: str, key: str = "lift") -> dict[str, Gain]:
    """method -> its gain over the best control: of the mean over seeds where there is one, else of its first run that has one.
    key: "lift_over_attributions" for that over the best attribution."""
    out = {method: gain for (method, g, m), gain in averaged_gains(document, key).items() if (g, m) == (group, metric)}
    for run in document["runs"]:
        gain = run.get(key, {}).get(group, {}).get(metric)
        if gain is not None:
            out.setdefault(run["method"], gain)
    order = list(dict.fromkeys(run["method"] for run in document["runs"]))
    return {method: out[method] for method in order if method in out}


def averaged_gains(document: dict[str, Any], key: str = "lift") -> dict[tuple[str, str, str], Gain]:
    """(method, group, metric) -> the gain of the mean over seeds."""
    return {
        (method, group, metric): found[key]
        for method, groups in document["over_seeds"].items()
        for group, metrics in groups.items()
        for metric, found in metrics.items()
        if key in found
    }


def own_terms(document: dict[str, Any]) -> list[str]:
    """In how many epochs of the kept models the methods' own terms took part, for runs whose method adds one to plain BPR."""
    known = [(run["run"], run["auxiliary_epochs"]) for run in document["runs"] if run.get("auxiliary_epochs") is not None]
    each = ", ".join(f"{name}: {epochs}" for name, epochs in known)
    return [f"Epochs of the kept model in which the method's own term took part ({each})."] if known else []


def not_measured(document: dict[str, Any]) -> list[str]:
    """What was left out, why, and how to have it measured; not what is of sentences, which few methods write."""
    left: dict[tuple[str, str], list[str]] = {}
    for run in document["runs"]:
        for name, needs in run.get("skipped", {}).items():
            why = next((said for need, said in WHY.items() if need in needs), "")
            if "sentences" not in needs and run["method"] not in left.setdefault((name, why), []):
                left[name, why].append(run["method"])
    methods = dict.fromkeys(run["method"] for run in document["runs"])
    by_whom: dict[tuple[str, str], list[str]] = {}
    for (name, why), who in sorted(left.items()):
        by_whom.setdefault(("" if len(who) == len(methods) else f" of {', '.join(who)}", why), []).append(name)
    return [f"Not measured{who}: {', '.join(names)}{why}." for (who, why), names in sorted(by_whom.items())]


def verdicts(document: dict[str, Any]) -> list[str]:
    """A line for each comparison with the best control, who of them is better; of a method with several seeds by their mean."""
    telling = {f"ndcg@{document['k']}", f"f1@{document['k']}"}
    averaged = {place: gain for place, gain in averaged_gains(document).items() if place[2] in telling}
    lines = [_of_mean(document, *place, gain) for place, gain in averaged.items()]
    for run in document["runs"]:
        for group, metrics in run.get("lift", {}).items():
            single = {m: gain for m, gain in metrics.items() if m in telling and (run["method"], group, m) not in averaged}
            lines += [f"{_verdict(run['method'], group, metric, gain)}." for metric, gain in single.items()]
    return list(dict.fromkeys(lines))


def _of_mean(document: dict[str, Any], method: str, group: str, metric: str, gain: Gain) -> str:
    alone = [run["lift"][group][metric]["beats"] for run in document["runs"] if run["method"] == method]
    return f"{_verdict(method, group, metric, gain)}; mean of {len(alone)} seeds, {sum(alone)} of which are better alone."


def _verdict(method: str, group: str, metric: str, gain: Gain) -> str:
    better = {ABOVE: method, BELOW: gain["control"], LEVEL: None}[mark(gain)]
    said = f"{better} is better" if better else "not clear of zero"
    span = f"{gain['difference']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"
    return f"{group.replace('_', ' ')} {metric}: {method} less {gain['control']} {span}: {said}"
