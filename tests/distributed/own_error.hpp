#pragma once
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <typeinfo>

#include <tessera/tessera.hpp>

namespace tessera::testing {

/// The rank whose function threw a std::runtime_error gets that, the others an error of Tessera's with the same words.
template <class F>
void expect_own_error(F&& f, const std::string& words) {
  try {
    f();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    EXPECT_TRUE(typeid(error) == typeid(std::runtime_error) || dynamic_cast<const Error*>(&error) != nullptr);
  }
}

}  // namespace tessera::testing
