// What third parties are told of certificates, and what nobody can make the server say.
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "crypto/ocsp/status_answer.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"
#include "crypto/x509/der.h"
#include "crypto/x509/extension.h"
#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using crypto::IssuerHash;
using crypto::StatusRefusal;
using crypto::der::Tag;
using testing::IdentityTest;
using vault_ipc::GenerationId;
using vault_ipc::Profile;

// What an answer says of one certificate.
enum class Said { good, revoked, unknown, nothing };

class StatusResponderTest : public IdentityTest {
 protected:
  crypto::PublicKey::Point issuer_point(std::uint32_t generation = 1) {
    return identity->generations()->at(generation - 1).key;
  }
  Bytes issuer_name() {
    const auto list = identity->generations().value();
    return to_bytes(crypto::Certificate::parse(list.front().certificate)->subject());
  }

  // One Request of a list.
  Bytes about(ByteView serial, const crypto::PublicKey::Point& issuer,
              IssuerHash hash = IssuerHash::sha1) {
    namespace der = crypto::der;
    const crypto::IssuerId id = crypto::issuer_id(hash, issuer_name(), issuer);
    const Bytes oid = hash == IssuerHash::sha1 ? crypto::object_identifier(crypto::oid::kSha1)
                                               : crypto::object_identifier(crypto::oid::kSha256);
    return der::sequence({der::sequence(
        {der::sequence({oid}), der::element(Tag::octet_string, {id.name}),
         der::element(Tag::octet_string, {id.key}), der::unsigned_integer(serial)})});
  }
  static Bytes request(const std::vector<Bytes>& questions) {
    namespace der = crypto::der;
    Bytes list;
    for (const Bytes& each : questions) list.insert(list.end(), each.begin(), each.end());
    return der::sequence({der::sequence({der::sequence({list})})});
  }
  Bytes ask(const Bytes& certificate, IssuerHash hash = IssuerHash::sha1) {
    const auto parsed = crypto::Certificate::parse(certificate).value();
    return identity->certificate_status(request({about(parsed.serial(), issuer_point(), hash)}));
  }

  // Everything signed, out of its wrapping, if it is signed by `key`.
  static Bytes statement_in(const Bytes& answer, const crypto::PublicKey& key) {
    namespace der = crypto::der;
    const auto octets = [](ByteView wrapped) {
      der::Reader body(wrapped);
      const auto sequence = body.next();
      der::Reader parts(sequence->content);
      EXPECT_TRUE(parts.expect(Tag::object_identifier));
      return to_bytes(parts.expect(Tag::octet_string)->content);
    };
    der::Reader outer(answer);
    const auto response = outer.expect(Tag::sequence);
    der::Reader parts(response->content);
    const auto status = parts.expect(Tag::enumerated);
    if (!status || status->content[0] != 0) return {};
    const auto wrapped = parts.expect(der::context_tag(0));
    const auto contents = crypto::signed_bytes_of(octets(wrapped->content));
    EXPECT_TRUE(contents && key.verify(contents->tbs, contents->signature));
    return contents ? contents->tbs : Bytes();
  }
  // Of each certificate that the answer is about.
  std::vector<Said> said_in(const Bytes& answer) {
    namespace der = crypto::der;
    const Bytes statement =
        statement_in(answer, crypto::PublicKey::from_point(issuer_point()).value());
    if (statement.empty()) return {Said::nothing};
    der::Reader outer(statement);
    const auto data = outer.expect(Tag::sequence);
    der::Reader parts(data->content);
    EXPECT_TRUE(parts.expect(der::context_tag(2)));
    EXPECT_TRUE(parts.expect(Tag::generalized_time));
    const auto list = parts.expect(Tag::sequence);
    std::vector<Said> said;
    for (der::Reader answers(list->content); !answers.at_end();) {
      const auto each = answers.expect(Tag::sequence);
      der::Reader inside(each->content);
      EXPECT_TRUE(inside.expect(Tag::sequence));
      const auto status = inside.next();
      const auto number = static_cast<unsigned>(status->tag) & 0x1fU;
      said.push_back(static_cast<Said>(number));
    }
    return said;
  }
  Said status(const Bytes& certificate, IssuerHash hash = IssuerHash::sha1) {
    return said_in(ask(certificate, hash)).front();
  }

  // Signed by the stolen key, like a real one in every byte but the ledger.
  Bytes forge(ByteView like) {
    const auto real = crypto::Certificate::parse(like).value();
    crypto::CertificateBody body;
    body.serial = to_bytes(real.serial());
    body.issuer = to_bytes(real.issuer());
    body.subject = to_bytes(real.subject());
    body.not_before = real.not_before();
    body.not_after = real.not_after();
    body.spki = crypto::PrivateKey::generate().public_key().to_spki();
    body.extensions = {crypto::authority_key_id_extension(authority_key.public_key().key_id())};
    const Bytes tbs = body.to_tbs();
    return crypto::assemble_certificate(tbs, authority_key.sign(tbs));
  }

  void give_up_the_first() {
    ASSERT_TRUE(identity->authority().rotate(
        {RotationKind::emergency, "stolen", std::chrono::seconds(0), std::nullopt}));
  }
};

TEST_F(StatusResponderTest, ACertificateIsGoodUntilItIsTakenBack) {
  const Bytes certificate = enrol(Profile::board);
  for (const IssuerHash hash : {IssuerHash::sha1, IssuerHash::sha256}) {
    EXPECT_EQ(status(certificate, hash), Said::good);
  }
  ASSERT_TRUE(identity->suspend(mine, device, "stolen?"));
  EXPECT_EQ(status(certificate), Said::revoked);
  ASSERT_TRUE(identity->resume(mine, device));
  EXPECT_EQ(status(certificate), Said::good);
  ASSERT_TRUE(identity->revoke_certificate(mine, device, crypto::sha256(certificate), "lost"));
  EXPECT_EQ(status(certificate), Said::revoked);
}

TEST_F(StatusResponderTest, ADeviceThatIsRemovedStaysRevoked) {
  const Bytes certificate = enrol(Profile::board);
  ASSERT_TRUE(identity->remove_device(mine, device));
  EXPECT_EQ(status(certificate), Said::revoked);
  reopen();
  EXPECT_EQ(status(certificate), Said::revoked) << "after a restart";
}

TEST_F(StatusResponderTest, ACertificateOfTheKeyBeforeIsNotGood) {
  const Bytes first = enrol(Profile::standard);
  const crypto::PrivateKey second_key = crypto::PrivateKey::generate();
  const Bytes second = enrol(
      Profile::standard, second_key,
      vault_ipc::OldKeySignature{
          key.public_key().point(),
          key.sign(vault_ipc::continuity_statement(device, second_key.public_key().digest()))});
  EXPECT_EQ(status(first), Said::revoked);
  EXPECT_EQ(status(second), Said::good);
}

// The database of an instance from before serial numbers were kept by themselves.
TEST_F(StatusResponderTest, ACertificateFromBeforeIsFoundAfterTheUpdate) {
  const Bytes certificate = enrol(Profile::board);
  ASSERT_TRUE(database.run("UPDATE identity_certificate SET serial = NULL"));
  EXPECT_EQ(status(certificate), Said::unknown);
  reopen();
  EXPECT_EQ(status(certificate), Said::good);
}

TEST_F(StatusResponderTest, NobodyIsToldGoodOfAForgedLeaf) {
  const Bytes real = enrol(Profile::board);
  const Bytes other = enrol(Profile::board);
  // With a serial number that the ledger does not know.
  Bytes body = forge(real);
  const auto serial = to_bytes(crypto::Certificate::parse(body)->serial());
  Bytes unknown = serial;
  unknown.back() = static_cast<std::uint8_t>(unknown.back() ^ 1U);
  EXPECT_EQ(said_in(identity->certificate_status(request({about(unknown, issuer_point())}))),
            std::vector<Said>{Said::unknown});
  EXPECT_EQ(status(other), Said::good);
}

TEST_F(StatusResponderTest, EachOfSeveralIsAnsweredInTheirOrder) {
  const Bytes good = enrol(Profile::board);
  const Bytes lost = enrol(Profile::board);
  ASSERT_TRUE(identity->revoke_certificate(mine, device, crypto::sha256(lost), "lost"));
  const auto serial = [](const Bytes& der) {
    return to_bytes(crypto::Certificate::parse(der)->serial());
  };
  const Bytes many = request({about(serial(lost), issuer_point()), about(Bytes{7}, issuer_point()),
                              about(serial(good), issuer_point())});
  EXPECT_EQ(said_in(identity->certificate_status(many)),
            (std::vector<Said>{Said::revoked, Said::unknown, Said::good}));
}

TEST_F(StatusResponderTest, OfAnotherIssuerNothingIsSaid) {
  const Bytes certificate = enrol(Profile::board);
  const auto serial = to_bytes(crypto::Certificate::parse(certificate)->serial());
  const auto stranger = crypto::PrivateKey::generate().public_key().point();
  const Bytes refused = status_refusal(StatusRefusal::unauthorized);
  EXPECT_EQ(identity->certificate_status(request({about(serial, stranger)})), refused);
  EXPECT_EQ(identity->certificate_status(
                request({about(serial, issuer_point()), about(serial, stranger)})),
            refused)
      << "not even of the one that is ours";
}

TEST_F(StatusResponderTest, OfAGenerationThatWasGivenUpNothingIsSaid) {
  const Bytes certificate = enrol(Profile::board);
  give_up_the_first();
  EXPECT_EQ(ask(certificate), status_refusal(StatusRefusal::unauthorized));
}

// The same serial number under another generation is another certificate.
TEST_F(StatusResponderTest, ASerialNumberIsOfItsGenerationOnly) {
  const Bytes certificate = enrol(Profile::board);
  const auto serial = to_bytes(crypto::Certificate::parse(certificate)->serial());
  ASSERT_TRUE(identity->authority().rotate(
      {RotationKind::routine, "monthly", std::chrono::seconds(0), std::nullopt}));
  const Bytes answer = identity->certificate_status(request({about(serial, issuer_point(2))}));
  const auto second = crypto::PublicKey::from_point(issuer_point(2)).value();
  const Bytes statement = statement_in(answer, second);
  const Bytes good = crypto::der::element(crypto::der::primitive_context_tag(0), {});
  const Bytes unknown = crypto::der::element(crypto::der::primitive_context_tag(2), {});
  EXPECT_NE(std::search(statement.begin(), statement.end(), unknown.begin(), unknown.end()),
            statement.end());
  EXPECT_EQ(status(certificate), Said::good) << "under its own";
}

TEST_F(StatusResponderTest, WhatIsNoRequestIsRefused) {
  const Bytes refused = status_refusal(StatusRefusal::malformed);
  EXPECT_EQ(identity->certificate_status({}), refused);
  EXPECT_EQ(identity->certificate_status(Bytes(1 << 20, 0x30)), refused);
  EXPECT_EQ(identity->certificate_status(request({})), refused);
}

TEST_F(StatusResponderTest, WithoutTheVaultAClientIsToldToComeAgain) {
  const Bytes certificate = enrol(Profile::board);
  const Bytes asked =
      request({about(crypto::Certificate::parse(certificate)->serial(), issuer_point())});
  vault.disconnect();
  EXPECT_EQ(identity->certificate_status(asked), status_refusal(StatusRefusal::try_later));
}

}  // namespace
}  // namespace fastness::identity
