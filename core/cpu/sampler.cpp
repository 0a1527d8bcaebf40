#include <tessera/core/cpu/sampler.hpp>

namespace tessera::cpu {

Sampler::~Sampler() = default;

SamplerPtr sampler(const Law& law) {
  return std::visit([](const auto& l) { return sampler_of(l); }, law);
}

}  // namespace tessera::cpu
