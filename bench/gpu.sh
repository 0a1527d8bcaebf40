#!/bin/bash
# bench/gpu.sh BUILD-FOLDER [--quick]: what is to be seen on a GPU, in at most twelve minutes. Builds nothing.
#
#   the kernels' tests; Tessera's figures (bench/gpu_rows.cpp), those of CuPy, JAX and PyTorch (bench/peers/gpu_peers.py; each where python3
#   has it), and the table of both with what is to be reached (bench/gpu_table.py); then users' kernels, products, what goes through the GPU, the
#   session's tests, compute-sanitizer on the kernels where it is found, NumPy's comparisons on the GPU, matmul on CPU and GPU
#
# All of it goes to bench/results/DATE-gpu.txt, too, with card and commit, and each round's seconds to DATE-gpu.jsonl. --quick: small, and beside
# the simulated driver (TESSERA_CUDA_DRIVER, TESSERA_NVRTC) nothing that a GPU is needed for, peers on the CPU: does the script still run?
# TESSERA_PYTHON: another Python than python3. TESSERA_GPU_SECONDS: fewer than twelve minutes (715). Ends with 1 when something failed.
set -u
build=${1:?"bench/gpu.sh BUILD-FOLDER [--quick]"}
quick=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
tests=$build/tests/devices/cuda
results=${TESSERA_GPU_RESULTS:-$here/results/$(date +%F)-gpu.txt}
figures=${results%.txt}.jsonl
python=${TESSERA_PYTHON:-python3}
failed=0
deadline=$((SECONDS + ${TESSERA_GPU_SECONDS:-715}))
kept=0  # of the seconds until then, for what comes later

# what, seconds that it may take, command. Shows the last 40 lines of it, or `lines`.
step() {
  local what=$1 limit=$2 status left=$((deadline - kept - SECONDS))
  shift 2
  if [ $left -le 0 ]; then
    echo "--- $what: left out, no time is left"
    failed=1
    return
  fi
  [ "$limit" -le $left ] || limit=$left
  echo "--- $what"
  timeout -k 5 "$limit" "$@" 2>&1 | tail -n "${lines:-40}"
  status=${PIPESTATUS[0]}
  if [ "$status" -ne 0 ]; then
    echo "--- $what: failed ($status)"
    failed=1
  fi
}

# name, seconds
peer() {
  # shellcheck disable=SC2016
  step "$1, as a peer" "$2" bash -c 'exec "$@" >>"$0"' "$figures" "$python" "$here/peers/gpu_peers.py" "$1" "${sizes[@]}" "${rehearse[@]}"
}

all() {
  date
  git -C "$here" log -1 --format='commit %h, %s' 2>/dev/null
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv,noheader 2>/dev/null || echo "no nvidia-smi"
  local filter=() rehearse=() rehearsal=() sizes=(--bytes $((4 << 30)) --points 10000000000 --rows 10000)
  if [ "$quick" = --quick ]; then
    filter=(--gtest_filter=*loat64*:*Any*:*Uniform*)
    sizes=(--bytes $((4 << 20)) --points 200000 --rows 320 --rounds 1)
    rehearse=(--rehearse)
    rehearsal=(--rehearsal)
  fi
  kept=385  # what the table may take
  for test in kernels folds generators functions issues; do
    step "cuda_${test}_test" 90 "$tests/cuda_${test}_test" --gtest_brief=1 "${filter[@]}"
  done
  kept=225
  step "Tessera's figures" 160 "$build/bench/gpu_rows" "${sizes[@]}" --json "$figures"
  if command -v "$python" >/dev/null; then
    kept=130 peer cupy 95
    kept=55 peer jax 75
    kept=10 peer torch 45
    kept=0 lines=200 step "the table: arrays of ${sizes[1]} bytes, pi of ${sizes[3]} points, matrices of ${sizes[5]} rows" 10 \
      "$python" "$here/gpu_table.py" "$figures" "${rehearsal[@]}"
  else
    echo "--- peers and the table: left out, there is no $python"
  fi
  kept=0
  for test in user_kernels products states streamed dlpack; do
    step "cuda_${test}_test" 60 "$tests/cuda_${test}_test" --gtest_brief=1
  done
  [ "$quick" = --quick ] || step "cuda_session_test" 120 "$tests/cuda_session_test" --gtest_brief=1
  if command -v compute-sanitizer >/dev/null && [ "$quick" != --quick ]; then
    for tool in memcheck racecheck; do
      step "compute-sanitizer $tool" 120 compute-sanitizer --tool $tool --error-exitcode 1 \
        "$tests/cuda_folds_test" --gtest_brief=1 --gtest_filter=*float64*:*uint8*
    done
  else
    echo "--- compute-sanitizer: left out"
  fi
  if [ "$quick" != --quick ] && [ -x "$build/tests/distributed/numpy_test" ]; then
    TESSERA_DEVICE=cuda TESSERA_GOLDEN=$build/tests/distributed/golden \
      step "numpy_test on the GPU" 120 "$build/tests/distributed/numpy_test" --gtest_brief=1
  fi
  if [ -x "$build/bin/matmul" ] && [ "$quick" != --quick ]; then
    for type in float32 float64; do
      for device in cpu cuda; do
        TESSERA_DEVICE=$device step "matmul of $type on $device" 60 "$build/bin/matmul" 10000 $type
      done
    done
    TESSERA_DEVICE=cuda TESSERA_TF32=1 step "matmul of float32 in TF32" 60 "$build/bin/matmul" 10000 float32
  else
    echo "--- matmul: left out"
  fi
  [ $failed -eq 0 ] && echo "--- all went well"
  return $failed
}

mkdir -p "$(dirname "$results")"
rm -f "$figures"
all | tee "$results"
exit "${PIPESTATUS[0]}"
