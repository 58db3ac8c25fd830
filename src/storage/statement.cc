#include "storage/statement.h"

#include <string>

#include <sqlite3.h>

#include "storage/connection.h"

namespace fastness::storage {

void Statement::Return::operator()(sqlite3_stmt* statement) const {
  connection->give_back(sql, statement);
}

Unexpected<Error> wrong_column(int column, std::string_view expected) {
  return fail(Errc::corrupted,
              "database: column " + std::to_string(column) + " is not " + std::string(expected));
}

Result<void> Statement::begin_binding(std::size_t count) {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
  binding_status_ = SQLITE_OK;
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(handle_.get())) != count) {
    return fail(Errc::invalid_argument, "database: the number of parameters is wrong");
  }
  return {};
}

Result<void> Statement::binding_result() {
  if (binding_status_ == SQLITE_OK) return {};
  return Unexpected<Error>{sqlite_error(sqlite3_db_handle(handle_.get()), binding_status_)};
}

Result<void> Statement::check_width(std::size_t count) const {
  if (static_cast<std::size_t>(sqlite3_data_count(handle_.get())) != count) {
    return fail(Errc::invalid_argument, "database: the row has another number of columns");
  }
  return {};
}

void Statement::bind_null(int index) {
  if (binding_status_ == SQLITE_OK) binding_status_ = sqlite3_bind_null(handle_.get(), index);
}

void Statement::bind_integer(int index, std::int64_t value) {
  if (binding_status_ == SQLITE_OK) {
    binding_status_ = sqlite3_bind_int64(handle_.get(), index, value);
  }
}

void Statement::bind_number(int index, double value) {
  if (binding_status_ == SQLITE_OK) {
    binding_status_ = sqlite3_bind_double(handle_.get(), index, value);
  }
}

void Statement::bind_text(int index, std::string_view value) {
  if (binding_status_ != SQLITE_OK) return;
  // A null pointer would bind NULL; an empty text is not NULL.
  const char* data = value.data() != nullptr ? value.data() : "";
  binding_status_ = sqlite3_bind_text64(handle_.get(), index, data, value.size(),
                                        SQLITE_TRANSIENT,  // NOLINT(performance-no-int-to-ptr)
                                        SQLITE_UTF8);
}

void Statement::bind_blob(int index, ByteView value) {
  if (binding_status_ != SQLITE_OK) return;
  const void* data = value.data() != nullptr ? static_cast<const void*>(value.data()) : "";
  binding_status_ = sqlite3_bind_blob64(handle_.get(), index, data, value.size(),
                                        SQLITE_TRANSIENT);  // NOLINT(performance-no-int-to-ptr)
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = sqlite_error(sqlite3_db_handle(handle_.get()), code);
  sqlite3_reset(handle_.get());
  return Unexpected<Error>{std::move(error)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

Result<std::int64_t> Statement::integer(int column) const {
  if (sqlite3_column_type(handle_.get(), column) != SQLITE_INTEGER) {
    return wrong_column(column, "an integer");
  }
  return sqlite3_column_int64(handle_.get(), column);
}

Result<double> Statement::number(int column) const {
  const int type = sqlite3_column_type(handle_.get(), column);
  if (type != SQLITE_FLOAT && type != SQLITE_INTEGER) return wrong_column(column, "a number");
  return sqlite3_column_double(handle_.get(), column);
}

Result<std::string_view> Statement::text(int column) const {
  if (sqlite3_column_type(handle_.get(), column) != SQLITE_TEXT) {
    return wrong_column(column, "a text");
  }
  const auto* text = sqlite3_column_text(handle_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return as_text({text, size});
}

Result<ByteView> Statement::blob(int column) const {
  if (sqlite3_column_type(handle_.get(), column) != SQLITE_BLOB) {
    return wrong_column(column, "a blob");
  }
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_.get(), column));
  return ByteView(data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)));
}

}  // namespace fastness::storage
