#include "places/place_database.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include "os/files/descriptor.h"

namespace fastness::places {
namespace {

// One of these has a place in every database of places.
constexpr std::uint32_t kNodesLookedAt = 100'000;

// An address as the system has it.
struct SocketAddress {
  sockaddr_storage storage{};

  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);  // NOLINT: that is how they are passed
  }
};

SocketAddress to_socket_address(const in_addr& address) {
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_addr = address;
  SocketAddress made;
  std::memcpy(&made.storage, &inet, sizeof inet);
  return made;
}

std::optional<SocketAddress> parse_address(std::string_view text) {
  const std::string terminated(text);
  in_addr v4{};
  if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return to_socket_address(v4);
  sockaddr_in6 inet{};
  inet.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, terminated.c_str(), &inet.sin6_addr) != 1) return std::nullopt;
  if (IN6_IS_ADDR_V4MAPPED(&inet.sin6_addr)) {
    std::memcpy(&v4, &inet.sin6_addr.s6_addr[12], sizeof v4);
    return to_socket_address(v4);
  }
  SocketAddress made;
  std::memcpy(&made.storage, &inet, sizeof inet);
  return made;
}

// A number of the record's location.
std::optional<double> number_of(MMDB_entry_s entry, const char* name) {
  MMDB_entry_data_s data{};
  // NOLINTNEXTLINE(*-vararg): the library's way to name a member
  const int status = MMDB_get_value(&entry, &data, "location", name, nullptr);
  if (status != MMDB_SUCCESS || !data.has_data) return std::nullopt;
  switch (data.type) {
    case MMDB_DATA_TYPE_DOUBLE:
      return data.double_value;
    case MMDB_DATA_TYPE_FLOAT:
      return data.float_value;
    case MMDB_DATA_TYPE_UINT16:
      return data.uint16;
    case MMDB_DATA_TYPE_UINT32:
      return data.uint32;
    default:
      return std::nullopt;
  }
}

std::optional<Coordinates> place_of(const MMDB_entry_s& entry) {
  const auto latitude = number_of(entry, "latitude");
  const auto longitude = number_of(entry, "longitude");
  if (!latitude || !longitude) return std::nullopt;
  const auto radius = number_of(entry, "accuracy_radius");
  if (radius && *radius > PlaceDatabase::kVaguest) return std::nullopt;
  return Coordinates::of(*latitude, *longitude);
}

// Whether there is a place in it, or it is one of networks or companies.
bool has_places(const MMDB_s& database) {
  const std::uint32_t nodes = std::min(database.metadata.node_count, kNodesLookedAt);
  for (std::uint32_t number = 0; number < nodes; ++number) {
    MMDB_search_node_s node{};
    if (MMDB_read_node(&database, number, &node) != MMDB_SUCCESS) return false;
    const bool is_left = node.left_record_type == MMDB_RECORD_TYPE_DATA;
    const bool is_right = node.right_record_type == MMDB_RECORD_TYPE_DATA;
    if (is_left && place_of(node.left_record_entry)) return true;
    if (is_right && place_of(node.right_record_entry)) return true;
  }
  return false;
}

Result<struct stat> state_of(const os::Descriptor& descriptor) {
  struct stat state {};
  if (::fstat(descriptor.number(), &state) != 0) return os::fail_with_errno("read its state");
  return state;
}

bool is_same_state(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

struct PlaceDatabase::File {
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (is_mapped) MMDB_close(&database);
  }

  os::Descriptor descriptor;  // of the file that is mapped, to see whether somebody writes into it
  struct stat state {};
  MMDB_s database{};
  bool is_mapped = false;
};

PlaceDatabase::PlaceDatabase(std::unique_ptr<File> file) : file_(std::move(file)) {}
PlaceDatabase::PlaceDatabase(PlaceDatabase&& other) noexcept = default;
PlaceDatabase& PlaceDatabase::operator=(PlaceDatabase&& other) noexcept = default;
PlaceDatabase::~PlaceDatabase() = default;

Result<PlaceDatabase> PlaceDatabase::open(const std::string& path) {
  auto file = std::make_unique<File>();
  // NOLINTNEXTLINE(*-vararg): the system's own
  file->descriptor = os::Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file->descriptor.is_open()) return os::fail_with_errno("open " + path);
  FASTNESS_ASSIGN_OR_RETURN(file->state, state_of(file->descriptor));
  // A pipe or a device would be waited for.
  if (!S_ISREG(file->state.st_mode)) return fail(Errc::corrupted, path + " is no file");
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &file->database);
  if (status != MMDB_SUCCESS) {
    return fail(Errc::corrupted,
                path + " is no MaxMind DB, or is damaged: " + std::string(MMDB_strerror(status)));
  }
  file->is_mapped = true;
  if (!has_places(file->database)) {
    return fail(Errc::invalid_argument,
                path + " has no places in it (location.latitude): a database of cities is needed");
  }
  return PlaceDatabase(std::move(file));
}

Result<std::optional<Coordinates>> PlaceDatabase::find(std::string_view address) const {
  const std::optional<Coordinates> nowhere;
  const auto parsed = parse_address(address);
  if (!parsed) return nowhere;
  FASTNESS_ASSIGN_OR_RETURN(const struct stat state, state_of(file_->descriptor));
  if (!is_same_state(state, file_->state)) {
    return fail(Errc::unavailable,
                "the database of places was written into while it was open: it is read again at "
                "the next start, and should be replaced by renaming");
  }
  int status = MMDB_SUCCESS;
  const auto found = MMDB_lookup_sockaddr(&file_->database, parsed->get(), &status);
  // What is damaged in there, and an address of IPv6 in a database of IPv4, is not known.
  if (status != MMDB_SUCCESS || !found.found_entry) return nowhere;
  return place_of(found.entry);
}

}  // namespace fastness::places
