#!/bin/bash
# bench/gpu.sh BUILD-FOLDER [--quick]: what is to be seen on a GPU, in at most twelve minutes. Builds nothing.
#
#   the kernels' tests and the session's, users' kernels, products, what goes through the GPU, NumPy's comparisons on the GPU, compute-sanitizer on the kernels where it is found,
#   then the table (bench/gpu_rows.cpp)
#
# All of it goes to bench/results/DATE-gpu.txt, too, with card and commit. --quick: small, and beside the simulated driver
# (TESSERA_CUDA_DRIVER, TESSERA_NVRTC) nothing that a GPU is needed for: does the script still run?
# Ends with 1 when something failed.
set -u
build=${1:?"bench/gpu.sh BUILD-FOLDER [--quick]"}
quick=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
tests=$build/tests/devices/cuda
results=${TESSERA_GPU_RESULTS:-$here/results/$(date +%F)-gpu.txt}
failed=0
deadline=$((SECONDS + 715))

# what, seconds that it may take, command
step() {
  local what=$1 limit=$2 status left=$((deadline - SECONDS))
  shift 2
  if [ $left -le 0 ]; then
    echo "--- $what: left out, no time is left"
    failed=1
    return
  fi
  [ "$limit" -le $left ] || limit=$left
  echo "--- $what"
  timeout -k 5 "$limit" "$@" 2>&1 | tail -n 40
  status=${PIPESTATUS[0]}
  if [ "$status" -ne 0 ]; then
    echo "--- $what: failed ($status)"
    failed=1
  fi
}

all() {
  date
  git -C "$here" log -1 --format='commit %h, %s' 2>/dev/null
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv,noheader 2>/dev/null || echo "no nvidia-smi"
  local filter=() sizes=(--bytes 4GiB)
  if [ "$quick" = --quick ]; then
    filter=(--gtest_filter=*loat64*:*Any*:*Uniform*)
    sizes=(--bytes 4MiB --points 200000 --rounds 1)
  fi
  for test in kernels folds generators functions issues; do
    step "cuda_${test}_test" 90 "$tests/cuda_${test}_test" --gtest_brief=1 "${filter[@]}"
  done
  for test in user_kernels products states streamed dlpack; do
    step "cuda_${test}_test" 60 "$tests/cuda_${test}_test" --gtest_brief=1
  done
  [ "$quick" = --quick ] || step "cuda_session_test" 120 "$tests/cuda_session_test" --gtest_brief=1
  if [ "$quick" != --quick ] && [ -x "$build/tests/distributed/numpy_test" ]; then
    TESSERA_DEVICE=cuda TESSERA_GOLDEN=$build/tests/distributed/golden \
      step "numpy_test on the GPU" 120 "$build/tests/distributed/numpy_test" --gtest_brief=1
  fi
  if command -v compute-sanitizer >/dev/null && [ "$quick" != --quick ]; then
    for tool in memcheck racecheck; do
      step "compute-sanitizer $tool" 120 compute-sanitizer --tool $tool --error-exitcode 1 \
        "$tests/cuda_folds_test" --gtest_brief=1 --gtest_filter=*float64*:*uint8*
    done
  else
    echo "--- compute-sanitizer: left out"
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
  step "the table" 240 "$build/bench/gpu_rows" "${sizes[@]}"
  [ $failed -eq 0 ] && echo "--- all went well"
  return $failed
}

mkdir -p "$(dirname "$results")"
all | tee "$results"
exit "${PIPESTATUS[0]}"
