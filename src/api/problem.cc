#include "api/problem.h"

#include <utility>

#include "json/writer.h"

namespace fastness::api {
namespace {

using http::Status;

struct Words {
  Status status;
  std::string_view code;         // ours
  std::string_view goa_code;     // as clients of /iot know it
  std::string_view description;  // when there is nothing better to say
};

constexpr Words kWords[] = {
    {Status::bad_request, "invalid_request", "invalid_request", "The request is not valid."},
    {Status::unauthorized, "unauthenticated", "unauthorized", "Sign in, or send a valid token."},
    {Status::forbidden, "forbidden", "forbidden", "These credentials do not allow this."},
    {Status::not_found, "not_found", "not_found", "There is no such object."},
    {Status::method_not_allowed, "invalid_request", "method_not_allowed",
     "This path does not have that method."},
    {Status::conflict, "conflict", "conflict", "This exists already."},
    {Status::precondition_failed, "conflict", "precondition_failed",
     "The object does not allow this now."},
    {Status::content_too_large, "too_large", "request_too_large", "The request is too large."},
    {Status::unsupported_media_type, "invalid_request", "unsupported_media_type",
     "The request has another Content-Type than this path takes."},
    {Status::too_many_requests, "too_many_requests", "too_many_requests",
     "You have reached maximum request limit."},
    {Status::service_unavailable, "unavailable", "service_unavailable",
     "The server cannot do this right now. Try again in a moment."},
    {Status::not_implemented, "not_implemented", "not_implemented",
     "This server does not have this part of the API."},
    {Status::internal_server_error, "internal", "internal", "The server failed to do this."},
};

const Words& words_for(Status status) {
  for (const Words& words : kWords) {
    if (words.status == status) return words;
  }
  return kWords[std::size(kWords) - 1];
}

Status status_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return Status::bad_request;
    case Errc::not_found:
      return Status::not_found;
    case Errc::already_exists:
      return Status::conflict;
    case Errc::unauthenticated:
      return Status::unauthorized;
    case Errc::permission_denied:
      return Status::forbidden;
    case Errc::exhausted:
      return Status::too_many_requests;
    case Errc::unavailable:
      return Status::service_unavailable;
    case Errc::corrupted:
      return Status::internal_server_error;
  }
  return Status::internal_server_error;
}

// RFC 6749, 5.2. Clients of the token endpoint look for a 401 in the text.
std::string_view oauth_code(Status status) {
  if (status == Status::unauthorized) return "access_denied";
  if (status == Status::bad_request) return "invalid_request";
  return code_of(status);
}

std::string message_of(const Problem& problem) {
  return problem.message.empty() ? std::string(words_for(problem.status).description)
                                 : problem.message;
}

std::string text_of(const Problem& problem) {
  const std::string subject = problem.field.empty() ? "" : problem.field + " ";
  return subject + message_of(problem);
}

std::optional<std::chrono::seconds> pause_before_next(const Problem& problem) {
  if (problem.ask_again) return problem.ask_again;
  if (problem.status == Status::too_many_requests) return std::chrono::seconds(30);
  if (problem.status == Status::service_unavailable) return std::chrono::seconds(2);
  return std::nullopt;
}

std::string json_body(const Problem& problem, ErrorStyle style, std::string_view request_id) {
  const Words& words = words_for(problem.status);
  const std::string message = message_of(problem);
  json::Writer out;
  out.begin_object();
  switch (style) {
    case ErrorStyle::ours:
    case ErrorStyle::text:  // which has no body of JSON
      out.begin_object("error");
      out.field("code", code_of(problem));
      out.field("message", message);
      out.field_if("field", problem.field);
      out.end_object();
      break;
    case ErrorStyle::goa:
      out.field("id", request_id);
      out.field("code", problem.code.empty() ? words.goa_code : problem.code);
      out.field("status", http::to_number(problem.status));
      out.field("detail", text_of(problem));
      break;
    case ErrorStyle::oauth:
      out.field("error", problem.field.empty() ? oauth_code(problem.status) : problem.field);
      out.field("error_description", message);
      break;
  }
  out.end_object();
  return std::move(out).text();
}

}  // namespace

std::string_view code_of(Status status) {
  return words_for(status).code;
}

std::string_view code_of(const Problem& problem) {
  return problem.code.empty() ? code_of(problem.status) : problem.code;
}

Unexpected<Problem> refuse(Status status, std::string message, std::string field) {
  return {Problem{status, std::move(message), std::move(field)}};
}

Problem to_problem(const Error& error) {
  Problem problem{status_of(error.code), {}, {}};
  if (error.code == Errc::invalid_argument) problem.message = error.message;
  return problem;
}

Problem to_problem(const json::FieldError& error) {
  return {Status::bad_request, error.message, error.field};
}

http::Response render(const Problem& problem, ErrorStyle style, std::string_view request_id) {
  http::Response response =
      style == ErrorStyle::text
          ? http::Response::text(problem.status, text_of(problem) + "\n")
          : http::Response::json(problem.status, json_body(problem, style, request_id));
  if (style == ErrorStyle::goa) {
    response.headers.set("content-type", "application/vnd.goa.error+json");
  }
  if (problem.status == Status::unauthorized) {
    // A client of EST waits to be asked for the name and password that it was given.
    response.headers.set("www-authenticate",
                         style == ErrorStyle::text
                             ? "Bearer realm=\"fastness\", Basic realm=\"claim code\""
                             : "Bearer realm=\"fastness\"");
  }
  if (const auto pause = pause_before_next(problem)) {
    response.headers.set("retry-after", std::to_string(pause->count()));
  }
  return response;
}

}  // namespace fastness::api
