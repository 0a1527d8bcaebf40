#pragma once
// Attributes of datasets. Private to io/hdf5; the caller holds the lock.
#include <cstdint>
#include <vector>

#include <tessera/core/store.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// Read, described, opened and labelled: at most so many copies are there together (budget_test.py).
inline constexpr std::int64_t attribute_copies = 3;

struct AttributesThere {
  std::vector<Attribute> read;
  std::vector<UnreadAttribute> unread;
};
/// Texts and numbers of any shape, also without elements; of references, other compounds than complex numbers and what
/// has more than a MiB it is told that they are there. What NetCDF keeps for itself is left out. room: SourceOptions::room.
/// throws IoError beginning with `name` when they are damaged: without its scale_factor, data would be wrong;
/// MemoryBudgetError.
AttributesThere read_attributes(hid_t object, const std::string& name, std::int64_t room = INT64_MAX);
/// `dtype`: of the dataset, in which NetCDF wants fill values. throws IoError beginning with `name`.
void write_attribute(hid_t object, const std::string& name, const Attribute& attribute, DType dtype);
/// The same, in place of one of that name.
void replace_attribute(hid_t object, const std::string& name, const Attribute& attribute, DType dtype);

/// The text, or the lines of a list of texts; empty for numbers.
std::string text_of(const Attribute& attribute);
/// The same of the attribute `name`; empty when there is none.
std::string read_text(hid_t object, const char* name);
/// The texts of an attribute of `n` texts; empty when there is no such attribute.
std::vector<std::string> read_texts(hid_t object, const char* name, std::size_t n);
void write_texts(hid_t object, const std::string& what, const char* name, const std::vector<std::string>& texts);

}  // namespace tessera::io::hdf5
