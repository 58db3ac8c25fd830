#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fastness::incident {

// A part of an instance that can be switched off by itself, for the hour in which it is what is
// wrong. What everybody needs to decide whom to trust (roots, revocation lists, checkpoints, leak
// reports), devices by certificate and the host's own commands are none.
enum class Component : std::uint8_t {
  sign_in,         // people sign in, and set up
  access_tokens,   // programs get new tokens for their keys
  arduino_api,     // the API that Arduino's clients speak
  live,            // what the console and programs are told as it happens
  downloads,       // everything of an account, or a history, as one file
  est,             // enrolment and renewal over HTTPS
  mqtt_renewal,    // connections that may renew their certificate and nothing else
  mqtt_programs,   // people and programs over MQTT
  mqtt_secrets,    // devices by a secret key
  mqtt_plaintext,  // listeners without TLS
};

// "arduino-api", as commands and answers have it, and as it is stored.
[[nodiscard]] std::string_view to_text(Component component);
[[nodiscard]] std::optional<Component> parse_component(std::string_view text);

// What a person is told while it is off: "Nobody signs in. Who is signed in stays so."
[[nodiscard]] std::string_view what_is_off(Component component);

[[nodiscard]] std::span<const Component> all_components();

}  // namespace fastness::incident
