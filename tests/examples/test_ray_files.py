"""The files for clusters: their form, that they hang together, and that they call the command as it is."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from pyexplain.cli.explain import command

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "ray"


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def groups() -> list[dict[str, Any]]:
    """Of the job: the head and the workers."""
    spec = read("rayjob.yaml")["spec"]["rayClusterSpec"]
    return [spec["headGroupSpec"], *spec["workerGroupSpecs"]]


@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: pip install 'pyexplain[ray]'")
def test_the_cluster_file_is_what_ray_takes() -> None:
    import jsonschema

    spec = find_spec("ray")
    assert spec is not None
    assert spec.origin is not None
    schema = json.loads((Path(spec.origin).parent / "autoscaler" / "ray-schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(read("cluster.yaml"), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(read("cluster.yaml") | {"workers": 3}, schema)


def test_the_cluster_file_hangs_together() -> None:
    cluster = read("cluster.yaml")
    assert cluster["max_workers"] == len(cluster["provider"]["worker_ips"])
    head, worker = cluster["head_start_ray_commands"][-1], cluster["worker_start_ray_commands"][-1]
    port = re.search(r"--port=(\d+)", head)
    assert port
    assert f"--address=$RAY_HEAD_IP:{port[1]}" in worker


def test_the_job_has_the_form_of_a_rayjob() -> None:
    job = read("rayjob.yaml")
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    known = {"entrypoint", "shutdownAfterJobFinishes", "ttlSecondsAfterFinished", "backoffLimit", "rayClusterSpec"}
    assert set(job["spec"]) == known
    assert set(job["spec"]["rayClusterSpec"]) == {"rayVersion", "headGroupSpec", "workerGroupSpecs"}
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", job["metadata"]["name"])
    for group in groups():
        assert all(isinstance(value, str) for value in group["rayStartParams"].values()), "KubeRay takes texts alone"
        pod = group["template"]["spec"]
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
            assert container["resources"]["requests"] == container["resources"]["limits"]
    for workers in groups()[1:]:
        assert workers["minReplicas"] <= workers["replicas"] <= workers["maxReplicas"]


def test_the_job_calls_the_command_as_it_is() -> None:
    words = read("rayjob.yaml")["spec"]["entrypoint"].split()
    commented = re.findall(r"#   (pyexplain .*)", (FOLDER / "cluster.yaml").read_text(encoding="utf-8"))
    for called in (words, *(line.split() for line in commented)):
        assert called[:2] == ["pyexplain", "explain"]
        params = command.make_context("explain", called[2:]).params
        assert (params["engine"], params["ray_address"], params["everyone"]) == ("ray", "auto", True)
        assert str(params["out"]).startswith("/data/")


def test_all_name_one_image_and_the_version_that_is_installed() -> None:
    images = {container["image"] for group in groups() for container in group["template"]["spec"]["containers"]}
    assert images == {read("cluster.yaml")["docker"]["image"]} == {"pyexplain-ray"}
    dockerfile = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    assert "-t pyexplain-ray" in dockerfile
    assert "--constraint constraints.txt" in dockerfile
    bound = re.search(r"^ray==(.*)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert bound
    assert read("rayjob.yaml")["spec"]["rayClusterSpec"]["rayVersion"] == bound[1]
