#include "oidc/token/key_set.h"

#include <string>

#include <gtest/gtest.h>

#include "oidc/testing/token_maker.h"

namespace fastness::oidc {
namespace {

using testing::TokenMaker;

std::string set_of(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}

// The keys and signatures of the examples of the standards, byte for byte: what they sign is in
// the fourth column.
struct Example {
  const char* standard;
  Algorithm algorithm;
  const char* key;
  const char* signed_part;
  const char* signature;
};

constexpr Example kExamples[] = {
    {"RFC 7515, A.2", Algorithm::rs256,
     R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})",
     "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
     "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
     "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
     "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
     "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
     "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
    {"RFC 7515, A.3", Algorithm::es256,
     R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
     "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
     "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
    {"RFC 8037, A.4", Algorithm::eddsa,
     R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"}};

TEST(KeySet, TheExamplesOfTheStandardsVerify) {
  for (const Example& example : kExamples) {
    SCOPED_TRACE(example.standard);
    const auto keys = KeySet::parse(set_of(example.key));
    ASSERT_TRUE(keys);
    const SigningKey* key = keys->find(std::nullopt, example.algorithm);
    ASSERT_NE(key, nullptr);
    Bytes signature = from_base64url(example.signature).value();
    const std::string text = example.signed_part;

    EXPECT_TRUE(key->verify(as_bytes(text), signature));
    EXPECT_FALSE(key->verify(as_bytes(text + "A"), signature));
    EXPECT_FALSE(key->verify(as_bytes(text), ByteView(signature).subspan(1)));
    EXPECT_FALSE(key->verify(as_bytes(text), {}));
    signature[5] ^= 1U;
    EXPECT_FALSE(key->verify(as_bytes(text), signature));
  }
}

// RFC 7517, A.1, in our words: members that nobody here needs, and a key for encryption.
TEST(KeySet, AKeyIsGoodForWhatItSaysAlone) {
  const TokenMaker maker;
  std::string key = maker.p256_key();
  const auto with = [&](const std::string& member) {
    return KeySet::parse(set_of(key.substr(0, key.size() - 1) + "," + member + "}"))->size();
  };
  EXPECT_EQ(with(R"("use":"sig","x5t":"nobody reads this")"), 1U);
  EXPECT_EQ(with(R"("key_ops":["sign","verify"])"), 1U);
  EXPECT_EQ(with(R"("alg":"ES256")"), 1U);
  EXPECT_EQ(with(R"("use":"enc")"), 0U);
  EXPECT_EQ(with(R"("key_ops":["deriveKey"])"), 0U);
  EXPECT_EQ(with(R"("key_ops":"verify")"), 0U);
  EXPECT_EQ(with(R"("alg":"ES384")"), 0U);
  EXPECT_EQ(with(R"("alg":"HS256")"), 0U);
}

TEST(KeySet, WhatIsNoKeyOfOursIsLeftOut) {
  const std::string short_modulus = to_base64url(Bytes(128, 0xff));
  const std::string even_modulus = to_base64url(Bytes(256, 0xfe));
  const std::string zero = to_base64url(Bytes(32, 0));
  for (const std::string& key : {
           std::string("7"),
           std::string("{}"),
           std::string(R"({"kty":"oct","k":"AAAA"})"),
           R"({"kty":"RSA","e":"AQAB","n":")" + short_modulus + "\"}",
           R"({"kty":"RSA","e":"AQAB","n":")" + even_modulus + "\"}",
           R"({"kty":"RSA","e":"AQ","n":")" + to_base64url(Bytes(256, 0xff)) + "\"}",
           R"({"kty":"RSA","e":"AAEAAQ","n":")" + to_base64url(Bytes(256, 0xff)) + "\"}",
           R"({"kty":"RSA","e":"AQAB","n":")" + to_base64url(Bytes(513, 0xff)) + "\"}",
           R"({"kty":"EC","crv":"P-256","x":")" + zero + R"(","y":")" + zero + "\"}",
           R"({"kty":"EC","crv":"P-384","x":")" + zero + R"(","y":")" + zero + "\"}",
           std::string(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"),
           std::string(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})"),
           R"({"kty":"OKP","crv":"X25519","x":")" + zero + "\"}",
       }) {
    SCOPED_TRACE(key.substr(0, 60));
    const auto keys = KeySet::parse(set_of(key));
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->size(), 0U);
  }
  for (const char* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[],"keys":[]})"}) {
    EXPECT_EQ(KeySet::parse(text).error().code, Errc::invalid_argument) << text;
  }
}

TEST(KeySet, AKeyIsFoundByItsIdAndNobodyTriesSeveral) {
  const TokenMaker maker;
  const TokenMaker other;
  const auto keys = KeySet::parse(maker.key_set()).value();
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys.find("r", Algorithm::rs256)->id, "r");
  EXPECT_EQ(keys.find("r", Algorithm::es256), nullptr);
  EXPECT_EQ(keys.find("x", Algorithm::rs256), nullptr);
  EXPECT_EQ(keys.find("", Algorithm::rs256), nullptr);
  EXPECT_EQ(keys.find(std::nullopt, Algorithm::eddsa)->id, "o");

  const auto twice = KeySet::parse(set_of(maker.p256_key() + "," + other.p256_key())).value();
  EXPECT_EQ(twice.find("e", Algorithm::es256), nullptr);
  EXPECT_EQ(twice.find(std::nullopt, Algorithm::es256), nullptr);
}

TEST(KeySet, HasOnlySoManyKeys) {
  const auto set_with = [](std::size_t count) {
    std::string keys;
    for (std::size_t i = 0; i < count; ++i) keys += i == 0 ? "{}" : ",{}";
    return KeySet::parse(set_of(keys));
  };
  EXPECT_TRUE(set_with(KeySet::kMostKeys));
  EXPECT_EQ(set_with(KeySet::kMostKeys + 1).error().code, Errc::exhausted);
}

}  // namespace
}  // namespace fastness::oidc
