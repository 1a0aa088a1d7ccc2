"""Who trains: what is refused before anything is started, and that Ray is not imported by who does not ask for it."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from ..warm import warm
from .conftest import Made, run

RAY = ("--engine", "ray")


def said(made: Made, out: Path, *words: object) -> str:
    """The error."""
    found = run(*map(str, ["train", "--baseline", "ease", "--dataset", made.dataset, "--out", out, *words]))
    assert found.exit_code == 2
    assert not out.exists()
    return " ".join(found.output.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((*RAY, "--workers", 2, "--device", "cuda"), "Error: --device: several processes train on the processor Leave it out"),
        ((*RAY, "--device", "cuda"), "Error: --device: workers of Ray train on the processor Leave it out, or --engine ray."),
        (("--workers", 2), "Error: --workers: this process trains by itself Say --engine ray, or: torchrun --nproc-per-node 2"),
        (("--ray-address", "auto"), "Error: --ray-address: the engine local reaches no cluster Say --engine ray."),
    ],
)
def test_what_does_not_go_together(made: Made, tmp_path: Path, words: tuple[object, ...], message: str) -> None:
    assert message in said(made, tmp_path / "run", *words)


def test_not_under_torchrun(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    assert "Error: --engine: torchrun has started the processes" in said(made, tmp_path / "run", *RAY)


def test_without_the_package_the_extra_is_named(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] == "ray":
            raise ImportError("No module named 'ray'", name="ray")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "needs the package ray Install it: pip install 'pyexplain[ray]'" in said(made, tmp_path / "run", *RAY)


def test_who_does_not_ask_for_ray_does_not_import_it(made: Made, tmp_path: Path) -> None:
    words = ["train", "--baseline", "ease", "--dataset", str(made.dataset), "--out", str(tmp_path / "run"), "--workers", "1"]
    script = (
        f"import sys\nfrom pyexplain.cli import main\ntry:\n    main({words!r})\nexcept SystemExit as end:\n    print(end.code)\n"
        "print({name.split('.')[0] for name in sys.modules} & {'ray'}, {'pyexplain.engines.on_ray'} & set(sys.modules))"
    )
    done = warm().run("-c", script)
    assert done.stdout.splitlines()[-2:] == ["0", "set() set()"], done.stderr
