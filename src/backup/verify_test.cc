// A backup is looked at without being restored: what verify takes unpack takes, and nothing else.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "backup/archive.h"
#include "backup/part.h"
#include "backup/public_head.h"
#include "crypto/secret_stream.h"
#include "os/files/descriptor.h"
#include "os/files/transfer.h"

namespace fastness::backup {
namespace {

constexpr std::uint32_t kNovember2026 = 2026 * 12 + 10;

// The bytes that src/vault/recovery/backup_head.cc writes, with a history of `history` bytes; and
// wrote, before a backup said what the instance is for.
Bytes head_bytes(std::size_t history, std::optional<std::uint8_t> environment = 1) {
  Bytes head;
  ByteWriter out(head);
  out.raw(as_bytes(environment ? "fastness backup2" : "fastness backup1"));
  out.u32(environment ? 16 + 4 + 16 + 8 + 1 : 16 + 4 + 16 + 8);
  for (std::uint8_t i = 0; i < 16; ++i) out.u8(i);
  out.u32(kNovember2026);
  for (int i = 0; i < 16; ++i) out.u8(7);
  out.i64(1'795'305'600'000'000);  // 2026-11-22
  if (environment) out.u8(*environment);
  out.sized(ByteView(Bytes(history, 0x5a)));
  return head;
}

class Verify : public ::testing::Test {
 protected:
  Verify() {
    std::string path = (std::filesystem::temp_directory_path() / "verify-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    root_ = path;
    std::filesystem::create_directories(from() / "values");
    std::ofstream(from() / "control.db") << "what it was";
    std::ofstream(from() / "values/CURRENT") << "1";
    ticket.key = crypto::SecretBytes(32);
    ticket.head = crypto::sha256(head);
  }
  ~Verify() override { std::filesystem::remove_all(root_); }

  [[nodiscard]] std::filesystem::path from() const { return root_ / "from"; }
  [[nodiscard]] os::Descriptor open_file() const {
    return os::Descriptor(::open((root_ / "b").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }

  // A whole backup, whose bytes it returns.
  std::string make() {
    std::filesystem::remove(root_ / "b");
    const os::Descriptor file = open_file();
    EXPECT_TRUE(os::write_all(file.number(), head));
    EXPECT_TRUE(pack(from(), file.number(), ticket));
    std::ostringstream text;
    text << std::ifstream(root_ / "b", std::ios::binary).rdbuf();
    return text.str();
  }
  void replace(const std::string& bytes) const {
    std::ofstream(root_ / "b", std::ios::binary | std::ios::trunc) << bytes;
  }
  [[nodiscard]] Result<Verified> look() const { return verify(open_file().number(), ticket); }

  Bytes head = head_bytes(300'000);
  Ticket ticket;

 private:
  std::filesystem::path root_;
};

TEST_F(Verify, AWholeBackupIsCountedAndNothingIsWritten) {
  const std::string whole = make();

  const auto done = look();

  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->packed.files, 2U);
  EXPECT_EQ(done->packed.bytes, 12U);
  EXPECT_EQ(make().size(), whole.size());
  EXPECT_EQ(look()->contents, done->contents) << "the same files have the same digest";
  std::ofstream(from() / "control.db") << "what it is!";
  make();
  EXPECT_NE(look()->contents, done->contents);
}

// What a test restore does: from the first byte on, with a ticket that another file's head has not.
TEST_F(Verify, AWholeBackupIsUnpackedFromItsFirstByte) {
  const std::string whole = make();
  const auto into = from().parent_path() / "into";
  std::filesystem::create_directory(into);
  const os::Descriptor file = open_file();
  ASSERT_GT(::lseek(file.number(), 0, SEEK_END), 0);

  const auto done = unpack_whole(file.number(), into, ticket);

  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->files, 2U);
  EXPECT_EQ(std::filesystem::file_size(into / "control.db"), 11U);
  EXPECT_FALSE(unpack_whole(file.number(), into, ticket)) << "it is not empty";
  for (const std::size_t at : {std::size_t{60}, whole.size() - 20}) {
    std::filesystem::remove_all(into);
    std::filesystem::create_directory(into);
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    replace(changed);
    EXPECT_FALSE(unpack_whole(open_file().number(), into, ticket)) << at;
  }
}

TEST_F(Verify, OneFileIsUnpackedAndNothingElseIsWritten) {
  make();
  const auto into = from().parent_path() / "into";
  std::filesystem::create_directory(into);
  const auto take = [&](const std::string& name) {
    const os::Descriptor file = open_file();
    EXPECT_TRUE(verify(file.number(), ticket));
    EXPECT_EQ(::lseek(file.number(), static_cast<off_t>(head.size()), SEEK_SET),
              static_cast<off_t>(head.size()));
    return unpack_file(file.number(), name, into / "one", ticket);
  };

  const auto taken = take("control.db");
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(std::filesystem::file_size(into / "one"), 11U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(into), {}), 1);
  EXPECT_FALSE(take("control.db")) << "it is there";
  std::filesystem::remove(into / "one");
  EXPECT_EQ(take("values").error().code, Errc::not_found) << "a directory";
  EXPECT_EQ(take("other.db").error().code, Errc::not_found);
  EXPECT_TRUE(std::filesystem::is_empty(into));
}

TEST_F(Verify, AnyChangedByteIsRefused) {
  head = head_bytes(5);
  ticket.head = crypto::sha256(head);
  const std::string whole = make();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    SCOPED_TRACE(i);
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 4);
    replace(changed);
    EXPECT_FALSE(look());
  }
  replace(whole);
  EXPECT_TRUE(look());
}

TEST_F(Verify, WhatIsCutOffOrGoesOnIsRefused) {
  head = head_bytes(5);
  ticket.head = crypto::sha256(head);
  const std::string whole = make();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    replace(whole.substr(0, size));
    EXPECT_FALSE(look());
  }
  replace(whole + "x");
  EXPECT_EQ(look().error().code, Errc::corrupted);
}

// The key is right and the head is another backup's: the vault would believe another history.
TEST_F(Verify, AHeadThatWasExchangedIsRefused) {
  std::string whole = make();
  const Bytes other = [] {
    Bytes bytes = head_bytes(300'000);
    bytes[30] ^= 1U;
    return bytes;
  }();
  whole.replace(0, other.size(), as_text(other));
  replace(whole);
  EXPECT_EQ(look().error().code, Errc::corrupted);
}

TEST_F(Verify, WhatUnpackWouldRefuseIsRefused) {
  const auto part = [](PartKind kind, std::string_view body) {
    return Part{kind, to_bytes(as_bytes(body))};
  };
  const Part none{PartKind::end, Bytes(16)};
  for (const std::vector<Part>& parts :
       std::vector<std::vector<Part>>{{part(PartKind::file, "../out"), none},
                                      {part(PartKind::directory, "/etc"), none},
                                      {part(PartKind::file, "a"), part(PartKind::file, "a"), none},
                                      {part(PartKind::contents, "x"), none},
                                      {part(PartKind::file, "a"), none},
                                      {part(PartKind::end, "short")}}) {
    std::filesystem::remove(from().parent_path() / "b");
    const os::Descriptor file = open_file();
    ASSERT_TRUE(os::write_all(file.number(), head));
    crypto::StreamSealer sealer(ticket.key);
    ASSERT_TRUE(os::write_all(file.number(), sealer.header()));
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Bytes sealed = sealer.seal(
          parts[i].encode(), i == 0 ? ByteView(ticket.head) : ByteView(),
          parts[i].kind == PartKind::end ? crypto::StreamPart::last : crypto::StreamPart::more);
      Bytes framed;
      ByteWriter(framed).sized(ByteView(sealed));
      ASSERT_TRUE(os::write_all(file.number(), framed));
    }
    EXPECT_EQ(look().error().code, Errc::corrupted);
  }
}

TEST_F(Verify, TheHeadSaysInClearWhoseAndOfWhichMonth) {
  make();
  const os::Descriptor file = open_file();
  const auto read = read_public_head(file.number());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->instance.to_text(), "00010203-0405-0607-0809-0a0b0c0d0e0f");
  EXPECT_EQ(read->environment, Environment::staging);
  EXPECT_EQ(month_text(read->month), "2026-11");
  EXPECT_EQ(month_at(read->created_at), read->month);
  EXPECT_EQ(read->digest, ticket.head);
  EXPECT_EQ(::lseek(file.number(), 0, SEEK_CUR), static_cast<off_t>(head.size()));
}

TEST_F(Verify, AHeadOfBeforeEnvironmentsIsOfProductionAndNoOtherNumberIsOne) {
  replace(std::string(as_text(head_bytes(3, std::nullopt))));
  EXPECT_EQ(read_public_head(open_file().number())->environment, Environment::production);
  replace(std::string(as_text(head_bytes(3, 3))));
  EXPECT_EQ(read_public_head(open_file().number()).error().code, Errc::invalid_argument);
}

TEST_F(Verify, WhatIsNoBackupIsSaidSo) {
  for (const std::string& text :
       {std::string(), std::string("fastness kit v2\n"), std::string(99, 'x'),
        std::string("fastness backup1\xff\xff\xff\xff"),
        std::string("fastness backup2\xff\xff\xff\xff")}) {
    replace(text);
    EXPECT_EQ(look().error().code, Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace fastness::backup
