// What real boards and clients put on the wire: tests/vectors/arduino.

#include <fstream>

#include <gtest/gtest.h>

#include "senml/command.h"
#include "senml/pack.h"

namespace fastness::senml {
namespace {

struct Line {
  std::string key;
  std::string rest;
};

// The lines of a file of vectors, split at `separator`; comments are left out.
std::vector<Line> lines(const std::string& file, const std::string& separator) {
  std::ifstream in(std::string(FASTNESS_TEST_VECTORS) + "/arduino/" + file);
  std::vector<Line> all;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t at = line.find(separator);
    all.push_back({line.substr(0, at), line.substr(at + separator.size())});
  }
  return all;
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at = 0; (at = text.find(separator, from)) != std::string::npos;) {
    parts.push_back(text.substr(from, at - from));
    from = at + separator.size();
  }
  parts.push_back(text.substr(from));
  return parts;
}

std::string text_of(const std::string& hex) {
  return hex == "-" ? "" : std::string(as_text(from_hex(hex).value()));
}

Scalar scalar(char kind, const std::string& text) {
  switch (kind) {
    case 'b':
      return text == "1";
    case 'i':
      return std::int64_t{std::stoll(text)};
    case 'f':
      return static_cast<double>(std::stof(text));  // boards have single precision
    default:
      return text_of(text);
  }
}

// "temp f25.5@1700000000": a name, a kind with its value, and perhaps a time (@) or base time (^).
Record record(const std::string& text) {
  const std::size_t space = text.find(' ');
  const std::size_t mark = text.find_first_of("@^");
  Record record;
  const std::string name = text.substr(0, space);
  if (name.starts_with('#')) {
    record.light_id = std::stoll(name.substr(1));
  } else {
    record.name = name;
  }
  record.value = scalar(text[space + 1], text.substr(space + 2, mark - space - 2));
  if (mark != std::string::npos) {
    (text[mark] == '@' ? record.time : record.base_time) = std::stod(text.substr(mark + 1));
  }
  return record;
}

std::vector<Record> records(const std::string& text) {
  std::vector<Record> all;
  for (const std::string& part : split(text, " ; ")) all.push_back(record(part));
  return all;
}

TEST(ArduinoVectors, EveryReportOfABoardIsReadAsItWasMeant) {
  const auto vectors = lines("board_reports.txt", " | ");
  ASSERT_EQ(vectors.size(), 102U);
  for (const auto& [hex, expected] : vectors) {
    SCOPED_TRACE(hex);
    const auto pack = decode(from_hex(hex).value());

    ASSERT_TRUE(pack) << pack.error().message;
    EXPECT_EQ(pack->records, records(expected));
  }
}

// Boards write an indefinite array around the same bytes.
TEST(ArduinoVectors, WhatWeWriteDiffersFromABoardsOnlyInTheArrayHeader) {
  for (const auto& [hex, expected] : lines("board_reports.txt", " | ")) {
    SCOPED_TRACE(hex);
    const Bytes ours = encode(records(expected));

    EXPECT_EQ(to_hex(ours).substr(2), hex.substr(2, hex.size() - 4));
  }
}

TEST(ArduinoVectors, WhatABoardAcceptsWeAccept) {
  const auto vectors = lines("board_accepts.txt", " | ");
  ASSERT_EQ(vectors.size(), 19U);
  for (const auto& [hex, expected] : vectors) {
    SCOPED_TRACE(hex);
    const auto pack = decode(from_hex(hex).value());

    ASSERT_EQ(pack.has_value(), expected != "refused");
    if (pack) {
      EXPECT_EQ(pack->records, records(expected));
    }
  }
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> fixed(const std::string& hex) {
  std::array<std::uint8_t, kSize> out{};
  const Bytes raw = from_hex(hex).value();
  std::copy_n(raw.begin(), kSize, out.begin());
  return out;
}

DeviceNetConfig net_config(const std::vector<std::string>& f) {
  DeviceNetConfig config{static_cast<DeviceNetConfig::Type>(std::stoi(f[1])), {}, {}};
  for (std::size_t i = 2; i < f.size(); ++i) {
    if (config.type == DeviceNetConfig::Type::ethernet) {
      config.addresses.push_back(f[i] == "-" ? Bytes{} : from_hex(f[i]).value());
    } else {
      config.texts.push_back(text_of(f[i]));
    }
  }
  return config;
}

Command command(const std::string& text) {
  const auto f = split(text, " ");
  if (f[0] == "DeviceBegin") return DeviceBegin{text_of(f[1])};
  if (f[0] == "ThingBegin") return ThingBegin{text_of(f[1])};
  if (f[0] == "LastValuesBegin") return LastValuesBegin{};
  if (f[0] == "TimezoneUp") return TimezoneUp{};
  if (f[0] == "OtaBegin") return OtaBegin{fixed<32>(f[1])};
  if (f[0] == "OtaProgress") {
    return OtaProgress{fixed<16>(f[1]), static_cast<std::uint8_t>(std::stoi(f[2])),
                       std::stoll(f[3]), std::stoull(f[4])};
  }
  if (f[0] == "DeviceNetConfig") return net_config(f);
  if (f[0] == "WiFiFwVersion") return WifiFwVersion{text_of(f[1])};
  if (f[0] == "ThingUpdate") return ThingUpdate{text_of(f[1])};
  if (f[0] == "ThingDetach") return ThingDetach{text_of(f[1])};
  if (f[0] == "TimezoneDown") {
    return TimezoneDown{std::stoi(f[1]), static_cast<std::uint32_t>(std::stoul(f[2]))};
  }
  if (f[0] == "LastValuesUpdate") {
    return LastValuesUpdate{f[1] == "-" ? Bytes{} : from_hex(f[1]).value()};
  }
  return OtaUpdate{fixed<16>(f[1]), text_of(f[2]), fixed<32>(f[3]), fixed<32>(f[4])};
}

TEST(ArduinoVectors, EveryCommandIsReadAndWrittenAsTheBoardDoes) {
  const auto vectors = lines("commands.txt", " | ");
  ASSERT_EQ(vectors.size(), 32U);
  for (const auto& [hex, expected] : vectors) {
    SCOPED_TRACE(expected);
    const auto decoded = decode_command(from_hex(hex).value());

    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, command(expected));
    EXPECT_EQ(to_hex(encode_command(command(expected))), hex);
  }
}

TEST(ArduinoVectors, EveryMessageOfRecordedSessionsIsReadable) {
  const auto vectors = lines("sessions.txt", " ");
  ASSERT_EQ(vectors.size(), 55U);
  for (const auto& [topic, hex] : vectors) {
    SCOPED_TRACE(::testing::Message() << topic << " " << hex);
    const Bytes payload = from_hex(hex).value();
    if (topic.ends_with("/c/up") || topic.ends_with("/c/dw")) {
      const auto decoded = decode_command(payload);
      ASSERT_TRUE(decoded) << decoded.error().message;
      EXPECT_EQ(to_hex(encode_command(*decoded)), hex);
    } else {
      const auto pack = decode(payload);
      // One message of the recording promises two pairs and ends after a name.
      ASSERT_EQ(pack.has_value(), hex != "81a20063737731");
      if (pack) {
        EXPECT_FALSE(pack->records.empty());
      }
    }
  }
}

}  // namespace
}  // namespace fastness::senml
