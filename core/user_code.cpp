#include <tessera/core/user_code.hpp>

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <typeinfo>

namespace tessera {
namespace {

std::string name_of(const std::type_info* type) {
  if (type == nullptr) return "an exception of unknown type";
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                    std::free);
  return status == 0 ? name.get() : type->name();
}

/// Of one of our classes, not of one that the program has derived from it.
bool is_ours(const Error& e) {
  try {
    throw_error(e.kind(), "");
  } catch (const Error& same_kind) {
    return typeid(e) == typeid(same_kind) || typeid(e) == typeid(Error);
  }
}

}  // namespace

void throw_user_exception() {
  try {
    throw;
  } catch (const UserException&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const Error& e) {
    if (is_ours(e)) throw;
    throw UserException(std::current_exception(), e.kind(), e.what());
  } catch (const std::exception& e) {
    throw UserException(std::current_exception(), ErrorKind::comm,
                        "the program's own code threw " + name_of(&typeid(e)) + ": " + e.what());
  } catch (...) {
    throw UserException(std::current_exception(), ErrorKind::comm,
                        "the program's own code threw " + name_of(abi::__cxa_current_exception_type()));
  }
}

}  // namespace tessera
