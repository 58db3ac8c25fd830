// Both ceremonies with real keys, and what attackers send instead.
#include "webauthn/ceremony.h"

#include <array>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "webauthn/testing/software_authenticator.h"

namespace fastness::webauthn {
namespace {

using testing::Asked;
using testing::Said;
using testing::SoftwareAuthenticator;

constexpr std::array kAll = {Algorithm::es256, Algorithm::eddsa, Algorithm::rs256};

RelyingParty party_of(std::string_view name, std::uint16_t port = 8443) {
  return RelyingParty::of(RelyingParty::Scheme::https, name, port).value();
}

class Ceremony : public ::testing::Test {
 protected:
  Result<Credential> enrol(const Said& said) {
    FASTNESS_ASSIGN_OR_RETURN(const ClientData client_data,
                              ClientData::parse(as_bytes(said.client_data)));
    return register_credential(client_data, said.authenticator_data, party_);
  }
  Result<Use> use(const Said& said, const PublicKey& key) {
    FASTNESS_ASSIGN_OR_RETURN(const ClientData client_data,
                              ClientData::parse(as_bytes(said.client_data)));
    return check_assertion(client_data, {said.authenticator_data, said.signature}, party_, key);
  }

  const RelyingParty party_ = party_of("iot.lan");
  const SoftwareAuthenticator mine_;
};

TEST_F(Ceremony, KeysOfEveryAlgorithmRegisterAndSign) {
  for (const Algorithm algorithm : kAll) {
    SCOPED_TRACE(static_cast<int>(algorithm));
    const SoftwareAuthenticator authenticator(algorithm);
    Asked asked(party_);
    asked.counter = 7;
    asked.flags |= testing::kEligible;
    const auto made = enrol(authenticator.create(asked));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->id.bytes(), authenticator.id());
    EXPECT_EQ(made->key.algorithm, algorithm);
    EXPECT_EQ(made->counter, 7U);
    EXPECT_EQ(made->backup, (Backup{true, false}));

    asked.counter = 8;
    asked.flags |= testing::kBackedUp;
    const auto used = use(authenticator.get(asked), made->key);
    ASSERT_TRUE(used) << used.error().message;
    EXPECT_EQ(used->counter, 8U);
    EXPECT_EQ(used->backup, (Backup{true, true}));
  }
}

TEST_F(Ceremony, WhatIsOfAnotherPlaceOrWithoutTheUserIsRefused) {
  const PublicKey key = enrol(mine_.create(Asked(party_)))->key;
  const struct {
    const char* what;
    std::function<void(Asked&)> lie;
  } rows[] = {
      {"another origin", [](Asked& asked) { asked.origin = "https://evil.example"; }},
      {"another port", [](Asked& asked) { asked.origin = "https://iot.lan:8444"; }},
      {"another scheme", [](Asked& asked) { asked.origin = "http://iot.lan:8443"; }},
      {"a subdomain", [](Asked& asked) { asked.origin = "https://evil.iot.lan:8443"; }},
      {"the origin and more", [](Asked& asked) { asked.origin += "/"; }},
      {"another party", [](Asked& asked) { asked.party = "evil.example"; }},
      {"the party's parent", [](Asked& asked) { asked.party = "lan"; }},
      {"no verification", [](Asked& asked) { asked.flags = testing::kPresent; }},
      {"no presence", [](Asked& asked) { asked.flags = testing::kVerified; }},
      {"a copy of what cannot be copied", [](Asked& asked) { asked.flags |= testing::kBackedUp; }},
      {"extensions that are not there", [](Asked& asked) { asked.flags |= testing::kExtensions; }},
      {"a frame", [](Asked& asked) { asked.more_client_data = R"(,"topOrigin":"https://a.b")"; }},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    Asked asked(party_);
    row.lie(asked);
    EXPECT_FALSE(use(mine_.get(asked), key));
    EXPECT_FALSE(enrol(mine_.create(asked)));
  }
}

TEST_F(Ceremony, OneCeremonyDoesNotPassForTheOther) {
  const PublicKey key = enrol(mine_.create(Asked(party_)))->key;
  Said as_get = mine_.create(Asked(party_));
  as_get.client_data = testing::client_data_json("webauthn.get", Asked(party_));
  Said signed_creation = mine_.create(Asked(party_));
  Bytes message = signed_creation.authenticator_data;
  const auto digest = crypto::sha256(as_bytes(signed_creation.client_data));
  message.insert(message.end(), digest.begin(), digest.end());
  signed_creation.signature = mine_.sign(message);

  EXPECT_FALSE(enrol(as_get));
  EXPECT_FALSE(enrol(mine_.get(Asked(party_))));
  EXPECT_FALSE(use(signed_creation, key));
}

TEST_F(Ceremony, ASignatureIsForItsBytesAlone) {
  for (const Algorithm algorithm : kAll) {
    SCOPED_TRACE(static_cast<int>(algorithm));
    const SoftwareAuthenticator authenticator(algorithm);
    const PublicKey key = enrol(authenticator.create(Asked(party_)))->key;
    const Said good = authenticator.get(Asked(party_));
    ASSERT_TRUE(use(good, key));

    for (std::size_t at = 0; at < good.signature.size(); at += 5) {
      Said tampered = good;
      tampered.signature[at] ^= 0x01U;
      EXPECT_FALSE(use(tampered, key)) << at;
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, good.signature.size() - 1}) {
      Said cut = good;
      cut.signature.resize(size);
      EXPECT_FALSE(use(cut, key)) << size;
    }
    Said counted = good;
    counted.authenticator_data.back() ^= 0x01U;
    EXPECT_FALSE(use(counted, key));
    Said answered = good;
    answered.client_data = testing::client_data_json("webauthn.get", Asked(party_, Challenge{1}));
    EXPECT_FALSE(use(answered, key));
  }
}

TEST_F(Ceremony, AKeyIsItsOwnersAndOfItsAlgorithm) {
  const Said said = mine_.get(Asked(party_));
  const PublicKey own = enrol(mine_.create(Asked(party_)))->key;
  for (const Algorithm algorithm : kAll) {
    const SoftwareAuthenticator other(algorithm);
    EXPECT_FALSE(use(said, enrol(other.create(Asked(party_)))->key));
    if (algorithm != Algorithm::es256) {
      EXPECT_FALSE(use(said, PublicKey{algorithm, own.bytes}));
    }
  }
  EXPECT_FALSE(use(said, PublicKey{Algorithm::es256, {}}));
  EXPECT_FALSE(use(said, PublicKey{Algorithm::es256, Bytes(64)}));
}

TEST_F(Ceremony, WhatIsCutShortIsNoRegistration) {
  const Said good = mine_.create(Asked(party_));
  for (std::size_t size = 0; size < good.authenticator_data.size(); ++size) {
    Said cut = good;
    cut.authenticator_data.resize(size);
    EXPECT_FALSE(enrol(cut)) << size;
  }
}

TEST(AuthenticatorDataLength, IsTakenUpToItsLimitAndNotPastIt) {
  Bytes data(AuthenticatorData::kMostBytes);
  data[32] = testing::kPresent | testing::kVerified | testing::kExtensions;

  EXPECT_TRUE(AuthenticatorData::parse(data));
  data.push_back(0);
  EXPECT_FALSE(AuthenticatorData::parse(data));
}

TEST_F(Ceremony, AnIdHasSixteenTo1023Bytes) {
  for (const std::size_t size : {std::size_t{16}, std::size_t{1'023}}) {
    SoftwareAuthenticator authenticator;
    authenticator.set_id(Bytes(size, 'x'));
    EXPECT_TRUE(enrol(authenticator.create(Asked(party_)))) << size;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{15}, std::size_t{1'024}}) {
    SoftwareAuthenticator authenticator;
    authenticator.set_id(Bytes(size, 'x'));
    EXPECT_FALSE(enrol(authenticator.create(Asked(party_)))) << size;
  }
}

TEST_F(Ceremony, AKeyOfAnotherAlgorithmOrOffItsCurveIsNone) {
  const Said good = mine_.create(Asked(party_));
  const std::size_t key_at = good.authenticator_data.size() - mine_.cose_key().size();
  Said off_curve = good;
  off_curve.authenticator_data.back() ^= 0x01U;
  Said es384 = good;
  es384.authenticator_data[key_at + 4] = 0x38;  // alg: -35 would be 38 22
  Said p384 = good;
  p384.authenticator_data[key_at + 6] = 0x02;

  EXPECT_FALSE(enrol(off_curve));
  EXPECT_FALSE(enrol(es384));
  EXPECT_FALSE(enrol(p384));
}

// Chromium asks for `credProtect` by itself.
TEST_F(Ceremony, ExtensionsThatNobodyAskedForCountForNothingAtTheMakingAndAreRefusedInUse) {
  Asked asked(party_);
  asked.flags |= testing::kExtensions;
  const Bytes extensions = from_hex("a16b6372656450726f7465637402").value();
  Said made = mine_.create(asked);
  made.authenticator_data.insert(made.authenticator_data.end(), extensions.begin(),
                                 extensions.end());
  const auto credential = enrol(made);
  ASSERT_TRUE(credential) << credential.error().message;

  Said used = mine_.get(asked);
  used.authenticator_data.insert(used.authenticator_data.end(), extensions.begin(),
                                 extensions.end());
  Bytes message = used.authenticator_data;
  const auto digest = crypto::sha256(as_bytes(used.client_data));
  message.insert(message.end(), digest.begin(), digest.end());
  used.signature = mine_.sign(message);
  EXPECT_FALSE(use(used, credential->key));
  EXPECT_TRUE(use(mine_.get(Asked(party_)), credential->key));
}

TEST_F(Ceremony, AKeyHasOneSpellingAndNothingBehindIt) {
  const Said good = mine_.create(Asked(party_));
  const std::size_t key_at = good.authenticator_data.size() - mine_.cose_key().size();
  Said longer = good;
  longer.authenticator_data.push_back(0);
  EXPECT_FALSE(enrol(longer));

  // Maps of six, of no definite size, and of 2^60 members, for which libcbor would make room.
  for (const char* begin : {"a6", "bf", "bb1000000000000000"}) {
    SCOPED_TRACE(begin);
    Said other = good;
    const Bytes map = from_hex(begin).value();
    const auto at = other.authenticator_data.begin() + static_cast<std::ptrdiff_t>(key_at);
    other.authenticator_data.insert(other.authenticator_data.erase(at), map.begin(), map.end());
    EXPECT_FALSE(enrol(other));
  }
}

TEST_F(Ceremony, NobodysCredentialIsAlwaysRefused) {
  const Said said = mine_.get(Asked(party_));
  const auto client_data = ClientData::parse(as_bytes(said.client_data));
  const Result<Use> refused =
      refuse_assertion(*client_data, {said.authenticator_data, said.signature}, party_);
  EXPECT_EQ(refused.error().code, Errc::unauthenticated);
}

}  // namespace
}  // namespace fastness::webauthn
