#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids/strong_id.h"
#include "base/ids/uuid.h"
#include "base/result.h"

struct sqlite3_stmt;

namespace fastness::storage {

class Connection;

// Turns one column into a T; specialised below for each type that may be stored.
template <typename T>
struct Column;

// One prepared statement, borrowed from its Database: destroying it resets it and gives it back.
// Must not outlive the Database. Lives on the Database's executor.
//
// Stored forms: bool and enums as integers, Timestamp as microseconds, Uuid and StrongId of Uuid as
// 16-byte blobs, StrongId of a number as an integer, an empty optional as NULL.
class Statement {
 public:
  Statement(Statement&&) noexcept = default;
  Statement& operator=(Statement&&) noexcept = default;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() = default;

  // Forgets earlier rows and parameters, then binds all of them in order. Texts and bytes are
  // copied. `invalid_argument` if their number is not the statement's.
  template <typename... Args>
  [[nodiscard]] Result<void> bind(const Args&... args) {
    FASTNESS_RETURN_IF_ERROR(begin_binding(sizeof...(Args)));
    [[maybe_unused]] int index = 0;
    (bind_one(++index, args), ...);
    return binding_result();
  }

  // Whether there is a row to read now. `already_exists` if a uniqueness constraint failed,
  // `invalid_argument` for other constraints, `exhausted` if the disk is full, `unavailable` if
  // the database is busy or cannot be read, `corrupted` if its checks failed.
  [[nodiscard]] Result<bool> step();

  // The current row, which must have exactly these columns. `corrupted` if a column does not hold
  // a T. Precondition: the last step() returned true.
  template <typename... Ts>
  [[nodiscard]] Result<std::tuple<Ts...>> row() const {
    return row_of<Ts...>(std::index_sequence_for<Ts...>{});
  }

  // One column each, from 0. Views live until the next step or bind.
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] Result<std::int64_t> integer(int column) const;
  [[nodiscard]] Result<double> number(int column) const;
  [[nodiscard]] Result<std::string_view> text(int column) const;
  [[nodiscard]] Result<ByteView> blob(int column) const;

 private:
  friend class Database;
  struct Return {
    Connection* connection;
    const char* sql;
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(std::unique_ptr<sqlite3_stmt, Return> handle) : handle_(std::move(handle)) {}

  [[nodiscard]] Result<void> begin_binding(std::size_t count);
  [[nodiscard]] Result<void> binding_result();
  [[nodiscard]] Result<void> check_width(std::size_t count) const;
  void bind_null(int index);
  void bind_integer(int index, std::int64_t value);
  void bind_number(int index, double value);
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, ByteView value);

  void bind_one(int index, std::string_view value) { bind_text(index, value); }
  void bind_one(int index, const std::string& value) { bind_text(index, value); }
  void bind_one(int index, const char* value) { bind_text(index, value); }
  void bind_one(int index, double value) { bind_number(index, value); }
  void bind_one(int index, ByteView value) { bind_blob(index, value); }
  void bind_one(int index, const Bytes& value) { bind_blob(index, value); }
  template <std::size_t Size>
  void bind_one(int index, const std::array<std::uint8_t, Size>& value) {
    bind_blob(index, value);
  }
  void bind_one(int index, const Uuid& value) { bind_blob(index, value.bytes()); }
  void bind_one(int index, Timestamp value) {
    bind_integer(index, value.time_since_epoch().count());
  }
  void bind_one(int index, std::nullopt_t) { bind_null(index); }
  template <typename T>
  requires std::integral<T> || std::is_enum_v<T>
  void bind_one(int index, T value) { bind_integer(index, static_cast<std::int64_t>(value)); }
  template <typename Tag, typename Rep>
  void bind_one(int index, const StrongId<Tag, Rep>& value) {
    bind_one(index, value.value());
  }
  template <typename T>
  void bind_one(int index, const std::optional<T>& value) {
    if (value) {
      bind_one(index, *value);
    } else {
      bind_null(index);
    }
  }

  template <typename... Ts, std::size_t... I>
  Result<std::tuple<Ts...>> row_of(std::index_sequence<I...>) const {
    FASTNESS_RETURN_IF_ERROR(check_width(sizeof...(Ts)));
    std::tuple<Result<Ts>...> cells{Column<Ts>::read(*this, static_cast<int>(I))...};
    const Error* first = nullptr;
    ((first = first == nullptr && !std::get<I>(cells) ? &std::get<I>(cells).error() : first), ...);
    if (first != nullptr) return Unexpected<Error>{*first};
    return std::tuple<Ts...>(std::move(std::get<I>(cells)).value()...);
  }

  std::unique_ptr<sqlite3_stmt, Return> handle_;
  int binding_status_ = 0;
};

// `corrupted`, naming the column but never its contents.
[[nodiscard]] Unexpected<Error> wrong_column(int column, std::string_view expected);

template <>
struct Column<double> {
  static Result<double> read(const Statement& row, int i) { return row.number(i); }
};

template <>
struct Column<std::string> {
  static Result<std::string> read(const Statement& row, int i) {
    FASTNESS_ASSIGN_OR_RETURN(const std::string_view text, row.text(i));
    return std::string(text);
  }
};

template <>
struct Column<Bytes> {
  static Result<Bytes> read(const Statement& row, int i) {
    FASTNESS_ASSIGN_OR_RETURN(const ByteView bytes, row.blob(i));
    return to_bytes(bytes);
  }
};

template <>
struct Column<bool> {
  static Result<bool> read(const Statement& row, int i) {
    FASTNESS_ASSIGN_OR_RETURN(const std::int64_t value, row.integer(i));
    if (value != 0 && value != 1) return wrong_column(i, "a truth value");
    return value == 1;
  }
};

template <std::integral T>
requires(!std::same_as<T, bool>) struct Column<T> {
  static Result<T> read(const Statement& row, int i) {
    FASTNESS_ASSIGN_OR_RETURN(const std::int64_t value, row.integer(i));
    if constexpr (sizeof(T) < sizeof(std::int64_t)) {
      if (!std::in_range<T>(value)) return wrong_column(i, "an integer in range");
    }
    return static_cast<T>(value);
  }
};

// The caller checks that the number is one of the enumeration's.
template <typename T>
requires std::is_enum_v<T>
struct Column<T> {
  static Result<T> read(const Statement& row, int i) {
    FASTNESS_ASSIGN_OR_RETURN(const auto value, Column<std::underlying_type_t<T>>::read(row, i));
    return static_cast<T>(value);
  }
};

template <>
struct Column<Timestamp> {
  static Result<Timestamp> read(const Statement& row, int i) {
    FASTNESS_ASSIGN_OR_RETURN(const std::int64_t value, row.integer(i));
    return Timestamp(std::chrono::microseconds(value));
  }
};

template <std::size_t Size>
struct Column<std::array<std::uint8_t, Size>> {
  static Result<std::array<std::uint8_t, Size>> read(const Statement& row, int i) {
    FASTNESS_ASSIGN_OR_RETURN(const ByteView bytes, row.blob(i));
    std::array<std::uint8_t, Size> array{};
    if (bytes.size() != Size) return wrong_column(i, "a blob of its fixed size");
    std::copy(bytes.begin(), bytes.end(), array.begin());
    return array;
  }
};

template <>
struct Column<Uuid> {
  static Result<Uuid> read(const Statement& row, int i) {
    FASTNESS_ASSIGN_OR_RETURN(const Uuid::Bytes bytes, Column<Uuid::Bytes>::read(row, i));
    return Uuid(bytes);
  }
};

template <typename Tag, typename Rep>
struct Column<StrongId<Tag, Rep>> {
  static Result<StrongId<Tag, Rep>> read(const Statement& row, int i) {
    FASTNESS_ASSIGN_OR_RETURN(Rep value, Column<Rep>::read(row, i));
    return StrongId<Tag, Rep>(std::move(value));
  }
};

template <typename T>
struct Column<std::optional<T>> {
  static Result<std::optional<T>> read(const Statement& row, int i) {
    if (row.is_null(i)) return std::optional<T>();
    FASTNESS_ASSIGN_OR_RETURN(T value, Column<T>::read(row, i));
    return std::optional<T>(std::move(value));
  }
};

}  // namespace fastness::storage
