#!/usr/bin/env bash
# Compiles csrc/cuda for sm_80, sm_90 and PTX, and prints of each kernel its registers, shared memory, stack and spills; 1 where one
# spills or uses a stack, or nvcc says anything else. Wants nvcc, and no card. Files of csrc/cuda may be named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
[ $# -gt 0 ] || set -- csrc/cuda/*.cu
for source in "$@"; do
  nvcc -std=c++17 -O3 -Icsrc -c "$source" -o "$scratch/out.o" -Xptxas -v \
    -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 -gencode arch=compute_90,code=compute_90 2>"$scratch/said" ||
    { cat "$scratch/said"; exit 1; }
  awk -v source="$(basename "$source" .cu)" '
    /Compiling entry function/ { for (i = 1; i <= NF; ++i) { if ($i ~ /^\x27_Z/) kernel = $i; if ($i ~ /sm_/) arch = $i } gsub(/\x27/, "", kernel); gsub(/\x27/, "", arch) }
    /stack frame/ { stack = $1; spills = $5 + $9 }
    /Used [0-9]+ registers/ { shared = 0; for (i = 1; i <= NF; ++i) { if ($i == "Used") registers = $(i + 1); if ($i == "smem," || $i == "smem") shared = $(i - 2) }
      print source, kernel, arch, registers, shared, stack, spills }
    /warning|error/ { print "SAYS " $0 }' "$scratch/said"
done | c++filt -t | {
  printf '%-22s %-34s %-6s %9s %6s %5s %6s\n' source kernel arch registers shared stack spills
  while read -r line; do
    case $line in SAYS*) echo "$line"; status=1; continue ;; esac
    # the kernel's name: what stands before its arguments
    source=${line%% *}; numbers=$(awk '{ print $(NF-4), $(NF-3), $(NF-2), $(NF-1), $NF }' <<<"$line")
    kernel=$(sed -E "s/^$source (void )?//; s/\(.*//; s/[A-Za-z_]+:://g; s/ //g" <<<"${line//(anonymous namespace)::/}")
    # shellcheck disable=SC2086
    set -- $numbers
    printf '%-22s %-34s %-6s %9s %6s %5s %6s\n' "$source" "$kernel" "$@"
    [ "$4" = 0 ] && [ "$5" = 0 ] || status=1
  done
  exit $status
}
