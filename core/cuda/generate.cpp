#include <tessera/core/cuda/generate.hpp>

#include <fmt/format.h>

#include <bit>

#include <tessera/core/cuda/program_text.hpp>
#include <tessera/core/cuda/texts.hpp>
#include <tessera/core/errors.hpp>
#include <tessera/core/overloaded.hpp>

namespace tessera::cuda {
namespace {

constexpr std::uint64_t words_of_32 = 0xffffffffu;  // spans up to here are drawn from words of 32 bits

/// As generate.cu has it.
struct Call {
  std::int64_t rows = 1, length = 1, rank = 0;
  std::uint64_t first = 0;
  std::int64_t extent[max_rank] = {}, stride[max_rank] = {};
  std::byte* out = nullptr;
  std::uint64_t seed = 0, stream = 0, start = 0, step = 0, low = 0, range = 0;
};

/// Rows: the trailing axes that the box has whole are one run of consecutive elements.
Call rows_of(const Shape& shape, const Box& box, std::byte* to) {
  Call call;
  call.out = to;
  const Dims strides = row_major_strides(shape, 1);
  int axis = box.rank() - 1;
  for (bool whole = true; axis >= 0 && whole; axis--) {
    call.length *= box.extent[axis];
    whole = box.extent[axis] == shape[axis];
  }
  for (int a = 0; a <= axis; a++) {
    call.extent[call.rank] = box.extent[a];
    call.stride[call.rank++] = strides[a];
    call.rows *= box.extent[a];
  }
  std::int64_t first = 0;
  for (int a = 0; a < box.rank(); a++) first += box.lo[a] * strides[a];
  call.first = static_cast<std::uint64_t>(first);
  return call;
}

const IntegersLaw* integers(const LawSource& source) { return std::get_if<IntegersLaw>(source.law.get()); }

/// The statement of the kernel's body.
std::string kernel_statement(const Generator& generator, DType type) {
  return std::visit(overloaded{[&](const ArangeSource& a) {
                                 const bool integer = a.start.kind() == Kind::integer, boolean = type == DType::bool_;
                                 return fmt::format("range_rows<{}, {}, {}>(call);",
                                                    integer ? "IntegerRange" : "RealRange", c_type(type),
                                                    boolean ? "Truth" : fmt::format("CastTo<{}>", c_type(type)));
                               },
                               [&](const RandomSource& r) {
                                 const int bits = type == DType::float64 ? 64 : 32;
                                 return r.kind == RandomSource::Kind::uniform
                                            ? fmt::format("random_rows<Uniform{}>(call);", bits)
                                            : fmt::format("random_rows<Normal<Uniform{}>>(call);", bits);
                               },
                               [&](const LawSource& l) {
                                 return fmt::format("random_rows<Integers<{}, {}>>(call);", c_type(type),
                                                    integers(l)->span <= words_of_32 ? 32 : 64);
                               }},
                    generator);
}

void take_parameters(Call& call, const Generator& generator) {
  const auto take_key = [&](RandomKey key) { call.seed = key.seed, call.stream = key.stream; };
  std::visit(overloaded{[&](const ArangeSource& a) {
                          const bool integer = a.start.kind() == Kind::integer;
                          const auto bits = [&](const Scalar& s) {
                            return integer ? static_cast<std::uint64_t>(s.as<std::int64_t>())
                                           : std::bit_cast<std::uint64_t>(s.as<double>());
                          };
                          call.start = bits(a.start), call.step = bits(a.step);
                        },
                        [&](const RandomSource& r) { take_key(r.key); },
                        [&](const LawSource& l) {
                          take_key(l.key);
                          call.low = static_cast<std::uint64_t>(integers(l)->low);
                          call.range = integers(l)->span + 1;
                        }},
             generator);
}

std::string source_of(const std::string& body) {
  std::string text(prelude_text());
  text += element_text();
  text += math_text();
  text += fmt::format("constexpr int axes = {};\n", max_rank);
  text += generate_text();
  return text + "extern \"C\" __global__ void __launch_bounds__(256) generate(const Call call) { " + body + " }\n";
}

}  // namespace

bool has_generator(const Generator& generator) {
  return std::visit(overloaded{[](const ArangeSource&) { return true; }, [](const RandomSource&) { return true; },
                               [](const LawSource& l) { return integers(l) != nullptr; }},
                    generator);
}

std::string generator_source(const Generator& generator, DType type) {
  return source_of(kernel_statement(generator, type));
}

void Generators::generate(CUstream stream, const Generator& generator, DType type, const Shape& shape, const Box& box,
                          std::byte* to) {
  if (!has_generator(generator)) throw InternalError("cuda: a generator that it can't compute");
  Call call = rows_of(shape, box, to);
  if (call.rows == 0 || call.length == 0) return;
  take_parameters(call, generator);
  const std::string body = kernel_statement(generator, type);
  kernels_.launch(
      body, [&] { return source_of(body); }, call.rows * call.length, &call, stream);
}

}  // namespace tessera::cuda
