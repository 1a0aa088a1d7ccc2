#!/usr/bin/env bash
# On a machine with a GPU and without a network: builds the package from this tree, runs the tests marked gpu, looks at the kernels with
# compute-sanitizer, and measures (python -m tools.gpu). Seven minutes; the table comes last. The exit status says whether all went well.
#   OUT=FOLDER    for logs and the table (gpu_out)          WHEELS=FOLDER  of wheels that the machine lacks (.whl)
#   PYTHON=...    interpreter that has torch (python3)      ARGS="..."     for python -m tools.gpu
#   BUILD=0       the interpreter has the package, built    SANITIZE=0     without compute-sanitizer
# To try it without a GPU: DEVICE=cpu BUILD=0 ARGS="--small --only correct" bash tools/gpu/check.sh
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
top=$PWD
python=${PYTHON:-python3}
device=${DEVICE:-cuda}
out=$(realpath -m "${OUT:-gpu_out}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$out"
failed=0
step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

if [ "${BUILD:-1}" = 1 ]; then
  step "building with $(nvcc --version | grep release)"
  pip=("$python" -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --upgrade --target "$scratch/site")
  for wheel in "${WHEELS:-.whl}"/*.whl; do
    [ -e "$wheel" ] && { "${pip[@]}" "$wheel" || exit 1; }
  done
  mkdir "$scratch/src"
  cp -r CMakeLists.txt pyproject.toml README.md LICENSE csrc pyexplain plugins "$scratch/src/"
  (cd "$scratch/src" && PYEXPLAIN_CUDA=ON CMAKE_BUILD_PARALLEL_LEVEL=$(nproc) "${pip[@]}" --no-build-isolation . >"$out/build.log" 2>&1) ||
    { tail -30 "$out/build.log"; exit 1; }
  export PYTHONPATH=$scratch/site
fi

# Away from the tree, whose pyexplain has no module built for this machine.
mkdir -p "$scratch/run/tools"
cp -r tests benchmarks csrc pyproject.toml "$scratch/run/"
cp -r tools/gpu "$scratch/run/tools/"
cd "$scratch/run" || exit 1
if [ "$device" = cuda ]; then
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
  step "tests marked gpu"
  several=$("$python" -c 'import xdist' 2>/dev/null && echo "-n 6" || true)
  # shellcheck disable=SC2086
  timeout 180 "$python" -m pytest -m gpu -p no:cacheprovider -rfEs --tb=short $several tests/ops tests/on_card tests/emulated/test_end_to_end.py tests/emulated/test_replayed.py \
    >"$out/tests.log" 2>&1 || failed=1
  grep -E '^(FAILED|ERROR)|passed|failed' "$out/tests.log" | cut -c 1-160 | tail -40
  if [ "${SANITIZE:-1}" = 1 ] && command -v compute-sanitizer >/dev/null; then
    for tool in memcheck racecheck initcheck; do
      step "compute-sanitizer $tool"
      # Of our kernels alone; initcheck of all, for what torch's kernels wrote would count as written by nobody.
      ours=(--kernel-name kernel_substring=pyexplain)
      [ "$tool" = initcheck ] && ours=(--show-backtrace no)
      PYTORCH_NO_CUDA_MEMORY_CACHING=1 timeout 60 compute-sanitizer --tool "$tool" --error-exitcode 9 "${ours[@]}" \
        "$python" -m tools.gpu --only correct --small >"$out/$tool.log" 2>&1 || failed=1
      grep -E 'ERROR SUMMARY|RACECHECK SUMMARY|not supported|Error:' "$out/$tool.log" | tail -2
    done
  fi
fi
step "measuring"
# shellcheck disable=SC2086
PYTHONUNBUFFERED=1 timeout "${LIMIT:-250}" "$python" -m tools.gpu --device "$device" --out "$out" ${ARGS:-} 2>&1 | tee "$out/measured.log" || failed=1
step "done; logs in ${out#"$top"/}"
exit $failed
