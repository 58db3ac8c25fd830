#include "senml/command.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/fixed_limits.h"
#include "senml/cbor.h"

namespace fastness::senml {
namespace {

enum Tag : std::uint32_t {
  ota_begin = 0x01'0000,
  ota_update = 0x01'0100,
  ota_progress = 0x01'0200,
  thing_begin = 0x01'0300,
  thing_update = 0x01'0400,
  last_values_begin = 0x01'0500,
  last_values_update = 0x01'0600,
  device_begin = 0x01'0700,
  timezone_up = 0x01'0800,
  timezone_down = 0x01'0900,
  thing_detach = 0x01'1000,
  device_net_config = 0x01'1100,
  wifi_fw_version = 0x01'2014,
};

constexpr std::size_t kMaxText = fixed_limit("commands.text_bytes");
constexpr std::size_t kMaxPack = fixed_limit("commands.values_bytes");

// The fields of one command in order. The first one that fails makes `failed` non-empty, and all
// later ones empty too.
class Fields {
 public:
  Fields(CborReader& in, CborReader::Items items) : in_(in), items_(items) {}

  std::string text() {
    return read<std::string>([this] { return in_.text(kMaxText); });
  }
  Bytes bytes(std::size_t max_size) {
    return read<Bytes>([this, max_size] { return in_.bytes(max_size); });
  }
  template <std::size_t kSize>
  std::array<std::uint8_t, kSize> exactly() {
    const Bytes raw = bytes(kSize);
    std::array<std::uint8_t, kSize> fixed{};
    if (raw.size() == kSize) {
      std::ranges::copy(raw, fixed.begin());
    } else if (!error_) {
      error_ = Error{Errc::invalid_argument, "command: bytes of the wrong length"};
    }
    return fixed;
  }
  std::int64_t integer(std::int64_t least, std::int64_t most) {
    const auto value = read<std::int64_t>([this] { return in_.integer(); });
    if (!error_ && (value < least || value > most)) {
      error_ = Error{Errc::invalid_argument, "command: a number out of range"};
    }
    return value;
  }
  // Boards write it as a simple value; an integer says the same.
  std::uint8_t state() {
    return read<std::uint8_t>([this]() -> Result<std::uint8_t> {
      FASTNESS_ASSIGN_OR_RETURN(const CborReader::Kind kind, in_.peek());
      if (kind != CborReader::Kind::unsigned_integer) return in_.simple();
      FASTNESS_ASSIGN_OR_RETURN(const std::int64_t value, in_.integer());
      if (value > 0xff) return fail(Errc::invalid_argument, "command: a state out of range");
      return static_cast<std::uint8_t>(value);
    });
  }

  // Passes over what is left; then whether all went well.
  [[nodiscard]] Result<void> finish() {
    while (!error_) {
      auto more = in_.next(items_);
      if (!more) return propagate(std::move(more));
      if (!*more) break;
      FASTNESS_RETURN_IF_ERROR(in_.skip());
    }
    if (error_) return Unexpected<Error>{*error_};
    if (!in_.at_end()) return fail(Errc::invalid_argument, "command: bytes after the array");
    return {};
  }

 private:
  template <typename T, typename Read>
  T read(Read read_one) {
    if (error_) return T{};
    auto more = in_.next(items_);
    if (more && !*more) more = fail(Errc::invalid_argument, "command: a field is missing");
    if (!more) {
      error_ = more.error();
      return T{};
    }
    Result<T> value = read_one();
    if (!value) {
      error_ = value.error();
      return T{};
    }
    return std::move(value).value();
  }

  CborReader& in_;
  CborReader::Items items_;
  std::optional<Error> error_;
};

// Braces evaluate left to right ([dcl.init.list]), so the reads below are in the order of the wire.

DeviceNetConfig read_net_config(Fields& fields) {
  using Type = DeviceNetConfig::Type;
  DeviceNetConfig config{static_cast<Type>(fields.integer(0, 7)), {}, {}};
  switch (config.type) {
    case Type::none:
      break;
    case Type::wifi:
    case Type::lora:
      config.texts = {fields.text()};
      break;
    case Type::gsm:
    case Type::nb:
    case Type::catm1:
    case Type::cellular:
      config.texts = {fields.text(), fields.text()};
      break;
    case Type::ethernet:
      config.addresses = {fields.bytes(16), fields.bytes(16), fields.bytes(16), fields.bytes(16)};
      break;
  }
  return config;
}

constexpr std::int64_t kInt32Min = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kInt32Max = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kUint32Max = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kInt64Min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

Result<Command> read_fields(std::uint64_t tag, Fields& fields) {
  switch (tag) {
    case Tag::ota_begin:
      return Command(OtaBegin{fields.exactly<32>()});
    case Tag::ota_update:
      return Command(OtaUpdate{fields.exactly<16>(), fields.text(), fields.exactly<32>(),
                               fields.exactly<32>()});
    case Tag::ota_progress:
      return Command(OtaProgress{fields.exactly<16>(), fields.state(),
                                 fields.integer(kInt64Min, kInt64Max),
                                 static_cast<std::uint64_t>(fields.integer(0, kInt64Max))});
    case Tag::thing_begin:
      return Command(ThingBegin{fields.text()});
    case Tag::thing_update:
      return Command(ThingUpdate{fields.text()});
    case Tag::last_values_begin:
      return Command(LastValuesBegin{});
    case Tag::last_values_update:
      return Command(LastValuesUpdate{fields.bytes(kMaxPack)});
    case Tag::device_begin:
      return Command(DeviceBegin{fields.text()});
    case Tag::timezone_up:
      return Command(TimezoneUp{});
    case Tag::timezone_down:
      return Command(TimezoneDown{static_cast<std::int32_t>(fields.integer(kInt32Min, kInt32Max)),
                                  static_cast<std::uint32_t>(fields.integer(0, kUint32Max))});
    case Tag::thing_detach:
      return Command(ThingDetach{fields.text()});
    case Tag::device_net_config:
      return Command(read_net_config(fields));
    case Tag::wifi_fw_version:
      return Command(WifiFwVersion{fields.text()});
    default:
      return fail(Errc::not_found, "command: a tag that we do not know");
  }
}

// Writes each command as boards do.
struct Write {
  CborWriter& out;

  void begin(Tag tag, std::size_t fields) const {
    out.tag(tag);
    out.array(fields);
  }
  void text(Tag tag, std::string_view value) const {
    begin(tag, 1);
    out.text(value);
  }

  void operator()(const OtaBegin& c) const {
    begin(Tag::ota_begin, 1);
    out.bytes(c.running_sketch);
  }
  void operator()(const OtaProgress& c) const {
    begin(Tag::ota_progress, 4);
    out.bytes(c.id);
    out.simple(c.state);
    out.integer(c.state_data);
    out.unsigned_integer(c.time_us);
  }
  void operator()(const ThingBegin& c) const { text(Tag::thing_begin, c.thing_id); }
  void operator()(const LastValuesBegin& /*c*/) const { begin(Tag::last_values_begin, 0); }
  void operator()(const DeviceBegin& c) const { text(Tag::device_begin, c.lib_version); }
  void operator()(const TimezoneUp& /*c*/) const { begin(Tag::timezone_up, 0); }
  void operator()(const DeviceNetConfig& c) const {
    begin(Tag::device_net_config, 1 + c.texts.size() + c.addresses.size());
    out.integer(static_cast<std::int64_t>(c.type));
    for (const std::string& part : c.texts) out.text(part);
    for (const Bytes& part : c.addresses) out.bytes(part);
  }
  void operator()(const WifiFwVersion& c) const { text(Tag::wifi_fw_version, c.version); }
  void operator()(const OtaUpdate& c) const {
    begin(Tag::ota_update, 4);
    out.bytes(c.id);
    out.text(c.url);
    out.bytes(c.initial);
    out.bytes(c.final);
  }
  void operator()(const ThingUpdate& c) const { text(Tag::thing_update, c.thing_id); }
  void operator()(const ThingDetach& c) const { text(Tag::thing_detach, c.thing_id); }
  void operator()(const LastValuesUpdate& c) const {
    begin(Tag::last_values_update, 1);
    out.bytes(c.pack);
  }
  void operator()(const TimezoneDown& c) const {
    begin(Tag::timezone_down, 2);
    out.integer(c.offset_seconds);
    out.unsigned_integer(c.until);
  }
};

}  // namespace

Result<Command> decode_command(ByteView input) {
  CborReader in(input);
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t tag, in.tag());
  FASTNESS_ASSIGN_OR_RETURN(const CborReader::Items items, in.enter_array());
  Fields fields(in, items);
  FASTNESS_ASSIGN_OR_RETURN(Command command, read_fields(tag, fields));
  FASTNESS_RETURN_IF_ERROR(fields.finish());
  return command;
}

Bytes encode_command(const Command& command) {
  Bytes bytes;
  CborWriter out(bytes);
  std::visit(Write{out}, command);
  return bytes;
}

}  // namespace fastness::senml
