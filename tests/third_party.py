"""Third-party packages for tests: a module and the metadata that an installer would write, in a folder for sys.path."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent


def install(folder: Path, package: str, code: str, *, plugin: str | None = None, module: str | None = None) -> str:
    """Write `package` 1.0 into folder with one module, and an entry point `plugin` to it; the module's name."""
    module = module or package.replace("-", "_")
    (folder / f"{module}.py").write_text(dedent(code), encoding="utf-8")
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[pyexplain]\n{plugin or module} = {module}\n", encoding="utf-8")
    return module


GOOD = """
    from pyexplain import hookimpl
    from pyexplain.explainers import Explainer, Explanations
    from pyexplain.recommenders import Recommender

    class Echoing(Explainer):
        name = "{name}"
        comes_with = "vbpr"

        def explain(self, pairs, against=None):
            weights = self.data.user_features.select(pairs[:, 0])
            return Explanations(self.name, pairs[:, 0], pairs[:, 1], weights, self.data.features.fingerprint, against)

    @hookimpl
    def pyexplain_explainers():
        return [Echoing]
"""
