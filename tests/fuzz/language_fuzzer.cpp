// Any text as statements: accepted, or refused by an Error that is not "internal". Lazy: nothing is computed.
#include "../../apps/language/evaluator.hpp"
#include "fuzzer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tessera;
  static const language::Names inputs = {{"x", {zeros({3, 4})}},
                                         {"i", {zeros({3, 4}, {.dtype = DType::int64, .chunks = {}})}},
                                         {"f", {zeros({4}, {.dtype = DType::float32, .chunks = {}})}},
                                         {"b", {zeros({4}, {.dtype = DType::bool_, .chunks = {}})}},
                                         {"z", {full({}, std::complex<double>(1, 2))}}};
  fuzz::must_refuse_or_accept([&] {
    const language::SourceText source(std::string(reinterpret_cast<const char*>(data), size));
    const language::Evaluation e = language::evaluate(source, inputs);
    for (const auto& printed : e.printed) (void)to_string(printed.value);
  });
  return 0;
}
