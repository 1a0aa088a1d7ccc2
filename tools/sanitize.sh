#!/usr/bin/env bash
# Builds the native module and the emulated CUDA kernels with AddressSanitizer under build/, the former with UndefinedBehaviorSanitizer
# too, and runs their tests on them.
# PYTHON names the interpreter (default: .venv/bin/python). Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-$PWD/.venv/bin/python}
build=$PWD/build/sanitize
stage=$build/stage

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DPYEXPLAIN_SANITIZE=ON -DPYEXPLAIN_EMULATE=ON -DPYEXPLAIN_CUDA=OFF -DSKBUILD_PROJECT_VERSION=sanitize \
  -DPython_EXECUTABLE="$python" -Dpybind11_DIR="$("$python" -m pybind11 --cmakedir)" >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
cmake --build "$build" >>"$build.log" 2>&1 || { cat "$build.log"; exit 1; }

# A package of its own, in front of the installed one: this tree's Python and the module just built.
rm -rf "$stage"
mkdir -p "$stage"
cp -r pyexplain "$stage/pyexplain"
cp -r plugins "$stage/pyexplain/plugins"
cp "$build"/_native*.so "$stage/pyexplain/ops/"

# -S: an editable install would put its own finder first; -P: the working directory holds a tree without the module
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export PYTHONPATH=$stage:$PWD:$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))') PYTHONDONTWRITEBYTECODE=1 PYEXPLAIN_EMULATED=$build
LD_PRELOAD="$(g++ -print-file-name=libasan.so):$(g++ -print-file-name=libubsan.so)" "$python" -S -P -c '
import sys
import pyexplain.ops.native as native
assert native.native().version == "sanitize", native.native().__file__
import pytest
sys.exit(pytest.main(sys.argv[1:]))
' tests/ops tests/emulated/test_kernels.py -q -p no:cacheprovider --rootdir . "$@"
