#pragma once
// What the tests of the statements share.
#include <gtest/gtest.h>

#include <string>

#include "../../apps/language/evaluator.hpp"
#include "../../apps/language/parser.hpp"

namespace tessera::language {

/// The tree of the last statement, as Lisp writes it.
inline std::string tree(const std::string& text) {
  const SourceText source(text);
  const Ast ast = parse(source);
  return to_string(ast, ast.statements.back());
}

/// What the last, bare expression is.
inline Value value_of(const std::string& text, const Names& inputs = {}) {
  const SourceText source(text);
  return evaluate(source, inputs).printed.back().value;
}

/// The message with which the statements are refused; empty when they are not.
inline std::string refusal(const std::string& text, const Names& inputs = {}) {
  const SourceText source(text);
  try {
    evaluate(source, inputs);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// x: float64 (3, 4); i: int64 (3, 4); f: float32 (4,); b: bool (4,); z: complex128 ().
inline Names some_inputs() {
  return {{"x", {zeros({3, 4})}},
          {"i", {zeros({3, 4}, {.dtype = DType::int64, .chunks = {}})}},
          {"f", {zeros({4}, {.dtype = DType::float32, .chunks = {}})}},
          {"b", {zeros({4}, {.dtype = DType::bool_, .chunks = {}})}},
          {"z", {full({}, std::complex<double>(1, 2))}}};
}

}  // namespace tessera::language
