#include "base/value.h"

#include <algorithm>

namespace fastness {
namespace {

enum class Kind : std::uint8_t { boolean = 1, integer = 2, number = 3, text = 4, composite = 5 };

void encode_scalar(const Scalar& scalar, ByteWriter& out) {
  if (const auto* boolean = std::get_if<bool>(&scalar)) {
    out.u8(static_cast<std::uint8_t>(Kind::boolean));
    out.u8(*boolean ? 1 : 0);
  } else if (const auto* integer = std::get_if<std::int64_t>(&scalar)) {
    out.u8(static_cast<std::uint8_t>(Kind::integer));
    out.i64(*integer);
  } else if (const auto* number = std::get_if<double>(&scalar)) {
    out.u8(static_cast<std::uint8_t>(Kind::number));
    out.f64(*number);
  } else {
    out.u8(static_cast<std::uint8_t>(Kind::text));
    out.sized(std::get<std::string>(scalar));
  }
}

Result<Scalar> decode_scalar(Kind kind, ByteReader& in) {
  switch (kind) {
    case Kind::boolean: {
      const std::uint8_t raw = in.u8();
      if (raw > 1) return fail(Errc::corrupted, "a stored switch is neither on nor off");
      return Scalar(raw == 1);
    }
    case Kind::integer:
      return Scalar(in.i64());
    case Kind::number:
      return Scalar(in.f64());
    case Kind::text:
      return Scalar(in.sized_text());
    case Kind::composite:
      break;
  }
  return fail(Errc::corrupted, "a stored value is of no known kind");
}

}  // namespace

Result<Value> Value::composite(Composite attributes) {
  if (attributes.empty() || attributes.size() > kMaxAttributes) {
    return fail(Errc::invalid_argument, "a composite value has 1 to 32 attributes");
  }
  std::ranges::sort(attributes, {}, &Attribute::name);
  if (std::ranges::adjacent_find(attributes, {}, &Attribute::name) != attributes.end()) {
    return fail(Errc::invalid_argument, "a composite value names an attribute twice");
  }
  return Value(std::move(attributes));
}

std::optional<double> Value::as_number() const {
  if (const auto* boolean = get<bool>()) return *boolean ? 1.0 : 0.0;
  if (const auto* integer = get<std::int64_t>()) return static_cast<double>(*integer);
  if (const auto* number = get<double>()) return *number;
  return std::nullopt;
}

void Value::encode(ByteWriter& out) const {
  const auto* attributes = get<Composite>();
  if (attributes == nullptr) {
    std::visit(
        [&out](const auto& part) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(part)>, Composite>) {
            encode_scalar(Scalar(part), out);
          }
        },
        state_);
    return;
  }
  out.u8(static_cast<std::uint8_t>(Kind::composite));
  out.u8(static_cast<std::uint8_t>(attributes->size()));
  for (const Attribute& attribute : *attributes) {
    out.sized(attribute.name);
    encode_scalar(attribute.value, out);
  }
}

Result<Value> Value::decode(ByteReader& in) {
  const auto kind = static_cast<Kind>(in.u8());
  if (kind == Kind::composite) {
    const std::size_t count = in.u8();
    Composite attributes;
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
      std::string name = in.sized_text();
      FASTNESS_ASSIGN_OR_RETURN(Scalar scalar, decode_scalar(static_cast<Kind>(in.u8()), in));
      attributes.push_back({std::move(name), std::move(scalar)});
    }
    if (!in.ok()) return fail(Errc::corrupted, "a stored value is cut short");
    auto value = composite(std::move(attributes));
    if (!value) return fail(Errc::corrupted, value.error().message);
    return value;
  }
  FASTNESS_ASSIGN_OR_RETURN(Scalar scalar, decode_scalar(kind, in));
  if (!in.ok()) return fail(Errc::corrupted, "a stored value is cut short");
  return std::visit([](auto& part) { return Result<Value>(Value(std::move(part))); }, scalar);
}

}  // namespace fastness
