#include <tessera/io/files.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include <tessera/io/apart.hpp>
#include <tessera/io/concat_store.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/formats.hpp>
#include <tessera/io/temporary_file.hpp>

namespace tessera {
namespace {

namespace fs = std::filesystem;
using io::Described;

std::string expand_home(const std::string& path) {
  if (path != "~" && !path.starts_with("~/")) return path;
  const char* home = std::getenv("HOME");
  return home ? home + path.substr(1) : path;
}

// A file may have ":/" in its name: then the whole text is the file, unless the part before it is one too.
SourceName existing_source(const std::string& source) {
  SourceName name = parse_source(source);
  std::error_code ignored;
  if (!name.dataset.empty() && !fs::exists(name.file, ignored)) {
    const std::string whole = expand_home(source);
    if (fs::exists(whole, ignored)) return {whole, ""};
  }
  return name;
}

}  // namespace

SourceName parse_source(const std::string& text) {
  const auto at = text.rfind(":/");
  if (at == std::string::npos || at == 0) return {expand_home(text), ""};
  return {expand_home(text.substr(0, at)), text.substr(at + 1)};
}

static std::string describe_here(const std::string& source, const SourceOptions& options, io::Detail detail,
                                 StoreInfo* info) {
  const SourceName name = existing_source(source);
  if (name.file.empty()) throw UsageError("'': not the name of a file");
  const auto found = io::find_source(name.file);
  const io::Format& format = io::format_of(found, options);
  if (format.holds_one_array() && !name.dataset.empty() && name.dataset != "/")
    throw UsageError(
        fmt::format("{}: {} holds one array without a name; leave ':{}' out", name.file, format.words(), name.dataset));
  Writer w;
  w.put(Described::one).put(format.name());
  StoreInfo all = format.describe(found, name.dataset, options, detail, w);
  if (info != nullptr) *info = std::move(all);
  return std::move(w).bytes();
}

std::string io::describe_one(const std::string& source, const SourceOptions& options, Detail detail, StoreInfo* info) {
  if (files_are_trusted()) return describe_here(source, options, detail, info);
  const std::string both = apart(existing_source(source).file, [&] {
    StoreInfo all;
    Writer w;
    w.put(describe_here(source, options, detail, &all));
    put_info(w, all);
    return w.bytes();
  });
  Reader r(both);
  std::string description = r.get_string();
  if (info != nullptr) *info = get_info(r);
  return description;
}

std::string describe_source(const std::string& source, const SourceOptions& options) {
  return io::describe_one(source, options, io::Detail::all, nullptr);
}

std::shared_ptr<const Store> open_store(const std::string& description) {
  Reader r(description);
  switch (r.get<Described>()) {
    case Described::one:
      break;
    case Described::joined:
      return io::open_joined(r);
    case Described::parts:
      return io::open_joined_info(r);
  }
  return io::format_named(r.get_string()).open(r, io::Opening::now);
}

std::optional<StoreParts> open_store_parts(const std::string& description) {
  Reader r(description);
  if (r.get<Described>() != Described::parts) return std::nullopt;
  static_cast<void>(io::get_info(r));
  return io::open_parts(r);
}

std::shared_ptr<const io::PositionedFile> io::hold_source(const std::string& source) {
  return find_source(existing_source(source).file).file;
}

bool has_known_format(const std::string& source) {
  const auto found = io::find_source(existing_source(source).file);
  if (io::told_format(found) != nullptr) return true;
  if (!found.file) io::refuse_unread(found);
  return false;
}

std::shared_ptr<const Store> io::open_part(const std::string& description) {
  Reader r(description);
  static_cast<void>(r.get<Described>());
  return format_named(r.get_string()).open(r, Opening::later);
}

std::shared_ptr<const Store> open_store_alone(const std::string& source, const SourceOptions& options) {
  return open_store(describe_source(source, options));
}

static FileContents list_here(const std::string& file, io::Detail detail) {
  const auto found = io::find_source(expand_home(file));
  return io::format_of(found).list(found, detail);
}

static FileContents list_in(const std::string& file, io::Detail detail) {
  if (io::files_are_trusted()) return list_here(file, detail);
  const std::string bytes = io::apart(file, [&] {
    Writer w;
    io::put_contents(w, list_here(file, detail));
    return w.bytes();
  });
  Reader r(bytes);
  return io::get_contents(r);
}

FileContents list_file(const std::string& file) { return list_in(file, io::Detail::all); }

std::vector<StoreInfo> list_datasets(const std::string& file) {
  std::vector<StoreInfo> readable;
  for (auto& dataset : list_in(file, io::Detail::elements).datasets)
    if (auto* info = std::get_if<StoreInfo>(&dataset)) readable.push_back(std::move(*info));
  return readable;
}

bool is_netcdf(const std::string& target) {
  const std::string path = parse_source(target).file;
  return io::format_to_write(path).is_for_netcdf(path);
}

bool holds_one_array(const std::string& target) {
  return io::format_to_write(parse_source(target).file).holds_one_array();
}

WriteCost write_cost(const std::string& file, const DatasetSpec& dataset) {
  return io::format_to_write(file).cost(file, dataset);
}

std::string temporary_file(const std::string& target) { return io::temporary_path(parse_source(target).file); }

}  // namespace tessera
