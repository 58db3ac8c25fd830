#include "supervisor/authority/authority_text.h"

#include <algorithm>
#include <charconv>

#include "base/minute_text.h"
#include "json/text_in.h"
#include "json/time_text.h"
#include "json/value.h"

namespace fastness::supervisor {
namespace {

std::int64_t number_in(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  const auto* number = value != nullptr ? value->get<std::int64_t>() : nullptr;
  return number != nullptr ? *number : 0;
}

const json::Array& list_in(const json::Value& object, std::string_view name) {
  static const json::Array none;
  const json::Value* value = object.find(name);
  const auto* list = value != nullptr ? value->get<json::Array>() : nullptr;
  return list != nullptr ? *list : none;
}

// "2026-11-29 20:15 UTC" of "2026-11-29T20:15:07.123Z".
std::string in_minutes(std::string_view rfc_3339) {
  constexpr std::size_t kDate = 10;
  constexpr std::size_t kMinute = 16;
  if (rfc_3339.size() < kMinute) return std::string(rfc_3339);
  return std::string(rfc_3339.substr(0, kDate)) + " " +
         std::string(rfc_3339.substr(kDate + 1, kMinute - kDate - 1)) + " UTC";
}

std::string counted(std::int64_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string devices(std::int64_t number) {
  return counted(number, "device", "devices");
}

const json::Value* generation_in(const json::Value& authority, std::int64_t number) {
  for (const json::Value& each : list_in(authority, "generations")) {
    if (number_in(each, "number") == number) return &each;
  }
  return nullptr;
}

const json::Value* issuing_in(const json::Value& authority) {
  for (const json::Value& each : list_in(authority, "generations")) {
    if (text_in(each, "state") == "issuing") return &each;
  }
  return nullptr;
}

void add_line(std::string& out, std::string_view name, const std::string& text) {
  constexpr std::size_t kColumn = 18;
  out += std::string(name) + std::string(kColumn - std::min(name.size(), kColumn - 1), ' ') + text +
         "\n";
}

// What there is to say of a generation besides its state.
std::string remark_on(const json::Value& generation) {
  const std::string state = text_in(generation, "state");
  if (state == "issuing") return "until " + in_minutes(text_in(generation, "signs_until"));
  const std::string cut_off = text_in(generation, "board_cut_off");
  if (!cut_off.empty()) return "its boards come in until " + in_minutes(cut_off);
  return state == "distrusted" || state == "destroyed" ? "its boards come in for good" : "";
}

void add_generation(std::string& out, const json::Value& generation) {
  const std::string distrusted_at = text_in(generation, "distrusted_at");
  std::string line = text_in(generation, "state") + ", made " +
                     in_minutes(text_in(generation, "created_at")) +
                     (distrusted_at.empty() ? "" : ", distrusted " + in_minutes(distrusted_at));
  line += "; " + devices(number_in(generation, "devices"));
  if (const std::string remark = remark_on(generation); !remark.empty()) line += "; " + remark;
  add_line(out, "generation " + std::to_string(number_in(generation, "number")), line);
}

std::string words_for_straggler(const json::Value& straggler) {
  const std::int64_t number = number_in(straggler, "devices");
  const std::string reason = text_in(straggler, "reason");
  if (reason == "due") return devices(number) + " seen since, and due to come";
  if (reason == "not_seen") return devices(number) + " not seen since";
  if (reason == "by_hand") {
    return counted(number, "board", "boards") +
           " that cannot renew: in by the ledger, new credentials by hand";
  }
  if (reason == "shut_out") {
    return devices(number) + " of a key that was given up: cut off until renewed or enrolled anew";
  }
  return devices(number) + " " + reason;  // suspended, quarantined
}

std::string words_for_step(const json::Value& rotation) {
  const std::string step = text_in(rotation, "step");
  const std::string to = std::to_string(number_in(rotation, "to"));
  if (step == "soaking") {
    return "generation " + to + " is known, and issues from " +
           in_minutes(text_in(rotation, "issue_at"));
  }
  if (step == "renewing") return "generation " + to + " issues; devices come for new certificates";
  if (step == "preparing") return "generation " + to + " is being made";
  if (step == "discarding") return "generation " + to + " is being destroyed";
  return step + " " + in_minutes(text_in(rotation, "ended_at"));
}

void add_rotation(std::string& out, const json::Value& rotation) {
  add_line(out, "rotation",
           text_in(rotation, "kind") + ", from generation " +
               std::to_string(number_in(rotation, "from")) + " to " +
               std::to_string(number_in(rotation, "to")) + ", begun " +
               in_minutes(text_in(rotation, "began_at")) + ": " + text_in(rotation, "reason"));
  add_line(out, "", words_for_step(rotation));
}

void add_lockdown(std::string& out, const json::Value& lockdown) {
  const std::string generation = std::to_string(number_in(lockdown, "generation"));
  add_line(out, "locked",
           "since " + in_minutes(text_in(lockdown, "since")) +
               ": a certificate that was never issued was signed by generation " + generation);
  add_line(out, "", "no new device, key or secret is taken; who is known goes on");
  add_line(out, "", "fastness ca unlock ends it, after fastness ca rotate --emergency");
}

std::string until(const std::optional<Timestamp>& cut_off) {
  return cut_off ? "until " + minute_text(*cut_off) : "for good, unless a cut-off is set later";
}

// What giving up the key of a generation does to its devices.
std::string effect_of_distrust(const json::Value& generation,
                               const std::optional<Timestamp>& cut_off) {
  const std::int64_t boards = number_in(generation, "boards");
  const std::int64_t others = number_in(generation, "devices") - boards;
  std::string out = "  " + counted(boards, "board", "boards") + " of it: in by the ledger, " +
                    until(cut_off) + ".\n";
  if (cut_off) out += "  After that a board needs new credentials by hand.\n";
  out += "  " + counted(others, "other device", "other devices") +
         " of it: cut off at once, until renewed with the key it has.\n";
  return out;
}

std::string plan_of_routine(const json::Value& authority, const AuthorityCommand& command,
                            std::int64_t from) {
  const json::Value* of_devices = authority.find("devices");
  const std::int64_t all = of_devices != nullptr ? number_in(*of_devices, "with_certificate") : 0;
  const std::int64_t soak = command.soak_minutes.value_or(60);
  return "A new generation is made. It is known for " + counted(soak, "minute", "minutes") +
         ", then it issues, and generation " + std::to_string(from) + " retires.\n  " +
         devices(all) + " with a certificate: all go on. Nobody is cut off.\n";
}

}  // namespace

std::string authority_as_text(const json::Value& authority) {
  std::string out;
  for (const json::Value& each : list_in(authority, "generations")) add_generation(out, each);
  const json::Value* issuing = issuing_in(authority);
  if (const json::Value* of = authority.find("devices")) {
    add_line(out, "renewed",
             std::to_string(number_in(*of, "renewed")) + " of " +
                 devices(number_in(*of, "with_certificate")) +
                 " have a certificate of generation " +
                 std::to_string(issuing != nullptr ? number_in(*issuing, "number") : 0) + "; " +
                 std::to_string(number_in(*of, "without_certificate")) + " have none at all");
  }
  const char* name = "not renewed";
  for (const json::Value& each : list_in(authority, "stragglers")) {
    add_line(out, name, words_for_straggler(each));
    name = "";
  }
  if (const std::string end = text_in(authority, "estimated_end"); !end.empty()) {
    add_line(out, "expected end", in_minutes(end) + ", at the rate until now");
  }
  if (const json::Value* rotation = authority.find("rotation")) add_rotation(out, *rotation);
  if (const json::Value* lockdown = authority.find("lockdown")) add_lockdown(out, *lockdown);
  return out;
}

std::string plan_of_rotation(const json::Value& authority, const AuthorityCommand& command,
                             const std::optional<Timestamp>& cut_off) {
  const json::Value* issuing = issuing_in(authority);
  if (issuing == nullptr) return "A new generation is made, and issues.\n";
  const std::int64_t from = number_in(*issuing, "number");
  if (!command.is_emergency) return plan_of_routine(authority, command, from);
  std::string out = "Generation " + std::to_string(from) +
                    " is given up now, and a new generation issues at once.\n" +
                    effect_of_distrust(*issuing, cut_off);
  for (const json::Value& each : list_in(authority, "generations")) {
    if (text_in(each, "state") != "retiring") continue;
    const std::string number = std::to_string(number_in(each, "number"));
    out += "  Generation " + number + " is retiring, and stays trusted. If its key may be loose " +
           "too: fastness ca distrust " + number + "\n";
  }
  return out;
}

std::string plan_of_abort(const json::Value& authority) {
  const json::Value* rotation = authority.find("rotation");
  const std::string to =
      rotation != nullptr ? std::to_string(number_in(*rotation, "to")) : std::string();
  if (rotation != nullptr && text_in(*rotation, "step") == "renewing") {
    return "Generation " + to +
           " issues already, and goes on: states never go back. The rotation is only marked as "
           "ended.\n";
  }
  return "The key of generation " + to + " is destroyed. Nothing else changes.\n";
}

std::string plan_of_unlock(const json::Value& authority) {
  const json::Value* lockdown = authority.find("lockdown");
  if (lockdown == nullptr) return "Nothing is locked.\n";
  const std::int64_t number = number_in(*lockdown, "generation");
  std::string out = "New devices, keys and secrets are taken again, as before " +
                    in_minutes(text_in(*lockdown, "since")) + ".\n";
  const json::Value* loose = generation_in(authority, number);
  if (loose != nullptr && text_in(*loose, "distrusted_at").empty()) {
    out += "  The key of generation " + std::to_string(number) +
           " is loose and not given up: its next use locks again. First: fastness ca rotate "
           "--emergency\n";
  }
  return out;
}

std::string plan_of_distrust(const json::Value& authority, const AuthorityCommand& command,
                             const std::optional<Timestamp>& cut_off) {
  const json::Value* generation = generation_in(authority, command.generation);
  const std::string number = std::to_string(command.generation);
  if (generation == nullptr) return "There is no generation " + number + ".\n";
  return "Generation " + number + " is given up now. There is no way back.\n" +
         effect_of_distrust(*generation, cut_off);
}

std::string plan_of_destruction(const json::Value& authority, const AuthorityCommand& command) {
  const json::Value* generation = generation_in(authority, command.generation);
  const std::string number = std::to_string(command.generation);
  if (generation == nullptr) return "There is no generation " + number + ".\n";
  return "The private key of generation " + number + " is destroyed. There is no way back.\n  " +
         counted(number_in(*generation, "boards"), "board", "boards") +
         " of it: in by the ledger as before, until the cut-off.\n";
}

Result<std::optional<Timestamp>> parse_cut_off(std::string_view text, Timestamp now) {
  constexpr std::int64_t kMostDays = 36'525;
  if (text == "never") return std::optional<Timestamp>();
  std::int64_t days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (error == std::errc{} && end == text.data() + text.size() && days >= 0 && days <= kMostDays) {
    return std::optional(now + std::chrono::days(days));
  }
  constexpr std::size_t kDate = 10;
  const auto time =
      json::parse_time(text.size() == kDate ? std::string(text) + "T00:00:00Z" : std::string(text));
  if (time) return std::optional(*time);
  return fail(Errc::invalid_argument,
              "--cut-off is a number of days from now, a date such as 2027-01-31, a time such as "
              "2027-01-31T12:00:00Z, or never");
}

}  // namespace fastness::supervisor
