#pragma once
// Files that are part of every kernel's text, as the build has put them into the library (texts.cpp.in).
#include <string_view>

namespace tessera::cuda {

std::string_view prelude_text();           ///< prelude.cu
std::string_view element_text();           ///< core/cpu/simd/functions.hpp and bits.hpp
std::string_view combiners_text();         ///< combiners.cu
std::string_view fold_text();              ///< fold.cu
std::string_view combine_text();           ///< combine.cu
std::string_view generate_text();          ///< generate.cu
std::string_view integer_products_text();  ///< integer_products.cu
std::string_view blocks_text();            ///< blocks.cu
std::string_view math_text();              ///< functions.cu
std::string_view map_text();               ///< map.cu

}  // namespace tessera::cuda
