#include "senml/pack.h"

#include <cmath>

#include "senml/cbor.h"

namespace fastness::senml {
namespace {

// RFC 8428, table 6.
enum Label : std::int64_t {
  base_version = -1,
  base_name = -2,
  base_time = -3,
  name = 0,
  number = 2,
  text = 3,
  boolean = 4,
  time = 6,
};

using Kind = CborReader::Kind;

Result<Scalar> read_number(CborReader& in) {
  FASTNESS_ASSIGN_OR_RETURN(const Kind kind, in.peek());
  if (kind == Kind::floating) {
    FASTNESS_ASSIGN_OR_RETURN(const double value, in.floating());
    return Scalar(value);
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::int64_t value, in.integer());
  return Scalar(value);
}

Result<double> read_time(CborReader& in) {
  FASTNESS_ASSIGN_OR_RETURN(const Scalar number, read_number(in));
  const double value = std::holds_alternative<double>(number)
                           ? std::get<double>(number)
                           : static_cast<double>(std::get<std::int64_t>(number));
  if (!std::isfinite(value)) return fail(Errc::invalid_argument, "SenML: a time without end");
  return value;
}

Result<void> read_name(CborReader& in, Record& record) {
  if (record.light_id || !record.name.empty()) {
    return fail(Errc::invalid_argument, "SenML: a record with two names");
  }
  FASTNESS_ASSIGN_OR_RETURN(const Kind kind, in.peek());
  if (kind == Kind::text) {
    FASTNESS_ASSIGN_OR_RETURN(record.name, in.text(kMaxNameBytes));
    return {};
  }
  FASTNESS_ASSIGN_OR_RETURN(record.light_id, in.integer());
  return {};
}

Result<void> set_value(Record& record, Result<Scalar> value) {
  if (!value) return propagate(std::move(value));
  if (record.value) return fail(Errc::invalid_argument, "SenML: a record with two values");
  record.value = std::move(value).value();
  return {};
}

// `4: true`, and also the number that some clients write there.
Result<Scalar> read_boolean(CborReader& in) {
  FASTNESS_ASSIGN_OR_RETURN(const Kind kind, in.peek());
  if (kind != Kind::boolean) return read_number(in);
  FASTNESS_ASSIGN_OR_RETURN(const bool value, in.boolean());
  return Scalar(value);
}

Result<Scalar> read_text(CborReader& in) {
  FASTNESS_ASSIGN_OR_RETURN(std::string value, in.text(kMaxTextBytes));
  return Scalar(std::move(value));
}

Result<void> read_time_into(CborReader& in, std::optional<double>& slot) {
  if (slot) return fail(Errc::invalid_argument, "SenML: a record with two times");
  FASTNESS_ASSIGN_OR_RETURN(slot, read_time(in));
  return {};
}

Result<void> read_field(CborReader& in, std::int64_t label, Record& record, Pack& pack) {
  switch (label) {
    case Label::name:
      return read_name(in, record);
    case Label::number:
      return set_value(record, read_number(in));
    case Label::text:
      return set_value(record, read_text(in));
    case Label::boolean:
      return set_value(record, read_boolean(in));
    case Label::time:
      return read_time_into(in, record.time);
    case Label::base_time:
      return read_time_into(in, record.base_time);
    case Label::base_name: {
      FASTNESS_ASSIGN_OR_RETURN(pack.base_name, in.text(kMaxNameBytes));
      return {};
    }
    default:
      return in.skip();
  }
}

Result<void> read_record(CborReader& in, Pack& pack) {
  FASTNESS_ASSIGN_OR_RETURN(CborReader::Items fields, in.enter_map());
  Record record;
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const bool has_more, in.next(fields));
    if (!has_more) break;
    // A text label is SenML as JSON spells it. Boards drop the whole message then, and so do we.
    FASTNESS_ASSIGN_OR_RETURN(const std::int64_t label, in.integer());
    FASTNESS_RETURN_IF_ERROR(read_field(in, label, record, pack));
  }
  pack.records.push_back(std::move(record));
  return {};
}

void write_value(CborWriter& out, const Scalar& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    out.integer(Label::boolean);
    out.boolean(*flag);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    out.integer(Label::number);
    out.integer(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    out.integer(Label::number);
    out.floating(*real);
  } else {
    out.integer(Label::text);
    out.text(std::get<std::string>(value));
  }
}

// Whole seconds as integers: boards read a base time into one.
void write_time(CborWriter& out, Label label, double value) {
  out.integer(label);
  if (std::trunc(value) == value && std::abs(value) < 9e15) {
    out.integer(static_cast<std::int64_t>(value));
  } else {
    out.floating(value);
  }
}

}  // namespace

Result<Pack> decode(ByteView input) {
  CborReader in(input);
  FASTNESS_ASSIGN_OR_RETURN(CborReader::Items records, in.enter_array());
  Pack pack;
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const bool has_more, in.next(records));
    if (!has_more) break;
    if (pack.records.size() == kMaxRecords) {
      return fail(Errc::invalid_argument, "SenML: too many records");
    }
    FASTNESS_RETURN_IF_ERROR(read_record(in, pack));
  }
  if (!in.at_end()) return fail(Errc::invalid_argument, "SenML: bytes after the array");
  return pack;
}

Bytes encode(std::span<const Record> records) {
  Bytes bytes;
  CborWriter out(bytes);
  out.array(records.size());
  for (const Record& record : records) {
    const std::size_t fields =
        1U + (record.value ? 1U : 0U) + (record.base_time ? 1U : 0U) + (record.time ? 1U : 0U);
    out.map(fields);
    if (record.base_time) write_time(out, Label::base_time, *record.base_time);
    out.integer(Label::name);
    if (record.light_id) {
      out.integer(*record.light_id);
    } else {
      out.text(record.name);
    }
    if (record.value) write_value(out, *record.value);
    if (record.time) write_time(out, Label::time, *record.time);
  }
  return bytes;
}

}  // namespace fastness::senml
