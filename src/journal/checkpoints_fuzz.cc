// Arbitrary bytes as the file of checkpoints, once as they are and once with a good digest: it
// opens or says that it is damaged, and what it knows can be moved on.
#include <cstdint>
#include <cstdlib>

#include "crypto/digest.h"
#include "journal/checkpoints.h"
#include "os/testing/faulty_file_system.h"

namespace {

using namespace fastness;

void open(ByteView contents) {
  os::testing::FaultyFileSystem disk(1);
  const std::filesystem::path path = "/checkpoints";
  auto file = disk.open(path, os::OpenMode::create_new);
  if (!file || !(*file)->write_at(0, contents) || !(*file)->sync_data()) std::abort();
  auto checkpoints = journal::Checkpoints::open(disk, path, {"history"});
  if (!checkpoints) return;
  const journal::Position next = checkpoints->of("history") + 1;
  if (next == 0) return;
  if (!checkpoints.value().advance("history", next) || checkpoints->of("history") != next)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  open({data, size});
  Bytes whole(data, data + size);
  const crypto::Digest digest = crypto::sha256(whole);
  whole.insert(whole.end(), digest.begin(), digest.end());
  open(whole);
  return 0;
}
