#include "stack.hpp"

#include <pthread.h>

#include <cstdint>

namespace tessera::language {
namespace {

struct Stack {
  std::uintptr_t low = 0;
  std::size_t size = 0;
};

Stack find() {
  Stack stack;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return stack;
  void* low = nullptr;
  if (pthread_attr_getstack(&attributes, &low, &stack.size) == 0) stack.low = reinterpret_cast<std::uintptr_t>(low);
  pthread_attr_destroy(&attributes);
  return stack;
}

const Stack& mine() {
  thread_local const Stack stack = find();
  return stack;
}

}  // namespace

std::size_t stack_left() {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return here > mine().low ? here - mine().low : 0;
}

std::size_t stack_size() { return mine().size; }

}  // namespace tessera::language
