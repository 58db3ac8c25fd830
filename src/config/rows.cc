#include "config/rows.h"

namespace fastness::config::rows {

namespace {

// As browsers spell the origin of a page (RFC 6454, 6.2), so that it can be compared as text.
bool is_origin(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view host = text.substr(scheme.size());
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    return !host.empty() && host.find_first_not_of(kAllowed) == std::string_view::npos;
  }
  return false;
}

template <typename Element>
std::vector<std::string> texts_of(const std::vector<Element>& elements) {
  std::vector<std::string> texts;
  texts.reserve(elements.size());
  for (const Element& element : elements) texts.push_back(element.to_text());
  return texts;
}

}  // namespace

Unexpected<Error> wrong_value(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

Result<void> assign_integer(std::int64_t& member, const RawValue& value, std::int64_t least,
                            std::int64_t most) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return wrong_value("expects a whole number");
  if (*number < least || *number > most) {
    return wrong_value("must be from " + std::to_string(least) + " to " + std::to_string(most));
  }
  member = *number;
  return {};
}

Result<void> assign_endpoints(std::vector<Endpoint>& member, const RawValue& value) {
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (texts == nullptr) return wrong_value("expects a list of \"address:port\"");
  std::vector<Endpoint> endpoints;
  for (const std::string& text : *texts) {
    FASTNESS_ASSIGN_OR_RETURN(Endpoint endpoint, Endpoint::parse(text));
    endpoints.push_back(std::move(endpoint));
  }
  member = std::move(endpoints);
  return {};
}

Result<void> assign_networks(Networks& member, const RawValue& value) {
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (texts == nullptr) return wrong_value("expects a list of addresses and networks");
  Networks networks;
  for (const std::string& text : *texts) {
    FASTNESS_ASSIGN_OR_RETURN(const Network network, Network::parse(text));
    if (network == *Network::parse("0.0.0.0/0") || network == *Network::parse("::/0")) {
      return wrong_value("names whom to believe, and \"" + text + "\" is everybody");
    }
    networks.push_back(network);
  }
  member = std::move(networks);
  return {};
}

Result<void> assign_origins(std::vector<std::string>& member, const RawValue& value) {
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (texts == nullptr || !std::ranges::all_of(*texts, is_origin)) {
    return wrong_value("expects a list of origins as \"https://app.example\": no path, no *");
  }
  member = *texts;
  return {};
}

Result<void> assign_duration(std::chrono::microseconds& member, const RawValue& value,
                             std::int64_t most) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return wrong_value("expects a duration such as \"2ms\" or \"0\"");
  FASTNESS_ASSIGN_OR_RETURN(const std::chrono::microseconds duration, parse_duration(*text));
  if (duration.count() > most) {
    return wrong_value("must be at most " + to_text(std::chrono::microseconds{most}));
  }
  member = duration;
  return {};
}

RawValue to_raw(const std::vector<Endpoint>& endpoints) {
  return texts_of(endpoints);
}

RawValue to_raw(const Networks& networks) {
  return texts_of(networks);
}

RawValue to_raw(const std::vector<std::string>& texts) {
  return texts;
}

Setting row(std::string_view name, Kind kind, std::string_view help) {
  return {name, kind, 0, 0, {}, help, nullptr, nullptr};
}

}  // namespace fastness::config::rows
