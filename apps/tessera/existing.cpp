#include "existing.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>

#include "launch.hpp"

namespace tessera::command {
namespace {

constexpr std::int64_t most_bytes = 16 << 20;  // of a coordinate that is compared; a longer one counts as another

// The values of 1-d datasets, one behind the other; nothing when they are too many or of different dtypes.
std::optional<std::vector<std::byte>> values_of(const std::vector<std::string>& sources, DType& type) {
  std::vector<std::byte> all;
  for (const auto& source : sources) {
    const auto store = open_store_alone(source);
    const StoreInfo& info = store->info();
    if (info.shape.size() != 1 || (&source != &sources.front() && info.dtype != type)) return std::nullopt;
    type = info.dtype;
    const std::int64_t item = item_size(type), room = most_bytes - static_cast<std::int64_t>(all.size());
    if (info.shape[0] > room / item) return std::nullopt;
    const std::size_t before = all.size();
    all.resize(before + static_cast<std::size_t>(info.shape[0] * item));
    store->read(Box::whole(info.shape), all.data() + before, {item});
  }
  return all;
}

bool has_values(const std::string& dataset, const CutCoordinate& c) {
  DType here{}, there{};
  const auto old = values_of({dataset}, here), whole = values_of(c.sources, there);
  if (!old || !whole || here != there) return false;
  const std::int64_t item = item_size(here), n = static_cast<std::int64_t>(whole->size()) / item;
  if (static_cast<std::int64_t>(old->size()) != c.length * item) return false;
  for (std::int64_t i = 0; i < c.length; i++) {
    const std::int64_t at = c.start + c.step * i;
    if (at < 0 || at >= n ||
        !std::equal(old->begin() + i * item, old->begin() + (i + 1) * item, whole->begin() + at * item))
      return false;
  }
  return true;
}

}  // namespace

Existing::Existing(Session& session, const std::string& file) : session_(session), file_(file) {
  std::string names;  // each ends with a NUL
  together(session.communicator(), [&] {
    std::error_code ignored;
    if (session.rank() != 0 || !std::filesystem::exists(file, ignored)) return;
    try {
      for (const auto& info : list_datasets(file)) names += parse_source(info.name).dataset + '\0';
    } catch (const Error&) {
      names.clear();  // what is wrong with it is said when it is opened to be added to
    }
  });
  session.communicator().broadcast(names, 0);
  std::istringstream text(names);
  for (std::string name; std::getline(text, name, '\0');) datasets_.insert(name);
}

bool Existing::is_same(const std::string& dataset, const CutCoordinate& coordinate) {
  std::string answer;
  together(session_.communicator(), [&] {
    if (session_.rank() == 0) answer = has_values(file_ + ":" + dataset, coordinate) ? "same" : "other";
  });
  session_.communicator().broadcast(answer, 0);
  return answer == "same";
}

}  // namespace tessera::command
