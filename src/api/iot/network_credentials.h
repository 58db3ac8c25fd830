#pragma once

#include <span>
#include <string_view>

namespace fastness::api::iot {

// A secret that a sketch needs to reach its network, as sketches name it.
struct NetworkCredential {
  std::string_view secret_name;
  std::string_view label;  // for people
  enum class Need : bool { optional, required } need;
  enum class Look : bool { plain, hidden } look;  // hidden: not to be shown while it is typed
  int max_length;
};

// What a kind of connection needs. Empty for one that needs nothing, and for an unknown one.
[[nodiscard]] std::span<const NetworkCredential> network_credentials(std::string_view connection);

}  // namespace fastness::api::iot
