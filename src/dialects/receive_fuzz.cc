// Feeds arbitrary topics and payloads as a board and as a person. Nothing may crash, nothing that
// `may_publish` refuses may act on a thing, and every update that comes out must have a name.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dialects/dialects.h"
#include "dialects/testing/greenhouse.h"

namespace {

using namespace fastness;
using namespace fastness::dialects;

void check(const std::vector<things::PropertyUpdate>& updates) {
  if (updates.empty()) std::abort();
}

void hear(const testing::Greenhouse& world, const Speaker& speaker, std::string_view topic,
          ByteView payload) {
  if (!may_publish(*world.snapshot, speaker, topic)) return;
  for (const Action& action : receive(*world.snapshot, speaker, topic, payload)) {
    if (const auto* report = std::get_if<Report>(&action)) check(report->updates);
    if (const auto* write = std::get_if<Write>(&action)) check(write->updates);
  }
}

}  // namespace

// The first byte picks a topic, so that payloads are reached; 0xff takes it from the input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::Greenhouse world;
  static const std::string_view topics[] = {"/a/d/11111111-2222-3333-4444-555555555555/c/up",
                                            "/a/d/11111111-2222-3333-4444-555555555555/e/o",
                                            "/a/t/e4494d55-872a-4fd2-9646-92f87949394c/e/o",
                                            "/a/t/e4494d55-872a-4fd2-9646-92f87949394c/shadow/o",
                                            "/a/t/e4494d55-872a-4fd2-9646-92f87949394c/e/i",
                                            "things/greenhouse/temp",
                                            "things/greenhouse/clight/set"};
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string_view topic = topics[data[0] % std::size(topics)];
  std::string_view payload = rest;
  if (data[0] == 0xff) {
    topic = rest.substr(0, rest.find('\n'));
    payload = rest.substr(std::min(rest.size(), topic.size() + 1));
  }
  hear(world, world.board, topic, as_bytes(payload));
  hear(world, world.person, topic, as_bytes(payload));
  return 0;
}
