#include <tessera/core/user_code.hpp>

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <typeinfo>

#include <tessera/core/store_calls.hpp>

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

/// whose: "the program's own code".
[[noreturn]] void throw_exception_of(const std::string& whose) {
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
                        whose + " threw " + name_of(&typeid(e)) + ": " + e.what());
  } catch (...) {
    throw UserException(std::current_exception(), ErrorKind::comm,
                        whose + " threw " + name_of(abi::__cxa_current_exception_type()));
  }
}

std::string name_of(const Store& store) {
  try {
    return "the store " + store.info().name;
  } catch (...) {  // the program's own code, too
    return "a store";
  }
}

}  // namespace

void throw_user_exception() { throw_exception_of("the program's own code"); }
void throw_store_exception(const Store& store) { throw_exception_of(name_of(store)); }
void throw_store_exception(const StoreWriter&) { throw_exception_of("the writer of a target"); }

}  // namespace tessera
