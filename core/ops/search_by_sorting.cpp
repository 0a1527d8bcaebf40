#include <tessera/core/ops/search_by_sorting.hpp>

#include <limits>

#include <tessera/core/graph/map_node.hpp>
#include <tessera/core/ops/concat.hpp>
#include <tessera/core/ops/cumulative.hpp>
#include <tessera/core/ops/elementwise.hpp>
#include <tessera/core/ops/gather.hpp>
#include <tessera/core/ops/rechunk.hpp>
#include <tessera/core/ops/reshape.hpp>
#include <tessera/core/ops/sorting.hpp>

namespace tessera {
namespace {

Array array_of(const Edge& edge, const ChunkGrid& grid) {
  if (edge.map == IndexTransform::identity(edge.node->shape())) return Array(edge.node);
  return Array(std::make_shared<MapNode>(identity_program(edge.node->dtype()), std::vector<ScalarParameter>(),
                                         grid.shape(), grid, std::vector<Edge>{edge}));
}

// From what stands at each place of the order, `order` being where it was before, the first n as they were before.
Array put_back(const Array& order, const Array& values, std::int64_t largest, std::int64_t n) {
  const Slice first{{}, n};
  const std::int64_t length = order.shape()[0], step = largest + 1;
  if (length > std::numeric_limits<std::int64_t>::max() / step) return take(values, argsort(order)[{first}], 0);
  return sort(order * step + values)[{first}] % step;  // no two are alike in `order`
}

}  // namespace

Array search_by_sorting(const SearchNode& search) {
  const Array values = array_of(search.values(), search.grid()), sorted(search.sorted().node);
  const Array wanted = values.rank() == 1 ? values : reshape(values, {values.size()});
  const std::int64_t n = wanted.shape()[0], count = sorted.shape()[0];
  // A stable sort, so of equal elements those come first that stand first here.
  const Array together = search.right() ? concat({sorted, wanted}, 0) : concat({wanted, sorted}, 0);
  const Array places = argsort(together);
  // What is looked for gets numbers from 0, the sorted elements those behind.
  const Array order = search.right() ? where(places < count, places + n, places - count) : places;
  const Array before = cumulative_sum(astype(order >= n, DType::int64));
  const Array found = put_back(order, before, count, n);
  return rechunk(values.rank() == 1 ? found : reshape(found, values.shape()), search.grid());
}

}  // namespace tessera
