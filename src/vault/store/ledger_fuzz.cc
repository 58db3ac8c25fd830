// A good ledger's file, changed at will: it opens with the entries that were there, all or the
// first of them, or says that it is damaged. Never with another.
//
// The input is a list of changes, three bytes each: where, and what is put there; an offset past
// the end cuts the file.
#include <cstdint>
#include <cstdlib>

#include "os/testing/faulty_file_system.h"
#include "vault/store/ledger.h"

namespace {

using namespace fastness;

constexpr std::uint64_t kEntries = 4;
const std::filesystem::path kPath = "/ledger";

ledger::LedgerEntry entry_of(std::uint64_t index) {
  ledger::LedgerEntry entry;
  entry.index = index;
  entry.device = DeviceId(Uuid({static_cast<std::uint8_t>(index + 1)}));
  return entry;
}

Result<vault::Ledger> open(os::FileSystem& disk) {
  return vault::Ledger::open(disk, kPath, crypto::SecretBytes(32));
}

Bytes good_file() {
  os::testing::FaultyFileSystem disk(1);
  {
    auto ledger = open(disk);
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      if (!ledger || !ledger.value().append(entry_of(i))) std::abort();
    }
  }
  return os::read_file(disk, kPath, 1'000'000).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Bytes kGood = good_file();
  Bytes contents = kGood;
  ByteReader changes(ByteView(data, size));
  while (changes.rest().size() >= 3) {
    const std::size_t offset = changes.u16();
    const std::uint8_t byte = changes.u8();
    if (offset < contents.size()) {
      contents[offset] = byte;
    } else {
      contents.resize(contents.size() - std::min<std::size_t>(byte, contents.size()));
    }
  }
  os::testing::FaultyFileSystem disk(1);
  auto file = disk.open(kPath, os::OpenMode::create_new);
  if (!file || !(*file)->write_at(0, contents) || !(*file)->sync_data()) std::abort();
  const auto ledger = open(disk);
  if (!ledger) return 0;
  const auto entries = ledger->read(0, kEntries + 1);
  if (!entries || entries->size() > kEntries) std::abort();
  for (std::size_t i = 0; i < entries->size(); ++i) {
    if ((*entries)[i].encode() != entry_of(i).encode()) std::abort();
  }
  return 0;
}
