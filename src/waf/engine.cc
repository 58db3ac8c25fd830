#include "waf/engine.h"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include <modsecurity/modsecurity.h>
#include <modsecurity/rule_message.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

#include "http/method.h"

namespace fastness::waf {
namespace {

// More say nothing new of a request, and make a line that nobody reads.
constexpr std::size_t kMostRulesNoted = 32;

// What the owner's rules cannot change, for the last word counts: the library's own logs quote
// requests, so they are off, whatever came before.
constexpr std::string_view kLastWords =
    "SecAuditEngine Off\n"
    "SecDebugLogLevel 0\n"
    "SecResponseBodyAccess Off\n"
    "SecUploadKeepFiles Off\n"
    "SecRuleEngine ";

// The library would write to standard error what a rule says of a match, which quotes the request.
void forget(void* /*of_transaction*/, const void* /*message*/) {}

// Of each rule that matched and has a message, its number and nothing else.
std::vector<std::int64_t> numbers(const modsecurity::Transaction& transaction) {
  std::vector<std::int64_t> rules;
  for (const modsecurity::RuleMessage& message : transaction.m_rulesMessages) {
    const std::int64_t rule = message.m_ruleId;
    if (rules.size() < kMostRulesNoted && std::ranges::count(rules, rule) == 0) {
      rules.push_back(rule);
    }
  }
  return rules;
}

// Whether the rules want it stopped, as far as they were asked.
bool is_stopped(modsecurity::Transaction& transaction) {
  modsecurity::ModSecurityIntervention found{};
  transaction.intervention(&found);
  const bool is_disruptive = found.disruptive != 0;
  modsecurity::intervention::free(&found);
  return is_disruptive;
}

// A credential is for whoever checks it; no rule has a business with it.
std::string shown_value(const http::Headers::Field& field) {
  if (field.name != "authorization") return field.value;
  const std::size_t space = field.value.find(' ');
  return space == std::string::npos ? std::string() : field.value.substr(0, space);
}

// In the order of the library's phases, until one of them has had enough.
bool refuses(modsecurity::Transaction& transaction, const http::Inspected& inspected) {
  const http::Request& request = inspected.request;
  transaction.processConnection(request.peer.address.c_str(), 0, "0.0.0.0", 0);
  const std::string method(
      http::to_text(inspected.asks_for_head ? http::Method::head : request.method));
  transaction.processURI(inspected.target.c_str(), method.c_str(), "1.1");
  for (const http::Headers::Field& field : request.headers.fields()) {
    transaction.addRequestHeader(field.name, shown_value(field));
  }
  transaction.processRequestHeaders();
  if (is_stopped(transaction)) return true;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its bytes are unsigned
  const auto* body = reinterpret_cast<const unsigned char*>(request.body.data());
  transaction.appendRequestBody(body, request.body.size());
  if (is_stopped(transaction)) return true;
  transaction.processRequestBody();
  return is_stopped(transaction);
}

}  // namespace

struct Engine::Library {
  modsecurity::ModSecurity library;
  // Not const, because a transaction wants it so; it only reads them.
  modsecurity::RulesSet rules;
  OnAttack on_attack = OnAttack::refuse;
};

Engine::Engine(std::unique_ptr<Library> library) : library_(std::move(library)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(const std::string& file, OnAttack on_attack) {
  auto made = std::make_unique<Library>();
  made->on_attack = on_attack;
  made->library.setServerLogCb(forget, modsecurity::RuleMessageLogProperty);
  // All at once, because logs are opened at the end, and by then they are off.
  std::string text = "Include \"" + file + "\"\n";
  text.append(kLastWords).append(on_attack == OnAttack::refuse ? "On" : "DetectionOnly");
  text += '\n';
  try {
    if (made->rules.load(text.c_str(), "fastness") < 0) {
      return fail(Errc::invalid_argument, "waf.rules_file: " + made->rules.getParserError());
    }
  } catch (const std::exception& thrown) {
    return fail(Errc::invalid_argument, "waf.rules_file: " + file + ": " + thrown.what());
  }
  return std::unique_ptr<Engine>(new Engine(std::move(made)));
}

Result<Findings> Engine::look_at(const http::Inspected& request) const {
  Findings findings;
  std::string id = request.request.id;
  try {
    modsecurity::Transaction transaction(&library_->library, &library_->rules, id.data(), nullptr);
    const bool is_to_stop = refuses(transaction, request);
    findings.is_refused = is_to_stop && library_->on_attack == OnAttack::refuse;
    findings.rules = numbers(transaction);
  } catch (const std::exception& thrown) {
    return fail(Errc::unavailable, thrown.what());
  }
  return findings;
}

}  // namespace fastness::waf
