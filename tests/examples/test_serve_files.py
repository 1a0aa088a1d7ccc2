"""The Dockerfile and the Compose file of the service: their form, and that they call the command as it is."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
import yaml

from pyexplain.cli import demo
from pyexplain.cli.serve import TOKEN, command

FOLDER = Path(__file__).parents[2] / "examples" / "serve"
INSTRUCTIONS = {"FROM", "RUN", "WORKDIR", "COPY", "ARG", "USER", "ENV", "EXPOSE", "HEALTHCHECK", "CMD", "ENTRYPOINT"}


def instructions() -> list[tuple[str, str]]:
    """Of the Dockerfile, lines that go on joined."""
    text = re.sub(r"\\\n", " ", (FOLDER / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines]


def test_the_dockerfile_starts_the_service_as_somebody_without_rights() -> None:
    found = instructions()
    assert {name for name, _ in found} <= INSTRUCTIONS
    words = json.loads(dict(found)["ENTRYPOINT"])  # the exec form: a shell would keep the signal to itself
    assert words[:2] == ["pyexplain", "serve"]
    parsed = command.make_context("serve", words[2:], resilient_parsing=False).params
    assert parsed["host"] == "0.0.0.0"
    after = [name for name, _ in found][[name for name, _ in found].index("USER") :]
    assert "RUN" not in after


def test_the_compose_file_gives_what_the_service_needs() -> None:
    service = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]["pyexplain"]
    assert TOKEN in service["environment"]
    assert service["read_only"] is True
    entry = json.loads(dict(instructions())["ENTRYPOINT"])
    assert all(volume.endswith(":ro") for volume in service["volumes"])
    assert {volume.rsplit(":", 2)[1] for volume in service["volumes"]} == {word for word in entry if word.endswith("-folder")}
    command.make_context("serve", [*entry[2:], *service["command"]])
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


@pytest.mark.parametrize("name", ["dockerfile", "context"])
def test_what_the_compose_file_builds_from_is_there(name: str) -> None:
    build = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]["pyexplain"]["build"]
    root = FOLDER / build["context"]
    assert (root / build["dockerfile"] if name == "dockerfile" else root / "pyproject.toml").is_file()


def test_what_it_serves_by_default_is_what_the_demo_writes() -> None:
    """`make demo` writes demo/run and demo/dataset beside the repository's Makefile."""
    volumes = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]["pyexplain"]["volumes"]
    source = inspect.getsource(demo)
    for volume in volumes:
        folder = re.search(r":-\.\./\.\./demo/(\w+)}", volume)
        assert folder
        assert f'out / "{folder[1]}"' in source
