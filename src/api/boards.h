#pragma once

#include <span>
#include <string_view>

namespace fastness::identity {
struct CompressedCertificate;
}
namespace fastness::json {
class Writer;
}

namespace fastness::api {

// A kind of board that provisioning tools may ask for.
struct Board {
  std::string_view type;
  std::string_view label;  // its name for people
  std::string_view fqbn;   // empty: it is no board of that tool chain
  // How it reaches a network, the usual way first; empty if it is somebody else's business.
  std::span<const std::string_view> connections;
};

[[nodiscard]] std::span<const Board> boards();

// Null for a type that we do not know, which a device may have all the same.
[[nodiscard]] const Board* find_board(std::string_view type);

// The name of a type for people; the type itself if it is unknown.
[[nodiscard]] std::string_view board_label(std::string_view type);

// What a board rebuilds its certificate from, as fields of the object that is open in `out`.
void write_board_parts(json::Writer& out, const identity::CompressedCertificate& parts);

}  // namespace fastness::api
