// Appending along an axis: after each of many appends of different lengths every rank reads what was appended so far,
// and Python reads the same from a copy of the file; what can't be appended is refused and changes nothing.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <tessera/tessera.hpp>

#include "shared_folder.hpp"

namespace tessera::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class AppendAlong : public ::testing::Test {
 protected:
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::string contents(const std::string& name) {
    s.communicator().barrier();
    std::string bytes = folder_.bytes(name);
    s.communicator().barrier();
    return bytes;
  }
  std::vector<std::string> names() { return folder_.names(); }
  /// `script` on rank 0, with the folder as its argument; fails the test where it fails.
  void python(const std::string& script) {
    std::string failed;
    if (s.rank() == 0) {
      std::ofstream(file("check.py")) << "import sys, os, h5py, numpy as np\nos.chdir(sys.argv[1])\n" << script;
      const std::string call = std::string(TESSERA_TEST_PYTHON) + " " + file("check.py") + " " + folder_.path();
      if (std::system(call.c_str()) != 0) failed = "the script failed:\n" + script;
      fs::remove(file("check.py"));
    }
    s.communicator().broadcast(failed, 0);
    EXPECT_EQ(failed, "");
  }
  Session s;
  SharedFolder folder_{s.communicator()};
};

// Element (i, j, k) is (7 i + 3 j + 5 k) % 101, from `from` on along `axis`.
Array pattern(const Shape& shape, int axis, std::int64_t from, DType t) {
  constexpr std::int64_t factors[] = {7, 3, 5};
  Array x = full(shape, std::int64_t{0});
  for (int i = 0; i < shape.size(); i++) {
    std::vector<Index> index(static_cast<std::size_t>(shape.size()), newaxis);
    index[static_cast<std::size_t>(i)] = Slice{0, shape[i], {}};
    const std::int64_t first = i == axis ? from : 0;
    x = x + (arange(first, first + shape[i]) * factors[i]).index(index);
  }
  return astype(x % 101, t);
}

struct Case {
  std::string target;  // "a.npy", "a.h5:/x"
  Shape others;        // the shape, with 0 along the axis
  int axis;
  DType dtype;
  DatasetOptions options;
};

// Lengths that end within chunks, at their ends, and far behind them; and none. 50 on one rank; on several the first.
std::vector<std::int64_t> lengths(int ranks) {
  std::vector<std::int64_t> all = {3, 1, 0, 4, 7, 2, 12, 1, 30};
  for (std::int64_t i = 0; ranks == 1 && i < 41; i++) all.push_back(i * i % 11);
  return all;
}

struct Written {
  Shape shape;
  int axis;
};
Written shape_of(const Case& c, std::int64_t n) {
  Written w{c.others, c.axis < 0 ? c.axis + c.others.size() : c.axis};
  w.shape[w.axis] = n;
  return w;
}

TEST_F(AppendAlong, ReadsBackAfterEachAppend) {
  const std::vector<Case> cases = {
      {"a.npy", {0, 5}, 0, DType::float64, {}},
      {"b.npy", {0}, 0, DType::int8, {}},
      {"c.npy", {0, 3, 2}, 0, DType::complex64, {}},
      {"d.h5:/x", {0, 5}, 0, DType::float64, {}},
      {"e.h5:/g/x", {0, 5, 4}, 0, DType::float32, {.chunks = {4, 2, 3}}},
      {"f.h5:/x", {6, 0}, 1, DType::int16, {.chunks = {4, 5}}},
      {"g.h5:/x", {0, 5}, 0, DType::float64, {.chunks = {4, 3}, .compress = "gzip:4"}},
      {"h.h5:/x", {6, 0, 4}, -2, DType::int32, {.chunks = {4, 8, 4}, .compress = "noshuffle,gzip:1,fletcher32"}},
      {"i.h5:/x", {0, 5}, 0, DType::bool_, {.compress = "gzip"}},
      {"j.h5:/x", {0}, 0, DType::complex128, {.chunks = {8}, .compress = "shuffle"}},
      {"k.nc:/x", {0, 5}, 0, DType::float32, {.dimensions = {"time", "y"}}},
  };
  int step = 0;
  std::int64_t from = 0;
  for (const auto n : lengths(s.size())) {
    std::vector<Sink> sinks, checks;
    for (const auto& c : cases) {
      const Written w = shape_of(c, n);
      DatasetOptions options = c.options;
      options.append_along = c.axis;
      sinks.push_back(write(pattern(w.shape, w.axis, from, c.dtype), file(c.target), options));
    }
    s.compute(sinks);
    from += n;
    for (const auto& c : cases) {
      const Written w = shape_of(c, from);
      const Array back = s.open(file(c.target));
      ASSERT_EQ(back.shape(), w.shape) << c.target;
      checks.push_back(gather(all(astype(back, c.dtype) == pattern(w.shape, w.axis, 0, c.dtype))));
    }
    const auto same = s.compute(checks);
    for (std::size_t i = 0; i < cases.size(); i++) EXPECT_TRUE(same[i].item<bool>()) << cases[i].target << " " << step;
    if (s.rank() == 0)
      for (const auto& c : cases) {
        const std::string name = c.target.substr(0, c.target.find(':'));
        fs::copy_file(file(name), file(std::to_string(step) + "-" + name));
      }
    step++;
  }
  python(R"(
lengths = [3, 1, 0, 4, 7, 2, 12, 1, 30] + [i * i % 11 for i in range(41)]
steps = len([1 for name in os.listdir() if name.endswith("-a.npy")])
def check(step, name, x, axis, others, dtype):
    shape = list(others)
    shape[axis] = sum(lengths[:step + 1])
    want = sum(f * i for f, i in zip((7, 3, 5), np.indices(shape))) % 101
    assert x.shape == tuple(shape) and x.dtype == np.dtype(dtype), (step, name, x.shape, x.dtype)
    assert np.array_equal(x, want.astype(dtype)), (step, name)
assert steps in (9, 50)
for step in range(steps):
    for name, axis, others, dtype in [("a.npy", 0, (0, 5), "f8"), ("b.npy", 0, (0,), "i1"), ("c.npy", 0, (0, 3, 2), "c8")]:
        check(step, name, np.load(f"{step}-{name}"), axis, others, dtype)
        if sum(lengths[:step + 1]): check(step, name, np.load(f"{step}-{name}", mmap_mode="r"), axis, others, dtype)
    for name, path, axis, others, dtype in [("d.h5", "x", 0, (0, 5), "f8"), ("e.h5", "g/x", 0, (0, 5, 4), "f4"), ("f.h5", "x", 1, (6, 0), "i2"),
            ("g.h5", "x", 0, (0, 5), "f8"), ("h.h5", "x", 1, (6, 0, 4), "i4"), ("i.h5", "x", 0, (0, 5), "?"), ("j.h5", "x", 0, (0,), "c16"), ("k.nc", "x", 0, (0, 5), "f4")]:
        with h5py.File(f"{step}-{name}") as f:
            check(step, name, f[path][:], axis, others, dtype)
            assert f[path].maxshape[axis] is None
with h5py.File("k.nc", "r+") as f:  # and others go on where we stop
    f["x"].resize(500, 0)
    assert np.isnan(f["x"][sum(lengths[:steps]):]).all()
)");
  std::vector<std::string> left;
  for (const auto& name : names())
    if (name.find("tessera-") != std::string::npos) left.push_back(name);
  EXPECT_TRUE(left.empty()) << left[0];
}

// Files of other programs: with old and new indexes of chunks, chunks that were never written, limits, fixed axes, other
// axes, other byte orders, two axes that grow.
TEST_F(AppendAlong, FilesOfOthers) {
  python(R"(
x = np.arange(60.).reshape(12, 5)
for name, libver in (("old", "earliest"), ("new", "latest")):
    with h5py.File(name + ".h5", "w", libver=libver) as f:
        f.create_dataset("plain", data=x, maxshape=(None, 5), chunks=(5, 2))
        f.create_dataset("gzip", data=x, maxshape=(None, 5), chunks=(5, 2), compression=4, shuffle=True, fletcher32=True)
        f.create_dataset("both", data=x, maxshape=(None, None), chunks=(5, 3))
        f.create_dataset("limited", data=x, maxshape=(14, 5), chunks=(5, 5))
        f.create_dataset("fixed", data=x, chunks=(5, 5))
        f.create_dataset("contiguous", data=x)
        f.create_dataset("empty", shape=(12, 5), maxshape=(None, 5), chunks=(5, 5), fillvalue=-3., dtype="f8")
        f.create_dataset("empty_gzip", shape=(12, 5), maxshape=(None, 5), chunks=(5, 5), fillvalue=-3., compression=1, dtype="f8")
        f.create_dataset("swapped", data=x.astype(">f8"), maxshape=(None, 5))
        early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        early.set_chunk((5, 5))
        early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        early.set_fill_value(np.array(7.))
        h5py.h5d.create(f.id, b"early", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((12, 5), (h5py.h5s.UNLIMITED, 5)), early)
np.save("f.npy", np.asfortranarray(x))
with open("tight.npy", "wb") as f:
    text = b"{'descr': '<f8', 'fortran_order': False, 'shape': (12, 5), }"
    f.write(b"\x93NUMPY\x01\x00" + len(text + b"\n").to_bytes(2, "little") + text + b"\n" + x.tobytes())
)");
  const Array two = full({2, 5}, 0.5), column = full({12, 3}, 0.25);
  const auto append = [&](const Array& x, const std::string& target, int axis) {
    s.compute(write(x, file(target), {.append_along = axis}));
  };
  for (const std::string name : {"old.h5", "new.h5"}) {
    for (int i = 0; i < 4; i++)
      for (const char* dataset : {":/plain", ":/gzip", ":/empty", ":/empty_gzip", ":/early"})
        append(two, name + dataset, 0);
    append(column, name + ":/both", 1);
    append(full({3, 8}, 0.125), name + ":/both", 0);
    append(two, name + ":/limited", 0);
    const std::string before = contents(name);
    const auto refused = [&](const char* dataset, const char* why) {
      try {
        append(two, name + dataset, 0);
        ADD_FAILURE() << dataset;
      } catch (const UsageError& e) {
        EXPECT_THAT(e.what(), HasSubstr(name + dataset));
        EXPECT_THAT(e.what(), HasSubstr(why));
      }
    };
    refused(":/limited", "14 indices at most, not 16");
    refused(":/fixed", "12 indices at most, not 14");
    refused(":/contiguous", "no chunks");
    refused(":/swapped", "byte order");
    EXPECT_EQ(contents(name), before);
  }
  append(column, "f.npy", 1);
  EXPECT_THROW(append(two, "f.npy", 0), ShapeError);
  EXPECT_THROW(append(full({2, 8}, 0.5), "f.npy", 0), UsageError);
  EXPECT_THROW(append(two, "tight.npy", 0), UsageError);
  python(R"(
x = np.arange(60.).reshape(12, 5)
two = np.full((2, 5), .5)
for name in ("old", "new"):
    with h5py.File(name + ".h5") as f:
        for d in ("plain", "gzip"): assert np.array_equal(f[d][:], np.concatenate([x] + 4 * [two])), (name, d)
        for d in ("empty", "empty_gzip"): assert np.array_equal(f[d][:], np.concatenate([x * 0 - 3] + 4 * [two])), (name, d)
        assert np.array_equal(f["early"][:], np.concatenate([x * 0 + 7] + 4 * [two])), name
        assert np.array_equal(f["both"][:12], np.concatenate([x, np.full((12, 3), .25)], 1)) and (f["both"][12:] == .125).all()
        assert np.array_equal(f["limited"][:], np.concatenate([x, two]))
        assert f["plain"].chunks == (5, 2) and f["gzip"].compression_opts == 4
assert np.array_equal(np.load("f.npy"), np.concatenate([x, np.full((12, 3), .25)], 1))
assert np.array_equal(np.load("tight.npy"), x)
)");
}

TEST_F(AppendAlong, Refusals) {
  const Array x = full({3, 5}, 1.0);
  const DatasetOptions along{.append_along = 0};
  s.compute({write(x, file("a.npy"), along), write(x, file("a.h5:/x"), along)});
  const std::string npy = contents("a.npy"), h5 = contents("a.h5");
  const auto shape = [&](const Array& y, const std::string& target, const DatasetOptions& o, const char* why) {
    try {
      s.compute(write(y, file(target), o));
      ADD_FAILURE() << target << " " << why;
    } catch (const ShapeError& e) {
      EXPECT_THAT(e.what(), HasSubstr(why));
    }
  };
  for (const char* target : {"a.npy", "a.h5:/x"}) {
    shape(full({3, 4}, 1.0), target, along, "(any, 5) would fit");
    shape(full({5}, 1.0), target, along, "expand_dims(x, 0)");
    shape(x, target, {.append_along = 2}, "no axis of shape (3, 5)");
    shape(full({}, 1.0), target, along, "0-d");
    EXPECT_THROW(s.compute(write(astype(x, DType::float32), file(target), along)), DTypeError);
    EXPECT_THROW(s.compute(write(x, file(target), along), {.force = true}), UsageError);
    EXPECT_THROW(s.compute(write(x, file(target), {.contiguous = true, .append_along = 0})), UsageError);
  }
  EXPECT_THROW(s.compute(write(x, file("a.bin"), along)), UsageError);
  EXPECT_THROW(s.compute(write(x, file("a.npy"), {.append_along = 1})), UsageError);
  EXPECT_THROW(s.compute(write(x, file("no/a.npy"), along)), IoError);
  EXPECT_THROW(s.compute(std::vector{write(x, file("a.h5:/x"), along), write(x, file("a.h5:/x"), along)}), UsageError);
  EXPECT_THROW(s.compute(std::vector{write(x, file("a.h5:/x"), along), write(x, file("a.h5:/x"))}), UsageError);
  EXPECT_EQ(contents("a.npy"), npy);
  EXPECT_EQ(contents("a.h5"), h5);
  EXPECT_THAT(names(), ::testing::ElementsAre("a.h5", "a.npy"));
}

// What was opened keeps its elements during the call; new datasets may come along.
TEST_F(AppendAlong, FromItselfAndBesideNewOnes) {
  const DatasetOptions along{.chunks = {4, 5}, .compress = "gzip:1", .append_along = 0};
  const Array x = pattern({6, 5}, 0, 0, DType::float64);
  s.compute({write(x, file("a.h5:/x"), along), write(full({7}, 2.0), file("a.h5:/fixed"))});
  const Array there = s.open(file("a.h5:/x"));
  s.compute({write(there * 2.0, file("a.h5:/x"), along), write(there + 1.0, file("a.h5:/contiguous")),
             write(there, file("a.h5:/chunked"), {.chunks = {2, 3}}),
             write(there, file("a.h5:/new"), {.append_along = 1})});
  const Array now = s.open(file("a.h5:/x"));
  EXPECT_TRUE(s.item<bool>(all(now == concat({x, x * 2.0}, 0))));
  EXPECT_TRUE(s.item<bool>(all(s.open(file("a.h5:/contiguous")) == x + 1.0)));
  EXPECT_TRUE(s.item<bool>(all(s.open(file("a.h5:/chunked")) == x)));
  EXPECT_TRUE(s.item<bool>(all(s.open(file("a.h5:/new")) == x)));
  EXPECT_TRUE(s.item<bool>(all(s.open(file("a.h5:/fixed")) == 2.0)));
}

// What an append writes does not depend on what is there.
TEST_F(AppendAlong, CostsWhatIsAdded) {
  const Array big = full({4096, 512}, 1.0), small = full({2, 512}, 3.0);  // 16 MiB
  for (const char* target : {"a.npy", "a.h5:/x", "b.h5:/x"}) {
    const DatasetOptions options{.chunks = {2, 512}, .compress = target[0] == 'b' ? "gzip:1" : "", .append_along = 0};
    s.compute(write(big, file(target), options));
    s.compute(write(small, file(target), options));
    EXPECT_LE(s.statistics().bytes_written, s.size() * 2 * 512 * 8);  // constants are made on every rank
    EXPECT_EQ(s.statistics().bytes_read, 0);
  }
}

}  // namespace
}  // namespace tessera::testing
