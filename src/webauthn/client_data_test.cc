#include "webauthn/client_data.h"

#include <string>

#include <gtest/gtest.h>

#include "webauthn/relying_party.h"

namespace fastness::webauthn {
namespace {

constexpr const char* kZeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

Result<ClientData> parse(const std::string& json) {
  return ClientData::parse(as_bytes(json));
}

std::string with_challenge(const std::string& challenge) {
  return R"({"type":"webauthn.get","challenge":")" + challenge + R"(","origin":"https://a.b"})";
}

TEST(ClientData, IsReadAsABrowserWritesIt) {
  const std::string json = R"({"type":"webauthn.create","challenge":")" + std::string(kZeros) +
                           R"(","origin":"https://iot.lan:8443","crossOrigin":false,)"
                           R"("other_keys_can_be_added_here":"do not compare"})";

  const auto data = parse(json);

  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->type(), ClientData::Type::create);
  EXPECT_EQ(data->challenge(), Challenge{});
  EXPECT_EQ(data->origin(), "https://iot.lan:8443");
  EXPECT_EQ(data->digest(), crypto::sha256(as_bytes(json)));
}

TEST(ClientData, NothingElseIsClientData) {
  const std::string challenge = kZeros;
  const std::string rest = R"(,"challenge":")" + challenge + R"(","origin":"https://a.b")";
  const std::string good = R"({"type":"webauthn.get")" + rest;
  ASSERT_TRUE(parse(good + "}"));
  for (const std::string& json : {
           std::string(),
           std::string("null"),
           std::string("[]"),
           good,
           good + "}}",
           "\xef\xbb\xbf" + good + "}",
           R"({"type":"webauthn.create",)" + good.substr(1) + "}",
           R"({"type":"payment.get")" + rest + "}",
           R"({"type":1)" + rest + "}",
           R"({"challenge":")" + challenge + R"(","origin":"https://a.b"})",
           std::string(R"({"type":"webauthn.get","origin":"https://a.b"})"),
           R"({"type":"webauthn.get","challenge":")" + challenge + R"("})",
           R"({"type":"webauthn.get","challenge":")" + challenge + R"(","origin":""})",
           good + R"(,"crossOrigin":true})",
           good + R"(,"crossOrigin":"no"})",
           good + R"(,"crossOrigin":false,"topOrigin":"https://evil.example"})",
           good + R"(,"padding":")" + std::string(ClientData::kMostBytes, 'x') + "\"}",
       }) {
    SCOPED_TRACE(json.substr(0, 200));
    EXPECT_FALSE(parse(json));
  }
}

TEST(ClientData, IsTakenUpToItsLengthAndNotPastIt) {
  const std::string begin = R"({"type":"webauthn.get","challenge":")" + std::string(kZeros) +
                            R"(","origin":"https://a.b","padding":")";
  const std::size_t rest = ClientData::kMostBytes - begin.size() - 2;

  EXPECT_TRUE(parse(begin + std::string(rest, 'x') + "\"}"));
  EXPECT_FALSE(parse(begin + std::string(rest + 1, 'x') + "\"}"));
}

TEST(ClientData, AChallengeHasOneSpelling) {
  ASSERT_TRUE(parse(with_challenge(kZeros)));
  const std::string zeros = kZeros;
  for (const std::string& challenge :
       {std::string(), zeros + "=", zeros.substr(1), zeros + "A", zeros.substr(1) + "B",
        zeros.substr(1) + "+", zeros.substr(1) + " "}) {
    SCOPED_TRACE(challenge);
    EXPECT_FALSE(parse(with_challenge(challenge)));
  }
}

TEST(RelyingParty, IsTheHostAndTheOriginOfItsPages) {
  using Scheme = RelyingParty::Scheme;
  const struct {
    Scheme scheme;
    const char* name;
    std::optional<std::uint16_t> port;
    const char* origin;
  } rows[] = {{Scheme::https, "iot.lan", 8443, "https://iot.lan:8443"},
              {Scheme::https, "iot.lan", std::nullopt, "https://iot.lan"},
              {Scheme::https, "iot.lan", 443, "https://iot.lan"},
              {Scheme::https, "nas", 80, "https://nas:80"},
              {Scheme::http, "localhost", 8080, "http://localhost:8080"},
              {Scheme::http, "localhost", 80, "http://localhost"}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.origin);
    const auto party = RelyingParty::of(row.scheme, row.name, row.port);
    ASSERT_TRUE(party);
    EXPECT_EQ(party->id(), row.name);
    EXPECT_EQ(party->origin(), row.origin);
  }
}

TEST(RelyingParty, AnAddressIsNone) {
  for (const char* name : {"", "192.0.2.1", "127.0.0.1", "3221225985", "192.0.2.0x1", "[::1]",
                           "2001:db8::1", "IOT.LAN", "iot lan", ".lan", "iot.", "a/b", "a@b"}) {
    SCOPED_TRACE(name);
    EXPECT_FALSE(RelyingParty::of(RelyingParty::Scheme::https, name, 443));
  }
}

}  // namespace
}  // namespace fastness::webauthn
