#pragma once
// The threads of a stage: work(0) on the caller's thread, the only one that may call MPI, and work(1) ... beside it.
// OpenMP keeps its threads between stages, so that a stage starts in microseconds. g++'s OpenMP library is not known to
// ThreadSanitizer, which would take its barriers for races: there the threads are made anew.
#ifdef __SANITIZE_THREAD__
#include <thread>
#include <vector>
#else
#include <omp.h>
#endif

namespace tessera {

/// Returns when all have. `work` must not throw.
template <class Work>
void run_team(int size, Work&& work) {
#ifdef __SANITIZE_THREAD__
  std::vector<std::jthread> others;
  for (int k = 1; k < size; k++) others.emplace_back([&work, k] { work(k); });
  work(0);
#else
#pragma omp parallel num_threads(size)
  work(omp_get_thread_num());
#endif
}

}  // namespace tessera
