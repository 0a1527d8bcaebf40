// The npy header: what is accepted, what is refused and with which words, every truncation, every flipped bit.
#include <gtest/gtest.h>

#include <tessera/io/npy/npy_header.hpp>

#include "support.hpp"

namespace tessera::testing {
namespace {

std::string header_of(const std::string& dict, char version = 1) {
  std::string h("\x93NUMPY", 6);
  h += version;
  h += '\0';
  const std::size_t n = dict.size();
  h += static_cast<char>(n & 0xff);
  h += static_cast<char>(n >> 8 & 0xff);
  if (version > 1) h += {static_cast<char>(n >> 16 & 0xff), static_cast<char>(n >> 24 & 0xff)};
  return h + dict;
}

io::NpyHeader parse(const std::string& dict, char version = 1) {
  const std::string h = header_of(dict, version);
  EXPECT_EQ(io::npy_header_bytes("x.npy", h), static_cast<std::int64_t>(h.size()));
  return io::parse_npy_header("x.npy", h);
}

TEST(NpyHeader, IsAPythonDict) {
  const auto h = parse("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n");
  EXPECT_EQ(h.encoding, (io::Encoding{DType::float64, false}));
  EXPECT_EQ(h.shape, (Shape{3, 4}));
  EXPECT_FALSE(h.fortran_order);
  const auto other = parse("{ \"shape\" :(5L,) , 'fortran_order':True,'descr':'>c16'}", 2);
  EXPECT_EQ(other.encoding, (io::Encoding{DType::complex128, true}));
  EXPECT_EQ(other.shape, Shape{5});
  EXPECT_TRUE(other.fortran_order);
  EXPECT_EQ(parse("{'descr': '|b1', 'fortran_order': False, 'shape': ()}", 3).shape, Shape{});
  EXPECT_EQ(parse("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 2)}").encoding.dtype, DType::uint8);
}

// What numpy.dtype makes of the words, as little endian machines of 64 bits have them.
TEST(NpyHeader, TakesWhatNumpyTakesForNumbers) {
  const auto encoding = [](const std::string& descr) {
    return parse("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (3,)}").encoding;
  };
  const auto check = [&](const std::string& descr, DType type, bool half = false) {
    const io::Encoding native{type, false, half};
    EXPECT_EQ(encoding(descr), native) << descr;
    if (descr.size() > 3) return;
    for (const char* order : {"|", "=", "<"}) EXPECT_EQ(encoding(order + descr), native) << order << descr;
    EXPECT_EQ(encoding(">" + descr), (io::Encoding{type, item_size(type) > 1, half})) << descr;
  };
  for (const char* d : {"?", "b1"}) check(d, DType::bool_);
  for (const char* d : {"i", "i4", "int32", "intc"}) check(d, DType::int32);
  for (const char* d : {"l", "q", "p", "i8", "long", "int64", "intp"}) check(d, DType::int64);
  for (const char* d : {"L", "Q", "P", "u8", "uint64", "uintp"}) check(d, DType::uint64);
  for (const char* d : {"e", "f2", "half", "float16"}) check(d, DType::uint16, true);
  for (const char* d : {"f", "f4", "single", "float32"}) check(d, DType::float32);
  for (const char* d : {"d", "f8", "double", "float64"}) check(d, DType::float64);
  for (const char* d : {"F", "c8", "complex64"}) check(d, DType::complex64);
  for (const char* d : {"D", "c16", "complex128"}) check(d, DType::complex128);
  check("b", DType::int8);
  check("B", DType::uint8);
  check("h", DType::int16);
  check("H", DType::uint16);
  check("I", DType::uint32);
  EXPECT_EQ(encoding("int"), (io::Encoding{DType::int64}));
  EXPECT_EQ(encoding("bool"), (io::Encoding{DType::bool_}));
  for (const char* d : {"", "|", "<int32", "d8", "I4", "b8", "i3", "i16", "f1", "float33", "i4 ", "? b1", "Mint"})
    EXPECT_THROW(encoding(d), IoError) << d;
  for (const char* d : {"g", "<f16", "U", "<U7", "|S0", "O", "|V8", "<M8[ns]", "m8", "str", "object"})
    EXPECT_THROW(encoding(d), UsageError) << d;
}

TEST(NpyHeader, RefusesWithAReason) {
  const auto expect = [](const std::string& dict, const std::string& part) {
    SCOPED_TRACE(dict);
    expect_parts(error_of<IoError>([&] { parse(dict); }), {"x.npy: damaged npy header", part});
  };
  expect("{'fortran_order': False, 'shape': (3,)}", "'descr' is missing");
  expect("{'descr': '<f8', 'shape': (3,)}", "'fortran_order' is missing");
  expect("{'descr': '<f8', 'fortran_order': False}", "'shape' is missing");
  expect("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (3,)}", "'descr' twice");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'more': 1}", "unknown key 'more'");
  expect("{'descr': '<f8', 'fortran_order': 0, 'shape': (3,)}", "True or False");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}", "negative");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (3)}", "(n) is no tuple");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': [3]}", "'(' expected");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (3.0,)}", "(n) is no tuple");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}", "beyond 2^63");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (3,)} and more", "behind the dict");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (3,)", "'}' expected");
  expect("{'descr': '<f8, 'fortran_order': False, 'shape': (3,)}", "expected");
  expect("{'descr': '<f9', 'fortran_order': False, 'shape': (3,)}", "no dtype");
  const auto expect_kind = [&](const std::string& dict, const std::string& part) {
    const std::string message = error_of<UsageError>([&] { parse(dict); });
    expect_parts(message, {"x.npy: ", part});
    EXPECT_EQ(message.find("damaged"), std::string::npos);
  };
  expect_kind("{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)}",
              "17 dimensions; at most 16");
  expect_kind("{'descr': 'longdouble', 'fortran_order': False, 'shape': (3,)}", "long double");
  expect("", "'{' expected");
  expect("__import__('os').system('true')", "'{' expected");
  expect_parts(error_of<IoError>([] { io::npy_header_bytes("x.npy", std::string("\x93NUMPY\x04\x00zzzz", 12)); }),
               {"version 4.0"});
  expect_parts(
      error_of<IoError>([] { io::npy_header_bytes("x.npy", std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12)); }),
      {"bytes long"});
}

TEST(NpyHeader, MadeHeadersAreAligned) {
  for (const Shape& s : std::vector<Shape>{{}, {1}, {3, 4}, {INT64_MAX / 8}, Dims::filled(16, 7)}) {
    const std::string h = io::make_npy_header(s, DType::int16);
    EXPECT_EQ(h.size() % 64, 0u);
    EXPECT_EQ(io::parse_npy_header("x", h).shape, s);
  }
}

TEST(NpyHeader, FilesThatLie) {
  const Folder folder;
  const auto expect = [&](const std::string& shape, std::size_t bytes, const std::string& part) {
    put_contents(folder / "x.npy", header_of("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }\n") +
                                       std::string(bytes, 'x'));
    expect_parts(error_of<IoError>([&] { open_store_alone(folder / "x.npy"); }), {"x.npy", part});
  };
  expect("(3,)", 23, "file is truncated");
  expect("(3,)", 25, "1 bytes behind the array");
  expect("(1152921504606846976,)", 8, "no size of an array");
  expect("(4294967296, 4294967296)", 8, "no size of an array");
  expect("(1000000000000,)", 8, "needs 8000000000000 bytes");
}

TEST(NpyHeader, EveryTruncation) {
  const Folder folder;
  for (const char* name : {"t17C.npy", "s13x5_v2.npy", "s13x5_v3.npy"}) {
    const std::string bytes = contents(made() / name);
    for (std::size_t n = 0; n < bytes.size(); n++) {
      put_contents(folder / "x.npy", bytes.substr(0, n));
      const std::string message = error_of<IoError>([&] { open_store_alone(folder / "x.npy"); });
      expect_parts(message, {"x.npy"});
      if (n > 6) expect_parts(message, {"truncated"});
    }
  }
}

TEST(NpyHeader, EveryFlippedBit) {
  const Folder folder;
  const std::string bytes = contents(made() / "s13x5_v1.npy");
  int read = 0, refused = 0;
  for (std::size_t i = 0; i < 128 * 8; i++) {
    std::string damaged = bytes;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ 1 << i % 8);
    put_contents(folder / "x.npy", damaged);
    try {
      const auto store = open_store_alone(folder / "x.npy");
      read_all(*store);
      // What is left of the meaning: the same number of bytes, of another dtype, order or shape of equal size.
      EXPECT_EQ(num_elements(store->info().shape) * item_size(store->info().dtype), 13 * 5 * 4);
      read++;
    } catch (const Error& e) {
      EXPECT_TRUE(e.kind() == ErrorKind::io || e.kind() == ErrorKind::usage) << e.what();
      refused++;
    }
  }
  EXPECT_GT(refused, 900);
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace tessera::testing
