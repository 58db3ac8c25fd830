#include "backup/archive.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "backup/part.h"
#include "crypto/secret_stream.h"
#include "os/files/descriptor.h"
#include "os/files/transfer.h"

namespace fastness::backup {
namespace {

using Tree = std::map<std::string, std::string>;  // a directory's contents are "/"

class Archive : public ::testing::Test {
 protected:
  Archive() {
    std::string path = (std::filesystem::temp_directory_path() / "archive-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    root_ = path;
    std::filesystem::create_directory(from());
    std::filesystem::create_directory(to());
  }
  ~Archive() override { std::filesystem::remove_all(root_); }

  [[nodiscard]] std::filesystem::path from() const { return root_ / "from"; }
  [[nodiscard]] std::filesystem::path to() const { return root_ / "to"; }
  [[nodiscard]] std::filesystem::path file() const { return root_ / "backup"; }

  void put(const std::string& name, const std::string& contents) const {
    std::filesystem::create_directories((from() / name).parent_path());
    std::ofstream(from() / name, std::ios::binary) << contents;
  }

  static Tree tree_of(const std::filesystem::path& directory) {
    Tree tree;
    for (const auto& each : std::filesystem::recursive_directory_iterator(directory)) {
      std::ostringstream text;
      if (each.is_regular_file()) text << std::ifstream(each.path(), std::ios::binary).rdbuf();
      tree[each.path().lexically_relative(directory).string()] =
          each.is_directory() ? "/" : text.str();
    }
    return tree;
  }

  static Ticket ticket(std::uint8_t which = 1) {
    Ticket ticket;
    ticket.key = crypto::SecretBytes(32);
    ticket.key.reveal()[0] = which;
    ticket.head[0] = 7;
    return ticket;
  }

  [[nodiscard]] os::Descriptor open_file() const {
    return os::Descriptor(::open(file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }

  Result<Packed> pack_all() const {
    std::filesystem::remove(file());
    return pack(from(), open_file().number(), ticket());
  }

  Result<Packed> unpack_anew(const Ticket& with) const {
    std::filesystem::remove_all(to());
    std::filesystem::create_directory(to());
    return unpack(open_file().number(), to(), with);
  }

  [[nodiscard]] std::string bytes() const {
    std::ostringstream text;
    text << std::ifstream(file(), std::ios::binary).rdbuf();
    return text.str();
  }
  void replace(const std::string& bytes) const {
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes;
  }

  // A stream of these parts, sealed as pack seals it.
  void seal(const std::vector<Part>& parts) const {
    std::filesystem::remove(file());
    const os::Descriptor out = open_file();
    const Ticket with = ticket();
    crypto::StreamSealer sealer(with.key);
    ASSERT_TRUE(os::write_all(out.number(), sealer.header()));
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool is_last = parts[i].kind == PartKind::end;
      const Bytes sealed =
          sealer.seal(parts[i].encode(), i == 0 ? ByteView(with.head) : ByteView(),
                      is_last ? crypto::StreamPart::last : crypto::StreamPart::more);
      Bytes framed;
      ByteWriter(framed).sized(ByteView(sealed));
      ASSERT_TRUE(os::write_all(out.number(), framed));
    }
  }

  static Part part(PartKind kind, std::string_view body) {
    return {kind, to_bytes(as_bytes(body))};
  }

 private:
  std::filesystem::path root_;
};

TEST_F(Archive, WhatWasPackedComesBack) {
  put("control.db", std::string(kPartSize * 2 + 3, 'x'));
  put("values/000001.sst", std::string(kPartSize, '\0'));
  put("values/CURRENT", "");
  std::filesystem::create_directory(from() / "journal");

  const auto packed = pack_all();

  ASSERT_TRUE(packed) << packed.error().message;
  EXPECT_EQ(packed->files, 3U);
  EXPECT_EQ(packed->bytes, kPartSize * 3 + 3);
  const auto unpacked = unpack_anew(ticket());
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ(tree_of(to()), tree_of(from()));
  EXPECT_EQ(unpacked->files, 3U);
}

TEST_F(Archive, AnEmptyDirectoryIsABackupToo) {
  ASSERT_TRUE(pack_all());
  ASSERT_TRUE(unpack_anew(ticket()));
  EXPECT_TRUE(tree_of(to()).empty());
}

TEST_F(Archive, LinksAreLeftOut) {
  put("real", "here");
  std::filesystem::create_symlink("/etc/passwd", from() / "link");
  ASSERT_TRUE(pack_all());
  ASSERT_TRUE(unpack_anew(ticket()));
  EXPECT_EQ(tree_of(to()), (Tree{{"real", "here"}}));
}

TEST_F(Archive, NothingOfTheFilesIsInIt) {
  put("control.db", "a planted sentence");
  ASSERT_TRUE(pack_all());
  EXPECT_EQ(bytes().find("planted"), std::string::npos);
  EXPECT_EQ(bytes().find("control"), std::string::npos);
}

TEST_F(Archive, AnyChangedByteIsRefused) {
  put("control.db", "what it was");
  put("values/CURRENT", "1");
  ASSERT_TRUE(pack_all());
  const std::string whole = bytes();

  for (std::size_t i = 0; i < whole.size(); ++i) {
    SCOPED_TRACE(i);
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 4);
    replace(changed);
    EXPECT_FALSE(unpack_anew(ticket()));
  }
  replace(whole);
  EXPECT_TRUE(unpack_anew(ticket()));
}

TEST_F(Archive, WhatIsCutOffOrGoesOnIsRefused) {
  put("control.db", "what it was");
  ASSERT_TRUE(pack_all());
  const std::string whole = bytes();

  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    replace(whole.substr(0, size));
    EXPECT_EQ(unpack_anew(ticket()).error().code, Errc::corrupted);
  }
  replace(whole + "x");
  EXPECT_EQ(unpack_anew(ticket()).error().code, Errc::corrupted);
}

TEST_F(Archive, AnotherKeyOrAnotherHeadDoesNotOpenIt) {
  put("control.db", "what it was");
  ASSERT_TRUE(pack_all());
  EXPECT_EQ(unpack_anew(ticket(2)).error().code, Errc::corrupted);
  Ticket headed = ticket();
  headed.head[0] = 8;
  EXPECT_EQ(unpack_anew(headed).error().code, Errc::corrupted);
}

// Whoever had the key of a backup, as the program that packed it had, writes nothing outside.
TEST_F(Archive, APathThatLeadsOutIsRefused) {
  for (const char* path : {"../out", "/etc/cron.d/out", "a/../../out", "", ".", "..", "a//b", "a/",
                           "with space", "with\nline", "values/../out"}) {
    SCOPED_TRACE(path);
    EXPECT_FALSE(is_safe_path(path));
    for (const PartKind kind : {PartKind::file, PartKind::directory}) {
      seal({part(kind, path)});
      EXPECT_EQ(unpack_anew(ticket()).error().code, Errc::corrupted);
    }
  }
  EXPECT_FALSE(std::filesystem::exists(to().parent_path() / "out"));
  EXPECT_TRUE(is_safe_path("values/000001.sst"));
}

TEST_F(Archive, PartsOutOfTurnAreRefused) {
  const Part zero{PartKind::end, Bytes(16)};
  Part one = zero;
  one.body[7] = 1;
  struct Case {
    const char* what;
    std::vector<Part> parts;
  };
  const std::vector<Case> cases{
      {"contents of no file", {part(PartKind::contents, "x"), zero}},
      {"a file twice", {part(PartKind::file, "a"), part(PartKind::file, "a"), one}},
      {"fewer files than it says", {one}},
      {"more files than it says", {part(PartKind::file, "a"), zero}},
      {"an end of another size", {part(PartKind::end, "short")}},
      {"no kind", {Part{static_cast<PartKind>(9), {}}}},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.what);
    seal(each.parts);
    EXPECT_EQ(unpack_anew(ticket()).error().code, Errc::corrupted);
  }
  seal({part(PartKind::file, "a"), one});
  EXPECT_TRUE(unpack_anew(ticket()));
}

TEST_F(Archive, ATicketIsWholeOrNone) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  os::Descriptor read_end(ends[0]);
  os::Descriptor write_end(ends[1]);
  ASSERT_TRUE(os::write_all(write_end.number(), Bytes(63)));
  write_end.close();
  EXPECT_EQ(Ticket::read_from(read_end.number()).error().code, Errc::unavailable);
}

}  // namespace
}  // namespace fastness::backup
