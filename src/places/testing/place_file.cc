#include "places/testing/place_file.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <string_view>

#include <arpa/inet.h>

namespace fastness::places::testing {
namespace {

// The data section: a control byte of type and size, then the value, integers big-endian.
class DataWriter {
 public:
  explicit DataWriter(Bytes& out) : out_(out) {}

  void map(std::size_t members) { control(7, members); }
  void text(std::string_view text) {
    control(2, text.size());
    ByteWriter(out_).raw(as_bytes(text));
  }
  void number(double value) {
    control(3, sizeof value);
    ByteWriter(out_).u64(std::bit_cast<std::uint64_t>(value));
  }
  void u16(std::uint16_t value) {
    control(5, sizeof value);
    ByteWriter(out_).u16(value);
  }
  void u32(std::uint32_t value) {
    control(6, sizeof value);
    ByteWriter(out_).u32(value);
  }
  void u64(std::uint64_t value) {
    extended(9, sizeof value);
    ByteWriter(out_).u64(value);
  }
  void array(std::size_t members) { extended(11, members); }

 private:
  // Sizes above 28 have a form of their own, which nothing here needs.
  void control(unsigned type, std::size_t size) {
    if (size > 28) std::abort();
    out_.push_back(static_cast<std::uint8_t>(type << 5U | size));
  }
  void extended(unsigned type, std::size_t size) {
    control(0, size);
    out_.push_back(static_cast<std::uint8_t>(type - 7));
  }

  Bytes& out_;
};

Bytes record_bytes(const PlaceRecord& record, PlaceFileKind kind) {
  Bytes bytes;
  DataWriter out(bytes);
  out.map(1);
  if (kind == PlaceFileKind::companies) {
    out.text("company");
    out.text("Example");
    return bytes;
  }
  out.text("location");
  out.map(record.accuracy_radius == 0 ? 2 : 3);
  out.text("latitude");
  out.number(record.latitude);
  out.text("longitude");
  out.number(record.longitude);
  if (record.accuracy_radius != 0) {
    out.text("accuracy_radius");
    out.u16(record.accuracy_radius);
  }
  return bytes;
}

struct Prefix {
  std::array<std::uint8_t, 16> bytes{};
  unsigned bits = 0;

  [[nodiscard]] std::size_t side(unsigned bit) const {
    return (bytes.at(bit / 8) >> (7 - bit % 8)) & 1U;
  }
};

Prefix parse_prefix(const std::string& network) {
  const auto slash = network.find('/');
  const std::string address = network.substr(0, slash);
  Prefix prefix;
  prefix.bits = static_cast<unsigned>(std::stoul(network.substr(slash + 1)));
  if (inet_pton(AF_INET6, address.c_str(), prefix.bytes.data()) == 1) return prefix;
  if (inet_pton(AF_INET, address.c_str(), &prefix.bytes.at(12)) != 1) std::abort();
  prefix.bits += 96;
  return prefix;
}

constexpr std::uint32_t kNothing = 0xffffffff;

// Nodes of two records each: another node, nothing, or a place of the data section.
class Tree {
 public:
  void add(const Prefix& prefix, std::uint32_t data) {
    std::size_t node = 0;
    for (unsigned bit = 0; bit + 1 < prefix.bits; ++bit) {
      if (nodes_[node].at(prefix.side(bit)) == kNothing) {
        nodes_[node].at(prefix.side(bit)) = static_cast<std::uint32_t>(nodes_.size());
        nodes_.push_back({kNothing, kNothing});
      }
      node = nodes_[node].at(prefix.side(bit));
    }
    nodes_[node].at(prefix.side(prefix.bits - 1)) = kData | data;
  }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

  void write(Bytes& out) const {
    const auto count = static_cast<std::uint32_t>(nodes_.size());
    for (const auto& node : nodes_) {
      for (const std::uint32_t record : node) {
        std::uint32_t value = record;
        if (record == kNothing) value = count;
        // 16 bytes of nought lie between the tree and the data.
        if (record != kNothing && (record & kData) != 0) value = count + 16 + (record & ~kData);
        for (const unsigned shift : {16U, 8U, 0U}) {
          out.push_back(static_cast<std::uint8_t>(value >> shift));
        }
      }
    }
  }

 private:
  static constexpr std::uint32_t kData = 0x80000000;

  std::vector<std::array<std::uint32_t, 2>> nodes_{{kNothing, kNothing}};
};

void write_metadata(Bytes& file, std::size_t nodes) {
  ByteWriter(file).raw(as_bytes("\xab\xcd\xefMaxMind.com"));
  DataWriter out(file);
  out.map(9);
  out.text("node_count");
  out.u32(static_cast<std::uint32_t>(nodes));
  out.text("record_size");
  out.u16(24);
  out.text("ip_version");
  out.u16(6);
  out.text("database_type");
  out.text("Test-City");
  out.text("languages");
  out.array(1);
  out.text("en");
  out.text("binary_format_major_version");
  out.u16(2);
  out.text("binary_format_minor_version");
  out.u16(0);
  out.text("build_epoch");
  out.u64(1'700'000'000);
  out.text("description");
  out.map(1);
  out.text("en");
  out.text("Places of a test");
}

}  // namespace

Bytes make_place_file(const std::vector<PlaceRecord>& records, PlaceFileKind kind) {
  Tree tree;
  Bytes data;
  for (const PlaceRecord& record : records) {
    tree.add(parse_prefix(record.network), static_cast<std::uint32_t>(data.size()));
    const Bytes bytes = record_bytes(record, kind);
    data.insert(data.end(), bytes.begin(), bytes.end());
  }
  Bytes file;
  tree.write(file);
  file.resize(file.size() + 16);
  file.insert(file.end(), data.begin(), data.end());
  write_metadata(file, tree.size());
  return file;
}

}  // namespace fastness::places::testing
