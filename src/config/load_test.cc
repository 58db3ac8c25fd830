#include "config/load.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/child.h"
#include "config/setting.h"

namespace fastness::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Loaded> load_file(std::string text) {
  return load({"f.toml", std::move(text), {}, {}});
}

std::string error_of(const Result<Loaded>& result) {
  return result ? "no error" : result.error().message;
}

TEST(Load, NothingSaidGivesTheDefaults) {
  const auto loaded = load({});

  ASSERT_TRUE(loaded);
  EXPECT_THAT(loaded->config.listen.mqtts, ElementsAre(Endpoint{"0.0.0.0", 8883}));
  EXPECT_TRUE(loaded->config.sandbox.require_landlock);
  EXPECT_TRUE(loaded->origins.empty());
}

TEST(Load, LettersAreEnglishUnlessItIsSaidOtherwise) {
  EXPECT_EQ(load({})->config.mail.language, wording::Language::english);
  for (const wording::Language language : wording::kLanguages) {
    const auto loaded =
        load_file("[mail]\nlanguage = '" + std::string(wording::to_text(language)) + "'\n");
    ASSERT_TRUE(loaded) << error_of(loaded);
    EXPECT_EQ(loaded->config.mail.language, language);
  }
}

TEST(Print, ForOthersHasNothingThatLetsSomebodyInElsewhere) {
  const auto loaded = load_file(
      "[alarms]\nurl = 'https://hooks.example.org/T0/planted-1'\n"
      "[ledger]\nwitness_url = 'https://me:planted-2@w.example.org:8443/?key=planted-3'\n"
      "[mail]\nserver = 'smtps://mail.example.org:465'\nfrom = 'me@example.org'\n"
      "[history]\nretention_days = 30\n");
  ASSERT_TRUE(loaded) << error_of(loaded);

  const std::string printed = print_for_others(loaded->config);

  EXPECT_THAT(printed, HasSubstr("url = \"https://hooks.example.org/…\"\n"));
  EXPECT_THAT(printed, HasSubstr("\"https://w.example.org:8443/…\""));
  EXPECT_THAT(printed, HasSubstr("\"smtps://mail.example.org:465\""));
  EXPECT_THAT(printed, HasSubstr("from = \"me@example.org\""));
  EXPECT_THAT(printed, ::testing::Not(HasSubstr("planted")));
}

TEST(Load, StrongerSourcesWin) {
  const auto loaded = load({"f.toml",
                            "[log]\nlevel = 'debug'\nformat = 'json'\n[gateway]\nthreads = 2\n",
                            {"FASTNESS_LOG__LEVEL=warning", "FASTNESS_GATEWAY__THREADS=3",
                             "FASTNESS_LOG_LEVEL=ignored", "PATH=/bin"},
                            {"gateway.threads=4"}});

  ASSERT_TRUE(loaded) << error_of(loaded);
  EXPECT_EQ(loaded->config.log.format, telemetry::LogFormat::json);
  EXPECT_EQ(loaded->config.log.level, telemetry::LogLevel::warning);
  EXPECT_EQ(loaded->config.gateway.threads, 4);
  EXPECT_EQ(loaded->origins.at("log.format"), Origin::file);
  EXPECT_EQ(loaded->origins.at("log.level"), Origin::environment);
  EXPECT_EQ(loaded->origins.at("gateway.threads"), Origin::command_line);
}

TEST(Load, ReadsListsAndByteCountsAsText) {
  const auto loaded =
      load({"",
            "[history]\ncap_bytes = '64 MiB'\n",
            {"FASTNESS_LISTEN__MQTTS=127.0.0.1:0, [::1]:8883"},
            {"limits.mqtt_packet_bytes=2KiB",
             "server.names=", "listen.https=[\"127.0.0.1:1\", '[::]:2']", "listen.http=[]"}});

  ASSERT_TRUE(loaded) << error_of(loaded);
  EXPECT_EQ(loaded->config.history.cap_bytes, 64 << 20);
  EXPECT_EQ(loaded->config.limits.mqtt_packet_bytes, 2048);
  EXPECT_THAT(loaded->config.listen.mqtts,
              ElementsAre(Endpoint{"127.0.0.1", 0}, Endpoint{"::1", 8883}));
  EXPECT_THAT(loaded->config.listen.https,
              ElementsAre(Endpoint{"127.0.0.1", 1}, Endpoint{"::", 2}));
  EXPECT_TRUE(loaded->config.server.names.empty());
  EXPECT_THAT(error_of(load({"", {}, {}, {"server.names=[a]"}})), HasSubstr("expects a list"));
}

TEST(Load, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string file;
    std::string message;
  };
  const Case cases[] = {
      {"[listen]\nhttp = ['127.0.0.1:80']\n\nhtps = []",
       "line 4: listen.htps is no setting; did you mean listen.https?"},
      {"[logging]\nlevel = 'info'", "did you mean log.level?"},
      {"verbose = true", "verbose is no setting"},
      {"[log]\nlevel = 'loud'", "line 2: log.level must be one of debug info warning error"},
      {"[log]\nlevel = 3", "must be one of"},
      {"[gateway]\nthreads = '4'", "gateway.threads expects a whole number"},
      {"[gateway]\nthreads = 257", "must be from 0 to 256"},
      {"[gateway]\nthreads = -1", "must be from 0 to 256"},
      {"[gateway]\nthreads = 1.5", "has a value of no use here"},
      {"[server]\nallowed_origins = ['*']", "expects a list of origins"},
      {"[proxies]\nforwarded_for = ['10.0.0.5/8']", "no bits set but those that count"},
      {"[proxies]\nforwarded_for = ['proxy.example']", "a network is an address"},
      {"[proxies]\nforwarded_for = ['0.0.0.0/0']", "is everybody"},
      {"[proxies]\nproxy_protocol = ['::/0']", "is everybody"},
      {"[proxies]\nproxy_protocol = '127.0.0.1'", "expects a list of addresses"},
      {"[server]\nallowed_origins = ['https://app.example/']", "expects a list of origins"},
      {"[server]\nallowed_origins = ['https://']", "expects a list of origins"},
      {"[server]\nallowed_origins = ['app.example']", "expects a list of origins"},
      {"[history]\ncap_bytes = '64 MB'", "expects a number of bytes"},
      {"[history]\ncap_bytes = '99999999999 GiB'", "expects a number of bytes"},
      {"[listen]\nmqtts = ['localhost:8883']", "no literal address"},
      {"[listen]\nmqtts = ['127.0.0.1:65536']", "no literal address"},
      {"[listen]\nmqtts = ['127.0.0.1']", "no literal address"},
      {"[listen]\nmqtts = ['::1:8883']", "no literal address"},
      {"[listen]\nmqtts = '127.0.0.1:1'", "expects a list"},
      {"[listen]\nmqtts = [1]", "expects a list of texts"},
      {"[listen]\nhttp = ['0.0.0.0:80']", "only name loopback addresses"},
      {"[listen]\nmqtt_plain = ['0.0.0.0:1883']", "only name loopback addresses, not 0.0.0.0:1883"},
      {"[listen]\nmqtt_plain = ['[::]:1883']", "only name loopback addresses"},
      {"[listen]\nmqtt_plain = ['192.168.1.2:1883']", "only name loopback addresses"},
      {"[listen]\nmqtt_plain = ['[fe80::1]:1883']", "only name loopback addresses"},
      {"[listen]\nmqtt_plain = ['[::ffff:10.0.0.1]:1883']", "only name loopback addresses"},
      {"[listen]\nmqtt_plain = ['127.0.0.1:1883', '10.0.0.1:1883']", "not 10.0.0.1:1883"},
      {"[listen]\nmqtt_plain = ['127.0.0.1:1883']", "must say for whom"},
      {"[listen]\nmqtt_plain = ['[::1]:1883']\nmqtt_plain_api_key = 'k'", "must say for whom"},
      {"[listen]\nmqtt_plain = ['[::1]:1883']\n"
       "mqtt_plain_organisation = '11111111-2222-4333-8444-555555555555'",
       "must say for whom"},
      {"[listen]\nmqtt_plain_organisation = 'home'", "expects an organisation's id"},
      {"[vault]\nkeys = 'token'", "needs vault.token_module"},
      {"[vault]\nkeys = 'token'\ntoken_module = '/m.so'", "and vault.token_label"},
      {"[vault]\nkeys = 'token'\ntoken_module = 'm.so'\ntoken_label = 't'", "by its whole path"},
      {"[vault]\ntoken_paths = ['tokens']", "expects absolute paths, not \"tokens\""},
      {"[vault]\ntoken_environment = ['NAME']", "expects NAME=VALUE"},
      {"[vault]\ntoken_environment = ['=VALUE']", "expects NAME=VALUE"},
      {"[ledger]\nwitness_mail = 'me@example.org'", "needs mail.server and mail.from"},
      {"[backups]\nevery_hours = 24", "backups.every_hours needs backups.directory"},
      {"[backups]\ndirectory = 'here'", "outside data.dir"},
      {"[backups]\ndirectory = '/var/lib/fastness/backups'", "outside data.dir"},
      {"[alarms]\nmail_to = 'me@example.org'", "alarms.mail_to needs mail.server and mail.from"},
      {"[mail]\nserver = 'smtps://example.org'", "mail.server and mail.from need each other"},
      {"[mail]\nlanguage = 'fr'", "mail.language"},
      {"[mail]\nuser = 'me'", "mail.user and mail.password_file need each other"},
      {"[server]\nsecurity_contacts = ['mailto:a@example.org']", "need each other"},
      {"[server]\nsecurity_contacts_until = '2027-06-30'", "need each other"},
      {"[server]\nsecurity_contacts = ['a@example.org']\nsecurity_contacts_until = '2027-06-30'",
       "expects addresses as mailto:security@example.org"},
      {"[server]\nsecurity_contacts = ['http://example.org/']", "expects addresses"},
      {"[server]\nsecurity_contacts = ['mailto:']", "expects addresses"},
      {"[server]\nsecurity_contacts = [\"mailto:a@b.c\\nExpires: never\"]", "expects addresses"},
      {"[server]\nsecurity_contacts = ['tel:+49']\nsecurity_contacts_until = '2027-02-30'",
       "expects a day as 2027-06-30, not \"2027-02-30\""},
      {"[server]\nsecurity_contacts = ['tel:+49']\nsecurity_contacts_until = '2027-6-30'",
       "expects a day"},
      {"[server]\nsecurity_policy = 'https://example.org/policy'", "beside"},
      {"[server]\nsecurity_contacts = ['tel:+49']\nsecurity_contacts_until = '2027-06-30'\n"
       "security_policy = 'mailto:a@example.org'",
       "expects an https:// address"},
      {"[server]\nsecurity_contacts = ['tel:+49']\nsecurity_contacts_until = '2027-06-30'\n"
       "security_policy = \"https://a.b\\nContact: mailto:c@d.e\"",
       "expects an https:// address"},
      {"[outgoing]\nallow = '10.0.0.5'", "expects a list of texts"},
      {"[ledger]\nwitness_file = 'w/ledger'", "by its whole path, not \"w/ledger\""},
      {"[ledger]\nwitness_file = '/w/'", "by its whole path"},
      {"[ledger]\nwitness_file = '/var/lib/fastness/ledger'", "in a folder of its own"},
      {"[ledger]\nwitness_file = '/var/lib/fastness/hub/w/ledger'", "in a folder of its own"},
      {"[ledger]\nwitness_file = '/var/lib/ledger'", "in a folder of its own"},
      {"[ledger]\nwitness_file = '/var/w/../lib/fastness/vault/l'", "in a folder of its own"},
      {"[ledger]\nwitness_file = '/ledger'", "in a folder of its own"},
      {"[.data]\ndir = '/d'", "expected bare key"},
      {"[[=]]", "expected bare key"},
      {"\xc3\xa9t\xc3\xa9 = 1", "line 1"},
      {"[log]\n \xef\xbb\xbb = 1", "line 2"},
      {"[data]\ndir = 'here'", "absolute path"},
      {"[server]\nkey_file = '/k'", "need each other"},
      {"[server]\nrsa_certificate_file = '/k'", "need each other"},
      {"[server]\nstaple_file = '/k'", "server.staple_file needs server.certificate_file"},
      {"[server]\nrsa_staple_file = '/k'",
       "server.rsa_staple_file needs server.rsa_certificate_file"},
      {"[log\n", "line 1"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.file);
    EXPECT_THAT(error_of(load_file(c.file)), HasSubstr(c.message));
  }
}

TEST(Load, AWitnessMayBeBesideTheDataDirectory) {
  const auto loaded = load_file("[ledger]\nwitness_file = '/var/lib/fastness-witness/ledger'");
  ASSERT_TRUE(loaded) << error_of(loaded);
  EXPECT_EQ(witness_folder(loaded->config.ledger), "/var/lib/fastness-witness");
  EXPECT_EQ(witness_folder(Config().ledger), "");
  EXPECT_FALSE(calls_others(loaded->config));
  const auto calling = load_file("[ledger]\nwitness_url = 'https://example.org/take'");
  ASSERT_TRUE(calling);
  EXPECT_TRUE(calls_others(calling->config));
  const auto alarming = load_file("[alarms]\nurl = 'https://example.org/alarm'");
  ASSERT_TRUE(alarming);
  EXPECT_TRUE(calls_others(alarming->config)) << "or the sandbox keeps the hub from it";
  const auto mailing = load_file(
      "[mail]\nserver = 'smtps://example.org'\nfrom = 'me@example.org'\n"
      "[alarms]\ntell_owners = false");
  ASSERT_TRUE(mailing) << error_of(mailing);
  EXPECT_FALSE(mails_owners(mailing->config));
  EXPECT_TRUE(sends_mail(mailing->config)) << "people hear of their own accounts all the same";
  EXPECT_TRUE(calls_others(mailing->config));
  const auto linking = load({"",
                             "[sign_in]\nproviders = ['google']\n"
                             "client_secret_files = ['google=/etc/fastness/secrets/google']",
                             {},
                             {}});
  ASSERT_TRUE(linking) << linking.error().message;
  EXPECT_TRUE(calls_others(linking->config));
  EXPECT_EQ(folders_of_named_files(linking->config),
            std::vector<std::string>{"/etc/fastness/secrets"});
}

TEST(Load, AFirewallIsTakenByABuildThatHasItAndByNoOther) {
  const auto loaded =
      load_file("[waf]\nrules_file = '/etc/fastness/waf/own.conf'\nmode = 'detect'");

  EXPECT_EQ(loaded.has_value(), has_firewall());
  if (!has_firewall()) {
    EXPECT_THAT(error_of(loaded), HasSubstr("cmake -DFASTNESS_MODSECURITY=ON"));
    return;
  }
  EXPECT_EQ(loaded->config.waf.mode, OnAttack::detect);
  EXPECT_EQ(folders_of_named_files(loaded->config).front(), "/etc/fastness/waf");
  for (const char* path : {"own.conf", "/etc/a\\\"b.conf"}) {
    EXPECT_THAT(error_of(load_file("[waf]\nrules_file = \"" + std::string(path) + '"')),
                HasSubstr("waf.rules_file expects a file by its whole path"));
  }
}

TEST(Load, AFileOfPlacesIsNamedByItsWholePathAndMayBeRead) {
  const auto loaded = load_file("[sign_in]\nplaces = '/var/lib/GeoIP/GeoLite2-City.mmdb'");
  ASSERT_TRUE(loaded) << error_of(loaded);
  EXPECT_EQ(folders_of_named_files(loaded->config), std::vector<std::string>{"/var/lib/GeoIP"});
  EXPECT_FALSE(calls_others(loaded->config)) << "nobody is asked";
  EXPECT_THAT(error_of(load_file("[sign_in]\nplaces = 'GeoLite2-City.mmdb'")),
              HasSubstr("sign_in.places expects a file by its whole path"));
}

TEST(Load, AStatusIsNamedByItsWholePathBesideACertificateAndMayBeRead) {
  const std::string own = "[server]\ncertificate_file = '/etc/tls/c'\nkey_file = '/etc/tls/k'\n";
  const std::string rsa =
      "rsa_certificate_file = '/etc/rsa/c'\nrsa_key_file = '/etc/rsa/k'\n"
      "rsa_staple_file = '/srv/rsa/status.der'\n";
  const auto loaded = load_file(own + "staple_file = '/srv/ocsp/status.der'\n" + rsa);
  ASSERT_TRUE(loaded) << error_of(loaded);
  EXPECT_EQ(loaded->config.server.staple_file, "/srv/ocsp/status.der");
  EXPECT_EQ(loaded->config.server.rsa_staple_file, "/srv/rsa/status.der");
  const auto folders = folders_of_named_files(loaded->config);
  EXPECT_THAT(folders, ::testing::Contains("/srv/ocsp"));
  EXPECT_THAT(folders, ::testing::Contains("/srv/rsa"));
  EXPECT_FALSE(calls_others(loaded->config)) << "nobody is asked";
  EXPECT_THAT(error_of(load_file(own + "staple_file = 'status.der'")),
              HasSubstr("server.staple_file expects a file by its whole path"));
}

TEST(Load, AListOfBreachedPasswordsIsNamedByItsWholePathAndMayBeRead) {
  EXPECT_EQ(load_file("")->config.accounts.breached_passwords, "");
  const auto loaded = load_file("[accounts]\nbreached_passwords = '/srv/breaches/pwned.txt'");
  ASSERT_TRUE(loaded) << error_of(loaded);
  EXPECT_EQ(loaded->config.accounts.breached_passwords, "/srv/breaches/pwned.txt");
  EXPECT_EQ(folders_of_named_files(loaded->config), std::vector<std::string>{"/srv/breaches"});
  EXPECT_FALSE(calls_others(loaded->config)) << "nobody is asked";
  EXPECT_THAT(error_of(load_file("[accounts]\nbreached_passwords = 'pwned.txt'")),
              HasSubstr("accounts.breached_passwords expects a file by its whole path"));
}

TEST(Load, UnknownNamesAreErrorsFromEverySource) {
  EXPECT_THAT(
      error_of(load({"", {}, {"FASTNESS_LOG__LEVLE=info"}, {}})),
      HasSubstr("environment variable FASTNESS_LOG__LEVLE: log.levle is no setting; did you "
                "mean log.level?"));
  EXPECT_THAT(error_of(load({"", {}, {}, {"log.levle=info"}})),
              HasSubstr("did you mean log.level"));
  EXPECT_THAT(error_of(load({"", {}, {}, {"log.level"}})), HasSubstr("no section.key=value"));
}

// Each limit is accepted at both ends of its range and refused one past them.
TEST(Load, EveryNumberIsHeldToItsRange) {
  for (const Setting& setting : settings()) {
    if (setting.kind != Kind::integer && setting.kind != Kind::bytes) continue;
    SCOPED_TRACE(setting.name);
    const auto takes = [name = std::string(setting.name)](std::int64_t number) {
      // backups.every_hours is nothing without a place to put them.
      return load({"", {}, {}, {"backups.directory=/backup", name + "=" + std::to_string(number)}})
          .has_value();
    };
    EXPECT_TRUE(takes(setting.least));
    EXPECT_TRUE(takes(setting.most));
    EXPECT_FALSE(takes(setting.least - 1));
    EXPECT_FALSE(takes(setting.most + 1));
  }
}

TEST(Load, DurationsNameTheirUnit) {
  struct Case {
    const char* text;
    std::int64_t microseconds;
  };
  for (const Case& c : {Case{"0", 0}, {"500us", 500}, {"2ms", 2'000}, {"1s", 1'000'000}}) {
    SCOPED_TRACE(c.text);
    const auto loaded = load({"", {}, {}, {std::string("durability.commit_window=") + c.text}});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->config.durability.commit_window.count(), c.microseconds);
    EXPECT_EQ(to_text(loaded->config.durability.commit_window), c.text);
  }
  for (const char* wrong :
       {"2", "", "ms", "2 ms", "-1ms", "2m", "1001ms", "2ms2", "99999999999s"}) {
    SCOPED_TRACE(wrong);
    EXPECT_FALSE(load({"", {}, {}, {std::string("durability.commit_window=") + wrong}}));
  }
  EXPECT_FALSE(load_file("[durability]\ncommit_window = 2"));
  EXPECT_TRUE(load_file("[durability]\ncommit_window = '2ms'"));
}

TEST(Load, AListenerIsAsDurableAsItSaysAndElseAsTheJournal) {
  const auto loaded =
      load({"",
            {},
            {},
            {"durability.mqtts=os", "durability.mqtt_plain=none", "durability.websocket=journal"}});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.durability.mqtts, Durability::os);
  EXPECT_EQ(loaded->config.durability.mqtt_plain, Durability::none);
  EXPECT_EQ(loaded->config.durability.websocket, std::nullopt);
  EXPECT_EQ(loaded->config.durability.journal, Durability::fsync);
  EXPECT_THAT(error_of(load({"", {}, {}, {"durability.mqtts=sync"}})),
              HasSubstr("must be one of journal fsync os none"));
  EXPECT_FALSE(load({"", {}, {}, {"durability.journal=journal"}}));
}

TEST(Load, TheCipherIsNamedOrTheProcessors) {
  EXPECT_EQ(load({"", {}, {}, {}})->config.data.cipher, std::nullopt);
  EXPECT_EQ(load({"", {}, {}, {"data.cipher=auto"}})->config.data.cipher, std::nullopt);
  EXPECT_EQ(load({"", {}, {}, {"data.cipher=aes-256-gcm"}})->config.data.cipher,
            Cipher::aes_256_gcm);
  EXPECT_EQ(load({"", {}, {}, {"data.cipher=chacha20-poly1305"}})->config.data.cipher,
            Cipher::chacha20_poly1305);
  EXPECT_FALSE(load({"", {}, {}, {"data.cipher=aes-128-gcm"}}));
  EXPECT_FALSE(load({"", {}, {}, {"data.cipher="}}));
}

TEST(Load, EveryDefaultIsWithinItsRange) {
  Config config;
  for (const Setting& setting : settings()) {
    SCOPED_TRACE(setting.name);
    EXPECT_TRUE(setting.set(config, setting.get(config)));
    EXPECT_FALSE(setting.help.empty());
  }
}

TEST(Print, ReadsBackAsTheSameAndSaysWhereValuesComeFrom) {
  const auto loaded = load({"f",
                            "[server]\nnames = ['a\"b\\\\', 'c\\u0001']\n",
                            {"FASTNESS_LISTEN__HTTPS=[::]:1,127.0.0.1:2"},
                            {"data.dir=/srv/f", "log.format=json"}});
  ASSERT_TRUE(loaded) << error_of(loaded);
  const std::string printed = print(*loaded);
  const auto again = load_file(printed);

  ASSERT_TRUE(again) << error_of(again);
  for (const Setting& setting : settings()) {
    EXPECT_EQ(setting.get(loaded->config), setting.get(again->config)) << setting.name;
  }
  EXPECT_THAT(printed, HasSubstr("dir = \"/srv/f\"  # command line\n"));
  EXPECT_THAT(printed, HasSubstr("https = [\"[::]:1\", \"127.0.0.1:2\"]  # environment\n"));
  EXPECT_THAT(printed, HasSubstr("level = \"info\"  # default\n"));
}

std::string page(const std::string& name) {
  std::ifstream file(std::string(FASTNESS_TEST_VECTORS) + "/../../docs/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Documentation, IsWhatTheTableSays) {
  EXPECT_EQ(page("configuration.md"), reference_markdown())
      << "run: fastnessd --print-reference > docs/configuration.md";
  EXPECT_EQ(page("limits.md"), limits_markdown())
      << "run: fastnessd --print-limits > docs/limits.md";
}

}  // namespace
}  // namespace fastness::config
