#include "supervisor/operators/order_commands.h"

#include <sstream>
#include <utility>

#include <unistd.h>

#include "json/text_in.h"
#include "json/value.h"
#include "json/writer.h"
#include "os/terminal.h"
#include "supervisor/admin_client.h"
#include "supervisor/answer_fields.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kOrders = "/admin/v1/orders";
constexpr const char* kGuard = "/admin/v1/orders/guard";
constexpr std::size_t kCodeLine = 64;

using TwoCodes = std::array<std::string, 2>;

Result<std::string> read_hidden(int terminal, const char* prompt) {
  std::array<std::uint8_t, kCodeLine> line{};
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t size, os::read_hidden_line(terminal, prompt, line));
  return std::string(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(size));
}

Result<std::string> read_lines(const os::Descriptor& source) {
  std::string text;
  std::array<char, 2 * kCodeLine> buffer{};
  while (true) {
    const ssize_t size = ::read(source.number(), buffer.data(), buffer.size());
    if (size < 0) return os::fail_with_errno("read the codes");
    if (size == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > 2 * kCodeLine) return fail(Errc::invalid_argument, "these are no two codes");
  }
}

Result<TwoCodes> ask_for_codes(const OrderCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor source,
                            os::named_or_terminal(command.codes_descriptor));
  if (!source.is_open()) {
    return fail(Errc::invalid_argument, "nobody is here to be asked; see --codes-fd");
  }
  if (!os::is_terminal(source.number())) {
    FASTNESS_ASSIGN_OR_RETURN(const std::string text, read_lines(source));
    return two_codes(text);
  }
  FASTNESS_ASSIGN_OR_RETURN(std::string one, read_hidden(source.number(), "One sealed code: "));
  FASTNESS_ASSIGN_OR_RETURN(std::string other, read_hidden(source.number(), "Another: "));
  return TwoCodes{std::move(one), std::move(other)};
}

Result<AdminRequest> order_request(Action action, const OrderCommand& command) {
  const std::string order = std::string(kOrders) + "/" + command.order;
  switch (action) {
    case Action::order_guard:
      return AdminRequest{"PUT", kGuard, ""};
    case Action::order_unguard:
      return AdminRequest{"DELETE", kGuard, ""};
    case Action::order_signatures:
      return AdminRequest{"GET", order + "/signatures", ""};
    case Action::order_approve: {
      FASTNESS_ASSIGN_OR_RETURN(const TwoCodes codes, ask_for_codes(command));
      json::Writer out;
      out.begin_object();
      out.begin_array("codes");
      for (const std::string& code : codes) out.value(code);
      out.end_array();
      out.end_object();
      return AdminRequest{"POST", order + "/codes", std::move(out).text()};
    }
    default:
      return AdminRequest{"GET", kOrders, ""};
  }
}

std::string how_it_stands(const json::Value& order) {
  const std::string until = minute_in(order, "until");
  const std::string state = text_in(order, "state");
  if (state == "doing") return "is being done";
  if (state == "approved") return "approved: give it again until " + until;
  return "waits for two operators until " + until;
}

std::string who_signed(const json::Value& order) {
  if (flag_in(order, "by_codes")) return "    approved by two of the sealed codes\n";
  std::string out;
  for (const json::Value& each : elements_in(order, "approvals")) {
    const json::Value* by = each.find("by");
    if (by == nullptr) continue;
    const std::string email = text_in(*by, "email");
    out += "    signed by " + (email.empty() ? text_in(*by, "user_id") : email) + ", " +
           minute_in(each, "at") + "\n";
  }
  return out;
}

std::string order_lines(const json::Value& order) {
  return "  " + text_in(order, "words") + "\n    " + how_it_stands(order) + "\n" +
         who_signed(order) + "    " + text_in(order, "id") + "\n";
}

// What it says once it is on.
Result<std::string> guarded_text(const std::string& data_directory) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text,
                            tell_admin(data_directory, {"GET", kOrders, ""}));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value told, json::parse(text));
  std::string out =
      "The gravest orders need two operators from now on, who approve them on the page Operator of "
      "the console.\n";
  if (flag_in(told, "has_sealed_codes")) return out;
  return out +
         "No codes are sealed for the day when no two can be asked, and making them needs two "
         "now:\n"
         "fastness host operator seal-codes.\n";
}

}  // namespace

Result<TwoCodes> two_codes(const std::string& text) {
  std::istringstream lines(text);
  TwoCodes codes;
  std::string more;
  const bool are_there = std::getline(lines, codes[0]) && std::getline(lines, codes[1]);
  if (!are_there || codes[0].empty() || codes[1].empty() || std::getline(lines, more)) {
    return fail(Errc::invalid_argument, "two codes are needed, each on a line of its own");
  }
  return codes;
}

std::string orders_text(const json::Value& told) {
  const std::string since = minute_in(told, "guarded_since");
  if (since.empty()) return "No order needs a second person: fastness host order guard.\n";
  std::string out = "The gravest orders need two operators since " + since + ".\n";
  if (!flag_in(told, "has_sealed_codes")) {
    out += "No codes are sealed: fastness host operator seal-codes.\n";
  }
  const auto orders = elements_in(told, "orders");
  out += orders.empty() ? "Nothing waits.\n" : "\n";
  for (const json::Value& each : orders) out += order_lines(each);
  return out;
}

Result<std::string> run_order_command(const std::string& data_directory, Action action,
                                      const OrderCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(const AdminRequest request, order_request(action, command));
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, tell_admin(data_directory, request));
  const bool is_json = command.form == OutputForm::json;
  if (is_json || action == Action::order_signatures) return (text.empty() ? "{}" : text) + "\n";
  if (action == Action::order_guard) return guarded_text(data_directory);
  if (action == Action::order_unguard) return std::string("They need nobody else any more.\n");
  if (action == Action::order_approve) {
    return std::string(
        "Approved. Give the very same order again within the hour.\nThe codes are worth nothing "
        "any "
        "more. Make others: fastness host operator seal-codes.\n");
  }
  FASTNESS_ASSIGN_OR_RETURN(const json::Value told, json::parse(text));
  return orders_text(told);
}

}  // namespace fastness::supervisor
