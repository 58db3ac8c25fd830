#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "places/coordinates.h"

namespace fastness::places {

// The owner's database of places: a file in the MaxMind DB format whose records have
// `location.latitude` and `location.longitude`. It is mapped, not read: a look-up costs a few pages
// of it. Another file that is renamed over it is seen at the next opening. Immutable, so
// thread-safe.
class PlaceDatabase {
 public:
  // What the file itself knows only to so many kilometres (`accuracy_radius`) is as not known: the
  // middle of a country is where nobody is.
  static constexpr unsigned kVaguest = 250;

  // `not_found` or what the system says if it cannot be opened; `corrupted` if it is no such
  // database, and `invalid_argument` if it is one of something else than places.
  [[nodiscard]] static Result<PlaceDatabase> open(const std::string& path);

  PlaceDatabase(PlaceDatabase&& other) noexcept;
  PlaceDatabase& operator=(PlaceDatabase&& other) noexcept;
  PlaceDatabase(const PlaceDatabase&) = delete;
  PlaceDatabase& operator=(const PlaceDatabase&) = delete;
  ~PlaceDatabase();

  // Where an address is, "192.0.2.1" or "2001:db8::1"; one of IPv4 in IPv6's clothes is the one of
  // IPv4. Nothing for what is no address, and for whatever the file does not know. `unavailable`
  // from when somebody wrote into the file, or cut it off, instead of renaming another over it:
  // reading on could end the process.
  [[nodiscard]] Result<std::optional<Coordinates>> find(std::string_view address) const;

 private:
  struct File;
  explicit PlaceDatabase(std::unique_ptr<File> file);

  std::unique_ptr<File> file_;
};

}  // namespace fastness::places
