// Indices, masks, values that are assigned: what does not fit is refused.
#include "misuse.hpp"

namespace tessera::testing {
namespace {

TEST_F(Misuse, IndicesAreIntegersInRange) {
  const Array plane = session.persist(ones({3, 4}, {.chunks = {1, 2}}));
  EXPECT_THROW(index(plane, {ones({2})}), DTypeError);
  EXPECT_THROW(index(plane, {plane > 0.5}), IndexError);
  EXPECT_THROW(index(plane, {arange(2), arange(3)}), ShapeError);
  EXPECT_THROW(index(plane, {arange(2), 4}), IndexError);
  EXPECT_THROW(index(plane, {arange(2), 0, 0}), IndexError);
  EXPECT_THROW(take(plane, arange(2), 2), ShapeError);
  EXPECT_THROW(take_along_axis(plane, arange(2)), ShapeError);
  EXPECT_THROW(take_along_axis(plane, zeros({2, 3}, {.dtype = DType::int64}), 1), ShapeError);
  EXPECT_THROW(ravel_multi_index({arange(2)}, {2, 3}), UsageError);
  for (const Array& of : {plane, plane * 2.0, ones({3, 4})}) {
    for (const Array& at : {arange(-4, 2), arange(8) % 4}) {
      try {
        session.compute(index(of, {at}));
        ADD_FAILURE() << "no error";
      } catch (const IndexError& e) {
        const std::string what = at.size() == 6 ? "index -4" : "index 3";
        EXPECT_NE(std::string(e.what()).find(what + " is out of bounds for axis 0 with size 3"), std::string::npos)
            << e.what();
        EXPECT_NE(std::string(e.what()).find(at.size() == 6 ? "element (0,)" : "element (3,)"), std::string::npos)
            << e.what();
      }
    }
  }
  EXPECT_THROW(session.compute(index(plane, {astype(full({2}, Scalar(std::uint64_t{1} << 63)), DType::uint64)})),
               IndexError);
  EXPECT_THROW(session.compute(index(zeros({0, 3}), {arange(1)})), IndexError);
}

TEST_F(Misuse, ValuesHaveTheShapeOfWhatTheyAreAssignedTo) {
  const Array plane = session.persist(ones({3, 4}));
  EXPECT_THROW(assign(plane, {arange(2)}, ones({3, 4})), ShapeError);
  EXPECT_THROW(assign(plane, {arange(2)}, ones({1, 2, 4})), ShapeError);
  EXPECT_THROW(assign(plane, {plane > 0.5}, 1), IndexError);
  EXPECT_THROW(assign(plane, {newaxis, 1}, 1), UsageError);
  EXPECT_THROW(put_along_axis(plane, arange(2), 1, 0), ShapeError);
  EXPECT_THROW(session.compute(assign(plane, {arange(4)}, 1)), IndexError);
  EXPECT_THROW(session.compute(put(plane, array({std::int64_t{12}}), 1)), IndexError);
}

TEST_F(Misuse, MasksHaveTheShapeOfWhatTheySelectFrom) {
  const Array plane = ones({3, 4});
  EXPECT_THROW(index(session, plane, {ones({4}) > 0.5}), IndexError);
  EXPECT_THROW(index(session, plane, {Slice{}, ones({3}) > 0.5}), IndexError);
  EXPECT_THROW(index(session, plane, {ones({3, 4, 1}) > 0.5}), IndexError);
  EXPECT_THROW(index(session, plane, {ones({}) > 0.5}), IndexError);
  EXPECT_THROW(compress(session, plane, plane), ShapeError);
  EXPECT_THROW(compress(session, ones({5}), plane, 1), ShapeError);
  EXPECT_THROW(extract(session, ones({3}), plane), ShapeError);
  EXPECT_THROW(nonzero(session, ones({})), ShapeError);
  EXPECT_THROW(insert(plane, 4, ones({4}), 0), IndexError);
  EXPECT_THROW(insert(plane, {0, 1}, ones({3}), 0), ShapeError);
  EXPECT_THROW(delete_at(plane, std::vector<std::int64_t>{0, -5}, 1), IndexError);
  // Something else than was counted.
  const CountMask wrong = [](const Array& counts) {
    return std::vector<std::int64_t>(static_cast<std::size_t>(counts.size()), 1);
  };
  EXPECT_THROW(session.compute(index(plane, {plane > 0.5}, wrong)), ValueError);
  EXPECT_THROW(session.compute(index(plane, {plane > 1.5}, wrong)), ValueError);
}

}  // namespace
}  // namespace tessera::testing
