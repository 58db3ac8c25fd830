#include "senml/command.h"

#include <gtest/gtest.h>

#include "base/fixed_limits.h"

namespace fastness::senml {
namespace {

Result<Command> decode_hex(std::string_view hex) {
  return decode_command(from_hex(hex).value());
}

TEST(Command, IgnoresFieldsThatANewerBoardAdds) {
  const auto command = decode_hex("da000107008365322e392e30a1616101820102");

  ASSERT_TRUE(command) << command.error().message;
  EXPECT_EQ(*command, Command(DeviceBegin{"2.9.0"}));
}

TEST(Command, ReadsAnIndefiniteArrayToo) {
  EXPECT_EQ(*decode_hex("da000103009f60ff"), Command(ThingBegin{""}));
}

TEST(Command, AnUnknownTagIsNotFound) {
  const auto command = decode_hex("da0001990080");

  ASSERT_FALSE(command);
  EXPECT_EQ(command.error().code, Errc::not_found);
}

TEST(Command, ReadsAStateAsASimpleValueOrANumber) {
  const std::string id = "50000102030405060708090a0b0c0d0e0f";
  const auto simple = decode_hex("da0001020084" + id + "e50001");
  const auto number = decode_hex("da0001020084" + id + "050001");

  ASSERT_TRUE(simple);
  ASSERT_TRUE(number);
  EXPECT_EQ(*simple, *number);
}

TEST(Command, RefusesWhatIsNoCommand) {
  const struct {
    const char* what;
    const char* hex;
  } cases[] = {
      {"nothing", ""},
      {"no tag", "8160"},
      {"a tag alone", "da00010300"},
      {"no array", "da0001030060"},
      {"a missing field", "da0001030080"},
      {"a number for a text", "da000103008101"},
      {"bytes after it", "da000105008000"},
      {"a hash of 31 bytes",
       "da0001000081581f00000000000000000000000000000000000000000000000000000000000000"},
      {"a hash of 33 bytes",
       "da00010000815821000000000000000000000000000000000000000000000000000000000000000000"},
      {"a network that does not exist", "da000111008108"},
      {"a network without its name", "da000111008101"},
      {"an address of 17 bytes", "da00011100850651000102030405060708090a0b0c0d0e0f10404040"},
      {"an offset over 32 bits", "da00010900821b000000010000000000"},
      {"a time before 1970", "da0001090082000020"},
      {"an array without end", "da000105009f"},
      {"an array of more than there is",
       "da00010500"
       "9bffffffffffffffff"},
  };
  for (const auto& [what, hex] : cases) {
    SCOPED_TRACE(what);
    const auto command = decode_hex(hex);

    ASSERT_FALSE(command);
    EXPECT_EQ(command.error().code, Errc::invalid_argument);
  }
}

TEST(Command, TakesTextsOf255BytesAndNotOfMore) {
  EXPECT_TRUE(decode_command(encode_command(DeviceBegin{std::string(255, 'x')})));
  EXPECT_FALSE(decode_command(encode_command(DeviceBegin{std::string(256, 'x')})));
}

TEST(Command, TakesLastValuesUpToTheLimitAndNotAByteMore) {
  constexpr std::size_t kMost = fixed_limit("commands.values_bytes");
  EXPECT_TRUE(decode_command(encode_command(LastValuesUpdate{Bytes(kMost)})));
  EXPECT_FALSE(decode_command(encode_command(LastValuesUpdate{Bytes(kMost + 1)})));
}

}  // namespace
}  // namespace fastness::senml
