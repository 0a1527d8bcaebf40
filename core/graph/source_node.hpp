#pragma once
// Source: a dataset of a file, chunks in memory, or a generator.
#include <memory>
#include <variant>

#include <tessera/core/graph/node_base.hpp>
#include <tessera/core/kernel/generator.hpp>
#include <tessera/core/store.hpp>

namespace tessera {

/// Chunks in memory, owned by ranks: what `persist` and `from_local` make. The memory and its distribution belong to
/// distributed/; core only carries it. Only one object is one array.
class TESSERA_API Resident {
 public:
  virtual ~Resident();
  /// Of the elements: what `persist` made has the same as the expression that it was made of, on any number of ranks
  /// and in any process; a host's memory one of its own.
  virtual std::uint64_t identity() const = 0;
  /// Adds what decides a plan: how the chunks are owned.
  virtual void add_structure(Key& key) const = 0;
  /// True when the elements of each chunk lie one after another, on every rank.
  virtual bool has_dense_chunks() const = 0;
};

/// One value everywhere.
struct FillSource {
  ScalarParameter scalar;
};
using SourceData = std::variant<std::shared_ptr<const Store>, std::shared_ptr<const Resident>, FillSource, Generator>;

class TESSERA_API SourceNode final : public Node {
 public:
  SourceNode(DType dtype, Shape shape, ChunkGrid grid, SourceData data);
  const SourceData& data() const { return data_; }
  const Store* store() const;
  std::shared_ptr<const Resident> resident() const;
  /// What makes any box from nothing; null where the elements are a store's or in memory, or one everywhere.
  const Generator* generator() const { return std::get_if<Generator>(&data_); }
  /// The value of an array that is one everywhere; null for others.
  const ScalarParameter* fill() const;

  NodePtr with_inputs(std::vector<Edge> inputs) const override;
  std::span<const ScalarParameter> scalars() const override;

 protected:
  void add_own_structure(Key& key) const override;
  void add_placement(Key& key) const override;
  void add_own_values(Key& key) const override;
  bool has_same_data(const Node& other) const override;

 private:
  SourceData data_;
};

}  // namespace tessera
