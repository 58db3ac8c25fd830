// What the host is short of, in words for whoever can put it right.
#include <algorithm>
#include <array>
#include <cstdio>

#include "api/v1/attention.h"
#include "base/minute_text.h"

namespace fastness::api {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr std::uint64_t kGigabyte = 1'000 * kMegabyte;

// A disk is nearly full when a twentieth of it is left, or so much that it is enough for any.
constexpr std::uint64_t kSmallShare = 20;
constexpr std::uint64_t kEnough = 10 * kGigabyte;
// The journal takes room 64 MiB at a time, and RocksDB some for what it sorts.
constexpr std::uint64_t kTooLittle = 256 * kMegabyte;

// Of the connections that descriptors are enough for, in hundredths.
constexpr std::size_t kNearlyAll = 90;

std::string in_words(std::uint64_t bytes) {
  const bool is_large = bytes >= kGigabyte;
  std::array<char, 32> text{};
  (void)std::snprintf(
      text.data(), text.size(), "%.1f %s",
      static_cast<double>(bytes) / static_cast<double>(is_large ? kGigabyte : kMegabyte),
      is_large ? "GB" : "MB");
  return text.data();
}

bool is_nearly_full(const HostRoom& room) {
  if (room.disk_bytes == 0) return false;
  const std::uint64_t least = std::min(room.disk_bytes / kSmallShare, kEnough);
  return room.free_bytes < std::max(least, kTooLittle);
}

std::optional<Attention> disk_attention(const HostRoom& room) {
  constexpr std::string_view kMakeRoom =
      "Make room on the disk that holds the data directory, or give it a larger one. ";
  if (room.messages == HostRoom::Messages::refused_for_fault) {
    return Attention{
        .kind = "storage_failed",
        .title = "The disk takes no data: messages are refused",
        .remedy =
            "Look for write_failed in the server's log: it names the fault. Devices are told "
            "to send again later, and nothing that was acknowledged is lost.",
    };
  }
  if (room.messages == HostRoom::Messages::refused_for_room) {
    return Attention{
        .kind = "storage_full",
        .title = "The disk is full: messages are refused",
        .remedy = std::string(kMakeRoom) +
                  "Devices are told to send again later, and nothing that was acknowledged is "
                  "lost. It goes on by itself once there is room.",
    };
  }
  if (room.is_history_waiting) {
    return Attention{
        .kind = "storage_full",
        .title = "The disk is full",
        .remedy = std::string(kMakeRoom) +
                  "New values wait in the journal meanwhile, and none is lost while that has room.",
    };
  }
  if (!is_nearly_full(room)) return std::nullopt;
  return Attention{
      .kind = "storage_full",
      .title = "The disk is nearly full: " + in_words(room.free_bytes) + " of " +
               in_words(room.disk_bytes) + " are left",
      .remedy = std::string(kMakeRoom) + "When it is full, messages are refused.",
  };
}

std::optional<Attention> connections_attention(const HostRoom& room) {
  if (room.most_connections == 0 || room.connections * 100 < room.most_connections * kNearlyAll) {
    return std::nullopt;
  }
  const bool are_all = room.connections >= room.most_connections;
  return Attention{
      .kind = "connections_full",
      .title = (are_all ? "No more devices can connect: " : "Few more devices can connect: ") +
               std::to_string(room.connections) +
               " connections are open, and this server's open "
               "files are enough for " +
               std::to_string(room.most_connections),
      .remedy =
          "Raise the limit on open files (LimitNOFILE= of the service, or ulimit -Hn where it "
          "is started) and start it again. Who is connected stays connected.",
  };
}

Attention backup_attention(const upkeep::BackupWatch::Standing& made) {
  const auto& [streak, latest] = *made.failing;
  const std::string newest =
      made.newest ? "the newest is of " + minute_text(*made.newest) : "there is none yet";
  return {
      .kind = "backup_failed",
      .title = "Backups fail since " + minute_text(streak.since) + ", " + newest + ": " +
               explanation(latest).en,
      .remedy =
          "fastness host backup schedule --make makes one now, or says what stands in its "
          "way. Until then, what came since the newest is lost with this host.",
  };
}

Attention test_restore_attention(const upkeep::BackupWatch::Standing& tests) {
  const auto& [streak, latest] = *tests.failing;
  const std::string newest = tests.newest
                                 ? "the last that passed was on " + minute_text(*tests.newest)
                                 : "none has passed yet";
  return {
      .kind = "test_restore_failed",
      .title = "Test restores fail since " + minute_text(streak.since) + ", " + newest + ": " +
               explanation(latest).en,
      .remedy = latest == upkeep::Trouble::room
                    ? "Make room on the disk that holds the data directory. Backups are made and "
                      "read back meanwhile; whether one brings everything back is not known."
                    : "Look for test_restore_failed in the server's log: it says what was found. "
                      "Keep the backups of before, and the next one is tried again.",
  };
}

}  // namespace

// The operator's own words are for operators.
std::optional<Attention> attention_of(const incident::Restriction& restriction) {
  if (restriction.level == incident::Level::normal) return std::nullopt;
  return Attention{
      .kind = "restricted",
      .title = "This server is restricted: " + std::string(to_text(restriction.level)),
      .remedy = std::string(incident::explanation(restriction.level)) +
                " Whoever runs the server ordered it, and ends it on the host: fastness host "
                "restrict normal",
  };
}

std::vector<Attention> attention_of(const incident::Switches& switches) {
  std::vector<Attention> all;
  for (const auto& [component, off] : switches.off()) {
    const std::string name(to_text(component));
    all.push_back({
        .kind = "switched_off",
        .title = "A part of this server is switched off: " + name,
        .remedy = std::string(what_is_off(component)) +
                  " Whoever runs the server ordered it, and ends it on the host: fastness host "
                  "switch on " +
                  name,
    });
  }
  return all;
}

std::vector<Attention> attention_of(const upkeep::BackupWatch& backups) {
  std::vector<Attention> all;
  if (const auto& made = backups.standing(); made && made->failing) {
    all.push_back(backup_attention(*made));
  }
  if (const auto& tests = backups.tests(); tests && tests->failing) {
    all.push_back(test_restore_attention(*tests));
  }
  return all;
}

std::vector<Attention> attention_of(const HostRoom& room) {
  std::vector<Attention> all;
  if (auto disk = disk_attention(room)) all.push_back(*std::move(disk));
  if (auto connections = connections_attention(room)) all.push_back(*std::move(connections));
  return all;
}

}  // namespace fastness::api
