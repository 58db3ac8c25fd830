// What a client is told when the answer is no: the one table from our errors to theirs.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "json/object_reader.h"

namespace fastness::api {

// A refusal, before it has a form. Its texts are made for the client.
struct Problem {
  http::Status status = http::Status::internal_server_error;
  std::string message;  // a sentence for a person
  std::string field;    // of the request; empty if none is to blame
  // When to ask again, with a status that says so; nothing for what is usual with it.
  std::optional<std::chrono::seconds> ask_again = {};
  std::string_view code = {};  // a constant, where the status's own word says too little

  friend bool operator==(const Problem&, const Problem&) = default;
};

using Answer = Result<http::Response, Problem>;

[[nodiscard]] Unexpected<Problem> refuse(http::Status status, std::string message,
                                         std::string field = {});

// For an Error of a component. Messages of `invalid_argument` are written for whoever sent the
// input and pass through; all others are only for our log.
[[nodiscard]] Problem to_problem(const Error& error);
[[nodiscard]] Problem to_problem(const json::FieldError& error);

template <typename T, typename E>
[[nodiscard]] Unexpected<Problem> refuse(const Result<T, E>& failed) {
  return {to_problem(failed.error())};
}

// The code of a refusal that the same request overcomes once /api/v1/session/prove was used.
inline constexpr std::string_view kStepUpRequired = "step_up_required";

// The code of a refusal because this server asks everybody for two factors, and one was shown.
inline constexpr std::string_view kSecondFactorRequired = "second_factor_required";

// The code of a refusal because the session views an organisation as somebody else.
inline constexpr std::string_view kViewing = "viewing";

// The code of a refusal of somebody who has shown all that a sign-in asks for: the host's owner
// suspended their account.
inline constexpr std::string_view kAccountSuspended = "account_suspended";

// The code of a refusal that the same request overcomes once two operators have approved it.
inline constexpr std::string_view kNeedsTwoPeople = "needs_two_people";

// How a family of routes spells its errors.
enum class ErrorStyle : std::uint8_t {
  ours,   // {"error":{"code","message","field"}}
  goa,    // application/vnd.goa.error+json, of /iot
  oauth,  // RFC 6749, 5.2, of the token endpoint
  text,   // a line of text, as EST asks for (RFC 7030, 4.2.3)
};

// `request_id` names the occurrence, for whoever looks into the log.
[[nodiscard]] http::Response render(const Problem& problem, ErrorStyle style,
                                    std::string_view request_id);

// The stable word for a status or a refusal, as in our error bodies and the audit trail.
[[nodiscard]] std::string_view code_of(http::Status status);
[[nodiscard]] std::string_view code_of(const Problem& problem);

// FASTNESS_ASSIGN_OR_REFUSE(const auto thing, things.find(...)): in a function that returns an
// Answer or any Result<T, Problem>.
#define FASTNESS_ASSIGN_OR_REFUSE(declaration, ...)                                       \
  FASTNESS_ASSIGN_OR_REFUSE_VIA(FASTNESS_CONCAT(fastness_result_, __LINE__), declaration, \
                                __VA_ARGS__)
#define FASTNESS_ASSIGN_OR_REFUSE_VIA(temporary, declaration, ...) \
  auto temporary = (__VA_ARGS__);                                  \
  if (!temporary) return ::fastness::api::refuse(temporary);       \
  declaration = std::move(temporary).value()

#define FASTNESS_REFUSE_IF_ERROR(...)                             \
  do {                                                            \
    if (auto fastness_result = (__VA_ARGS__); !fastness_result) { \
      return ::fastness::api::refuse(fastness_result);            \
    }                                                             \
  } while (false)

[[nodiscard]] inline const Problem& to_problem(const Problem& problem) {
  return problem;
}

}  // namespace fastness::api
