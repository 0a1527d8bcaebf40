#pragma once
// The texts of options as values: NAME=SOURCE, lengths, axes. Each refuses what it can't read, naming its option.
#include "options.hpp"

namespace tessera::command {

/// option: "-i" or "-o", for the message.
Binding parse_binding(const std::string& option, const std::string& text);
/// [NAME=]A,B,... or auto.
ChunkWish parse_chunks(const std::string& text);
/// [NAME=]gzip:4; the filters themselves are judged by the library.
AttributeWish parse_units(const std::string& text);
/// VALUE: numbers, between commas where there are several, else a text; one in double quotes is a text.
AttributeWish parse_attribute(const std::string& text);
FilterWish parse_filters(const std::string& text);
/// [NAME=]VALUE; a "=" in front is the value's ("=f4" as NumPy writes it).
struct Named {
  std::string name, value;
};
Named parse_named(const std::string& text);
/// A number from 0 on.
std::int64_t parse_bytes(const std::string& option, const std::string& text);
/// "365,73,144"; -1 is the library's to judge.
Shape parse_lengths(const std::string& option, const std::string& text);
/// "2,0,1"; negative axes are the library's to judge.
Dims parse_axes(const std::string& text);
/// "0.05,0.5,0.95", each in [0, 1] and no two alike.
std::vector<NamedQuantile> parse_quantiles(const std::string& text);
/// "20", or the name of an estimator.
void parse_bins(const std::string& text, HistogramOptions& options);
/// "0,1,10": two or more, rising.
std::vector<double> parse_bin_edges(const std::string& text);
/// "0,1": two, of which the first is not the larger one.
std::vector<double> parse_bin_range(const std::string& text);
/// A dtype by name. throws UsageError with the nearest known one.
DType parse_dtype_name(const std::string& text);

}  // namespace tessera::command
