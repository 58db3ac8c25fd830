#include "net/proxy_header.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace fastness::net {
namespace {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;
using Found = std::optional<ProxyHeader>;

constexpr std::string_view kSignature1 = "PROXY ";
constexpr std::size_t kMaxLine = 107;  // with its end; section 2.1
constexpr auto kSignature2 = std::to_array<std::uint8_t>(
    {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A});

Unexpected<Error> no_header() {
  return fail(Errc::invalid_argument, "no PROXY header");
}

// Whether `begun` is the beginning of `whole`, or the other way around.
template <typename Whole>
bool agrees(ByteView begun, const Whole& whole) {
  const std::size_t size = std::min(begun.size(), std::size(whole));
  return std::equal(begun.begin(), begun.begin() + static_cast<std::ptrdiff_t>(size), whole.begin(),
                    [](std::uint8_t a, auto b) { return a == static_cast<std::uint8_t>(b); });
}

// --- version 1: a line of text -------------------------------------------------------------------

// The next word, up to the space behind it; the last has none.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

Result<boost::asio::ip::address> parse_of_family(std::string_view text, bool is_v6) {
  FASTNESS_ASSIGN_OR_RETURN(const auto address, parse_address(text));
  if (address.is_v6() != is_v6) return no_header();
  return address;
}

Result<Found> parse_line(std::string_view line, std::size_t size) {
  std::string_view rest = line.substr(kSignature1.size());
  const std::string_view family = take_word(rest);
  if (family == "UNKNOWN") return Found({size, std::nullopt});
  if (family != "TCP4" && family != "TCP6") return no_header();
  const bool is_v6 = family == "TCP6";
  const auto source = parse_of_family(take_word(rest), is_v6);
  const auto destination = parse_of_family(take_word(rest), is_v6);
  const auto source_port = parse_port(take_word(rest));
  const auto destination_port = parse_port(rest);
  if (!source || !destination || !source_port || !destination_port) return no_header();
  return Found({size, Endpoint(unmapped(*source), *source_port)});
}

Result<Found> parse_version_1(std::string_view begun) {
  const std::size_t end = begun.substr(0, kMaxLine).find("\r\n");
  if (end != std::string_view::npos) return parse_line(begun.substr(0, end), end + 2);
  if (begun.size() >= kMaxLine) return no_header();
  return Found();
}

// --- version 2: binary ---------------------------------------------------------------------------

constexpr std::size_t kHead = 16;  // signature, version and command, family, length of the rest

// Version and command.
constexpr std::uint8_t kLocal = 0x20;
constexpr std::uint8_t kProxy = 0x21;

// Families of addresses, with the transport.
constexpr std::uint8_t kUnspecified = 0x00;
constexpr std::uint8_t kTcp4 = 0x11;
constexpr std::uint8_t kTcp6 = 0x21;

std::uint16_t read_16(ByteView bytes) {
  return static_cast<std::uint16_t>(bytes[0] << 8U | bytes[1]);
}

template <typename Address>
Endpoint read_source(ByteView addresses) {  // two addresses, then two ports
  typename Address::bytes_type bytes;
  std::copy_n(addresses.begin(), bytes.size(), bytes.begin());
  return {unmapped(Address(bytes)), read_16(addresses.subspan(2 * bytes.size(), 2))};
}

Result<Found> parse_version_2(ByteView begun) {
  if (begun.size() < kHead) return Found();
  const std::uint8_t command = begun[12];
  const std::uint8_t family = begun[13];
  const std::size_t length = read_16(begun.subspan(14, 2));
  if (kHead + length > kMaxProxyHeader) return no_header();
  if (command != kLocal && command != kProxy) return no_header();
  if (begun.size() < kHead + length) return Found();
  ProxyHeader header{kHead + length, std::nullopt};
  if (command == kLocal || family == kUnspecified) return Found(header);

  constexpr std::size_t kPorts = 4;
  const ByteView addresses = begun.subspan(kHead, length);
  if (family == kTcp4 && length >= 2 * sizeof(address_v4::bytes_type) + kPorts) {
    header.source = read_source<address_v4>(addresses);
  } else if (family == kTcp6 && length >= 2 * sizeof(address_v6::bytes_type) + kPorts) {
    header.source = read_source<address_v6>(addresses);
  } else {
    return no_header();
  }
  return Found(header);
}

}  // namespace

Result<std::optional<ProxyHeader>> parse_proxy_header(ByteView begun) {
  if (begun.empty()) return Found();
  if (agrees(begun, kSignature2)) return parse_version_2(begun);
  if (!agrees(begun, kSignature1)) return no_header();
  if (begun.size() < kSignature1.size()) return Found();
  return parse_version_1(as_text(begun));
}

}  // namespace fastness::net
