// What the tests of EST share: a device, its key and its owner.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "api/world_test.h"
#include "crypto/public_key/pem.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_request.h"
#include "crypto/x509/est_messages.h"

namespace fastness::api::testing {

inline constexpr const char* kRenew = "/.well-known/est/simplereenroll";

class EstTest : public ::testing::Test {
 protected:
  EstTest() : device_(add_device(mine_)) {}

  DeviceId add_device(const Member& member) {
    const auto made = world_.expect(http::Status::created, http::Method::put, "/iot/v2/devices",
                                    {.token = member.token, .body = R"({"type":"mkrwifi1010"})"});
    return DeviceId(Uuid::parse(text_of(made, "id")).value());
  }

  static Bytes request_of(const crypto::PrivateKey& key, const std::string& name) {
    return crypto::CertificateRequest::build(key, name).value();
  }
  Bytes request() const { return request_of(key_, device_.value().to_text()); }

  // The fingerprint of a certificate for the device, issued over our own API.
  crypto::Digest enrol(vault_ipc::Profile profile = vault_ipc::Profile::standard) {
    const auto issued = world_.identity().enrol(
        {mine_.organisation, device_, profile, std::string(as_text(request())), {}});
    EXPECT_TRUE(issued) << issued.error().message;
    world_.clock().advance(std::chrono::seconds(1));
    return issued->certificate.digest();
  }

  static Ask with(const Bytes& der) {
    Ask ask{.body = to_base64(der)};
    ask.headers["content-type"] = "application/pkcs10";
    return ask;
  }

  http::Response renew(const crypto::Digest& leaf, const Bytes& der,
                       const std::string& path = kRenew) {
    Ask ask = with(der);
    ask.leaf = leaf;
    return world_.ask(http::Method::post, path, ask);
  }

  // Why a renewal was refused with this status.
  std::string refusal(http::Status expected, const crypto::Digest& leaf, const Bytes& der) {
    const auto response = renew(leaf, der);
    EXPECT_EQ(to_number(response.status), to_number(expected)) << response.body;
    EXPECT_EQ(response.headers.find("content-type"), "text/plain; charset=utf-8");
    return response.body;
  }

  static std::vector<crypto::Certificate> certificates_in(const http::Response& response) {
    EXPECT_EQ(response.status, http::Status::ok) << response.body;
    std::string digits = response.body;
    std::erase(digits, '\n');
    std::vector<crypto::Certificate> certificates;
    const auto message = from_base64(digits);
    const auto found = crypto::read_certs_only(message ? *message : Bytes());
    EXPECT_TRUE(found);
    if (!found) return certificates;
    for (const Bytes& each : *found) {
      certificates.push_back(crypto::Certificate::parse(each).value());
    }
    return certificates;
  }

  // The only certificate of an answer that must be a success.
  static crypto::Certificate certificate_in(const http::Response& response) {
    EXPECT_EQ(response.headers.find("content-type"),
              "application/pkcs7-mime; smime-type=certs-only");
    auto found = certificates_in(response);
    EXPECT_EQ(found.size(), 1U);
    return std::move(found.at(0));
  }

  bool is_admitted(const crypto::Digest& leaf) {
    return world_.identity()
        .published()
        .load()
        ->admit_digest(leaf, world_.clock().now())
        .has_value();
  }

  void rotate(const std::string& kind) {
    world_.expect(http::Status::created, http::Method::post, "/admin/v1/ca/rotation",
                  {.body = R"({"kind":")" + kind + R"(","reason":"x")" +
                           (kind == "routine" ? R"(,"soak_seconds":0})" : "}"),
                   .channel = http::Channel::admin});
  }

  // The newest line of my trail: "action object result".
  std::string last_line(std::size_t back = 0) {
    const auto entries = world_.audit().list(mine_.organisation, back + 1, std::nullopt).value();
    const auto& event = entries.at(back).event;
    return event.action + " " + event.object + " " + event.result;
  }

  std::string object() const { return "device:" + device_.value().to_text(); }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
  DeviceId device_;
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate();
};

}  // namespace fastness::api::testing
