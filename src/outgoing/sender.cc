// The only file that knows libcurl.
#include "outgoing/sender.h"

#include <algorithm>
#include <vector>

#include <curl/curl.h>
#include <sys/socket.h>

#include "base/bytes.h"

namespace fastness::outgoing {

// Not of this file alone, since they are members of Sender::Transfer.
struct FreeEasy {
  void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
};
struct FreeUrl {
  void operator()(CURLU* handle) const { ::curl_url_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;
using List = std::unique_ptr<curl_slist, FreeList>;

// A URL as the library that will follow it reads it, so that the guard judges the same host.
struct Target {
  Url url;
  std::string scheme;
  std::string host;  // without brackets
  std::string port;
};

namespace {

constexpr std::size_t kMostAnswer = fixed_limit("outgoing.answer_bytes");
constexpr std::size_t kMostBody = fixed_limit("outgoing.body_bytes");

struct FreeText {
  void operator()(char* text) const { ::curl_free(text); }
};

std::string part_of(const Url& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (::curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return "";
  const std::unique_ptr<char, FreeText> owner(text);
  return text;
}

Unexpected<Error> no_url(const std::string& expected) {
  return fail(Errc::invalid_argument,
              "not a URL such as " + expected + ", without user, password or fragment");
}

Result<Target> parse_url(const std::string& text, std::initializer_list<const char*> schemes,
                         const std::string& expected) {
  Target target;
  target.url.reset(::curl_url());
  if (::curl_url_set(target.url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) !=
      CURLUE_OK) {
    return no_url(expected);
  }
  target.scheme = part_of(target.url, CURLUPART_SCHEME);
  target.host = part_of(target.url, CURLUPART_HOST);
  target.port = part_of(target.url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const bool is_known =
      std::ranges::any_of(schemes, [&](const char* each) { return target.scheme == each; });
  // Names beyond ASCII would be looked up in another spelling than they are pinned in.
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  const bool has_more =
      !part_of(target.url, CURLUPART_ZONEID).empty() || text.find('#') != std::string::npos;
  if (!is_known || !is_plain || has_more || target.host.empty()) return no_url(expected);
  if (target.host.front() == '[') target.host = target.host.substr(1, target.host.size() - 2);
  return target;
}

Result<Target> parse_post_url(const std::string& url) {
  return parse_url(url, {"https", "http"}, "https://example.org/checkpoints");
}

Result<Target> parse_mail_url(const std::string& url) {
  return parse_url(url, {"smtps", "smtp"}, "smtps://mail.example.org:465");
}

// libcurl's callbacks.

curl_socket_t open_pinned(void* pinned, curlsocktype purpose, curl_sockaddr* address) {
  const auto& addresses = *static_cast<const std::vector<IpAddress>*>(pinned);
  const auto wanted = IpAddress::from(address->addr);
  const bool is_pinned = wanted && std::ranges::find(addresses, *wanted) != addresses.end();
  if (purpose != CURLSOCKTYPE_IPCXN || !is_pinned) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Counts and drops: nothing that the other side says is wanted.
std::size_t take_answer(char* /*data*/, std::size_t /*one*/, std::size_t size, void* taken) {
  auto& total = *static_cast<std::size_t*>(taken);
  total += size;
  return total > kMostAnswer ? 0 : size;
}

std::size_t keep_answer(char* data, std::size_t /*one*/, std::size_t size, void* kept) {
  auto& body = *static_cast<std::string*>(kept);
  if (size > kMostBody - body.size()) return 0;
  body.append(data, size);
  return size;
}

std::size_t give_text(char* to, std::size_t one, std::size_t count, void* rest) {
  auto& text = *static_cast<std::string_view*>(rest);
  const std::size_t size = std::min(one * count, text.size());
  text.copy(to, size);
  text.remove_prefix(size);
  return size;
}

int stop_if_cancelled(void* cancelled, curl_off_t /*total*/, curl_off_t /*now*/,
                      curl_off_t /*to_send*/, curl_off_t /*sent*/) {
  return static_cast<const std::atomic<bool>*>(cancelled)->load() ? 1 : 0;
}

Errc errc_of(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_LOGIN_DENIED:
    case CURLE_USE_SSL_FAILED:
      return Errc::unauthenticated;
    default:
      return Errc::unavailable;
  }
}

std::string explain(CURLcode code) {
  if (code == CURLE_WRITE_ERROR) return "it answers more than anybody wants to read";
  if (code == CURLE_ABORTED_BY_CALLBACK) return "this server is stopping";
  return ::curl_easy_strerror(code);
}

}  // namespace

// One request on one connection, which ends with it.
class Sender::Transfer {
 public:
  Transfer(const Sender& sender, Target target, std::vector<IpAddress> addresses)
      : target_(std::move(target)), addresses_(std::move(addresses)), handle_(::curl_easy_init()) {
    set(CURLOPT_CURLU, target_.url.get());
    set(CURLOPT_PROTOCOLS_STR, target_.scheme.c_str());
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");  // also none from the environment
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(sender.options_.longest.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(sender.options_.longest.count()));
    pin();
    trust(sender.options_.anchors_file);
    set(CURLOPT_WRITEFUNCTION, &take_answer);
    set(CURLOPT_WRITEDATA, &taken_);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &stop_if_cancelled);
    set(CURLOPT_XFERINFODATA, &sender.is_cancelled_);
  }

  template <typename T>
  void set(CURLoption option, T value) {
    const CURLcode code = ::curl_easy_setopt(handle_.get(), option, value);
    if (code != CURLE_OK && refused_ == CURLE_OK) refused_ = code;
  }

  void keep(std::string& body, std::chrono::milliseconds longest) {
    set(CURLOPT_WRITEFUNCTION, &keep_answer);
    set(CURLOPT_WRITEDATA, &body);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(longest.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(longest.count()));
  }

  // `body` must outlive the transfer.
  void send_body(std::string_view body) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.data());
    add_header("Expect:");
  }

  void add_header(const std::string& line) { append(headers_, line); }

  // What the other side said: a status of HTTP or SMTP.
  [[nodiscard]] Result<long> perform() {
    if (headers_) set(CURLOPT_HTTPHEADER, headers_.get());
    // An option that is unknown would leave a rule out of force.
    if (refused_ != CURLE_OK) return failure(refused_);
    if (const CURLcode code = ::curl_easy_perform(handle_.get()); code != CURLE_OK) {
      return failure(code);
    }
    long status = 0;
    ::curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  // The same, where only an answer of 2xx will do.
  [[nodiscard]] Result<void> succeed() {
    FASTNESS_ASSIGN_OR_RETURN(const long status, perform());
    if (status >= 200 && status < 300) return {};
    const bool is_redirect = status >= 300 && status < 400;
    return fail(Errc::unavailable, target_.host + " answered " + std::to_string(status) +
                                       (is_redirect ? "; redirects are not followed" : ""));
  }

 private:
  static void append(List& list, const std::string& line) {
    curl_slist* longer = ::curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return;
    (void)list.release();
    list.reset(longer);
  }

  // The library looks nothing up, and if it did, could not connect there.
  void pin() {
    std::string entry = target_.host + ":" + target_.port + ":";
    for (const IpAddress& address : addresses_) {
      if (entry.back() != ':') entry += ",";
      entry += address.is_v4() ? address.to_text() : "[" + address.to_text() + "]";
    }
    if (target_.host.find(':') == std::string::npos) {
      append(resolved_, entry);
      set(CURLOPT_RESOLVE, resolved_.get());
    }
    set(CURLOPT_OPENSOCKETFUNCTION, &open_pinned);
    set(CURLOPT_OPENSOCKETDATA, &addresses_);
  }

  void trust(const std::string& anchors_file) {
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (anchors_file.empty()) return;
    set(CURLOPT_CAINFO, anchors_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }

  [[nodiscard]] Unexpected<Error> failure(CURLcode code) const {
    return fail(errc_of(code), target_.host + ": " + explain(code));
  }

  Target target_;
  std::vector<IpAddress> addresses_;
  List resolved_;
  List headers_;
  std::size_t taken_ = 0;
  CURLcode refused_ = CURLE_OK;
  std::unique_ptr<CURL, FreeEasy> handle_;  // last: it points at the others
};

Result<std::unique_ptr<Sender>> Sender::create(Options options) {
  if (::curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return fail(Errc::unavailable, "libcurl does not start");
  }
  return std::unique_ptr<Sender>(new Sender(std::move(options)));
}

Sender::~Sender() {
  ::curl_global_cleanup();
}

Result<void> Sender::check_post_url(const std::string& url) {
  FASTNESS_RETURN_IF_ERROR(parse_post_url(url));
  return {};
}

Result<void> Sender::check_mail_url(const std::string& url) {
  FASTNESS_RETURN_IF_ERROR(parse_mail_url(url));
  return {};
}

Result<std::unique_ptr<Sender::Transfer>> Sender::call(const std::string& url) const {
  FASTNESS_ASSIGN_OR_RETURN(Target target, parse_post_url(url));
  FASTNESS_ASSIGN_OR_RETURN(std::vector<IpAddress> addresses, options_.guard.admit(target.host));
  if (target.scheme == "http" && !std::ranges::all_of(addresses, is_loopback)) {
    return fail(Errc::permission_denied,
                target.host + " is another machine: nothing goes there without TLS, use https://");
  }
  auto transfer = std::make_unique<Transfer>(*this, std::move(target), std::move(addresses));
  transfer->set(CURLOPT_USERAGENT, "Fastness");
  return transfer;
}

Result<void> Sender::post(const std::string& url, std::string_view media_type,
                          std::string_view body) {
  FASTNESS_ASSIGN_OR_RETURN(const auto transfer, call(url));
  transfer->add_header("Content-Type: " + std::string(media_type));
  transfer->send_body(body);
  return transfer->succeed();
}

Result<std::string> Sender::fetch(const Question& question) {
  if (question.authorization.find_first_of("\r\n") != std::string::npos) {
    return fail(Errc::invalid_argument, "a field of a header has one line");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto transfer, call(question.url));
  std::string body;
  transfer->keep(body, std::min(options_.longest, options_.longest_fetch));
  transfer->add_header("Accept: application/json");
  if (!question.authorization.empty()) {
    transfer->add_header("Authorization: " + question.authorization);
  }
  if (!question.form.empty()) {
    transfer->add_header("Content-Type: application/x-www-form-urlencoded");
    transfer->send_body(question.form);
  }
  FASTNESS_RETURN_IF_ERROR(transfer->succeed());
  return body;
}

Result<void> Sender::mail(const MailServer& server, const MailMessage& message) {
  FASTNESS_ASSIGN_OR_RETURN(Target target, parse_mail_url(server.url));
  FASTNESS_ASSIGN_OR_RETURN(std::vector<IpAddress> addresses, options_.guard.admit(target.host));
  Transfer transfer(*this, std::move(target), std::move(addresses));
  // STARTTLS or nothing, before anybody logs in.
  transfer.set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  const std::string password(as_text(server.password.reveal()));
  if (!server.user.empty()) {
    transfer.set(CURLOPT_USERNAME, server.user.c_str());
    transfer.set(CURLOPT_PASSWORD, password.c_str());
  }
  const std::string from = "<" + message.from.text() + ">";
  const List to(::curl_slist_append(nullptr, ("<" + message.to.text() + ">").c_str()));
  transfer.set(CURLOPT_MAIL_FROM, from.c_str());
  transfer.set(CURLOPT_MAIL_RCPT, to.get());
  const std::string text = message.to_text();
  std::string_view rest = text;
  transfer.set(CURLOPT_UPLOAD, 1L);
  transfer.set(CURLOPT_READFUNCTION, &give_text);
  transfer.set(CURLOPT_READDATA, &rest);
  FASTNESS_RETURN_IF_ERROR(transfer.perform());
  return {};
}

}  // namespace fastness::outgoing
