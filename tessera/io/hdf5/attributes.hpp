#pragma once
// Attributes and dimension names. Private to io/hdf5; the caller holds the lock.
#include <vector>

#include <tessera/core/store.hpp>
#include <tessera/io/hdf5/library.hpp>

namespace tessera::io::hdf5 {

/// Text, integers and floats, scalar or 1-d; others, and what NetCDF keeps for itself, are left out. Several texts are
/// joined by ", ". Never throws for an attribute that can't be read.
std::vector<Attribute> read_attributes(hid_t object);
/// throws IoError.
void write_attribute(hid_t object, const std::string& name, const Attribute& attribute, DType dtype);

/// True when the dataset is a dimension scale: a NetCDF coordinate or dimension.
bool is_scale(hid_t dataset);
/// One name per axis, from the attached dimension scales, else from the labels; empty when there is none.
std::vector<std::string> read_dimensions(hid_t file, hid_t dataset, int rank);
/// Labels the axes as H5DSset_label does.
void write_dimensions(hid_t dataset, const std::string& name, const std::vector<std::string>& dimensions);

}  // namespace tessera::io::hdf5
