// Answers of an authority that OpenSSL plays: those to believe, and every other.
#include "crypto/ocsp/verified_status.h"

#include <gtest/gtest.h>

#include "crypto/testing/status_issuer.h"
#include "crypto/x509/der.h"

namespace fastness::crypto {
namespace {

using testing::StatusIssuer;
using Form = StatusIssuer::Answer::Form;
using Said = CertificateStatus::Kind;

class VerifiedStatusTest : public ::testing::Test {
 protected:
  StatusIssuer::Answer good() const {
    return {.from = now_ - std::chrono::hours(6), .until = now_ + std::chrono::hours(18)};
  }
  StatusIssuer::Answer of_form(Form form) const {
    StatusIssuer::Answer answer = good();
    answer.form = form;
    return answer;
  }
  Result<VerifiedStatus> verify(ByteView der) const {
    return VerifiedStatus::verify(der, leaf_, issuer_.certificate(), now_);
  }
  Result<VerifiedStatus> verify(const StatusIssuer::Answer& answer) const {
    return verify(issuer_.answer(leaf_, answer));
  }
  void expect_refused(const Result<VerifiedStatus>& status, std::string_view why,
                      Errc code = Errc::invalid_argument) const {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, code) << status.error().message;
    EXPECT_NE(status.error().message.find(why), std::string::npos) << status.error().message;
  }

  const Timestamp now_ =
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 12 / 2)) + std::chrono::hours(9);
  const StatusIssuer issuer_{now_};
  const Bytes spki_ = PrivateKey::generate().public_key().to_spki();
  const Bytes leaf_ = issuer_.issue(spki_, 1);
};

TEST_F(VerifiedStatusTest, AGoodOneIsBelievedAndKeptAsItIs) {
  for (const IssuerHash hash : {IssuerHash::sha1, IssuerHash::sha256}) {
    StatusIssuer::Answer answer = good();
    answer.hash = hash;
    const Bytes der = issuer_.answer(leaf_, answer);
    const auto status = verify(der);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(status->der(), der);
    EXPECT_EQ(status->leaf(), sha256(leaf_));
    EXPECT_EQ(status->from(), answer.from);
    EXPECT_EQ(status->until(), *answer.until);
  }
}

TEST_F(VerifiedStatusTest, OneWithoutItsSignersCertificateIsBelievedToo) {
  EXPECT_TRUE(verify(of_form(Form::without_certificates)));
}

TEST_F(VerifiedStatusTest, WhatIsSaidOfOthersBesideDoesNotCount) {
  EXPECT_TRUE(verify(of_form(Form::beside_others)));
}

TEST_F(VerifiedStatusTest, AResponderThatTheIssuerCertifiedForItIsBelieved) {
  const auto responder = issuer_.make_responder(StatusIssuer::Purpose::answers);
  StatusIssuer::Answer answer = good();
  answer.by = &responder;
  const auto status = verify(answer);
  EXPECT_TRUE(status) << status.error().message;
}

TEST_F(VerifiedStatusTest, AResponderWithoutThePurposeIsNot) {
  const auto server = issuer_.make_responder(StatusIssuer::Purpose::servers);
  StatusIssuer::Answer answer = good();
  answer.by = &server;
  expect_refused(verify(answer), "signed by nobody");
}

TEST_F(VerifiedStatusTest, AResponderWhoseCertificateDoesNotComeAlongIsNot) {
  const auto responder = issuer_.make_responder(StatusIssuer::Purpose::answers);
  StatusIssuer::Answer answer = of_form(Form::without_certificates);
  answer.by = &responder;
  expect_refused(verify(answer), "signed by nobody");
}

// It has another's name, and a certificate of its own making.
TEST_F(VerifiedStatusTest, AResponderOfAnotherIssuerIsNot) {
  const StatusIssuer stranger{now_};
  const auto responder = stranger.make_responder(StatusIssuer::Purpose::answers);
  StatusIssuer::Answer answer = good();
  answer.by = &responder;
  expect_refused(verify(answer), "signed by nobody");
}

TEST_F(VerifiedStatusTest, AResponderWhoseCertificateIsOverIsNot) {
  const auto responder = issuer_.make_responder(StatusIssuer::Purpose::answers, now_);
  StatusIssuer::Answer answer = good();
  answer.by = &responder;
  expect_refused(verify(answer), "signed by nobody");
}

TEST_F(VerifiedStatusTest, AStrangerOfTheSameNameIsNot) {
  const StatusIssuer stranger{now_};
  expect_refused(verify(stranger.answer(leaf_, good())), "signed by nobody");
  // And what it signs itself is not the issuer's, whoever's name is in it.
  const auto theirs =
      VerifiedStatus::verify(stranger.answer(leaf_, good()), leaf_, stranger.certificate(), now_);
  expect_refused(theirs, "was not issued by");
}

TEST_F(VerifiedStatusTest, TheHolderOfTheCertificateIsNot) {
  StatusIssuer::Responder holder;
  holder.certificate = issuer_.issue(holder.key.public_key().to_spki(), 9);
  StatusIssuer::Answer answer = good();
  answer.by = &holder;
  expect_refused(VerifiedStatus::verify(issuer_.answer(holder.certificate, answer),
                                        holder.certificate, issuer_.certificate(), now_),
                 "signed by nobody");
}

TEST_F(VerifiedStatusTest, ASignatureBySha1IsNot) {
  expect_refused(verify(of_form(Form::signed_by_sha1)), "an algorithm that does not count");
}

TEST_F(VerifiedStatusTest, TheAnswerAboutAnotherCertificateIsRefused) {
  expect_refused(verify(issuer_.answer(issuer_.issue(spki_, 2), good())), "another certificate");
}

TEST_F(VerifiedStatusTest, ARevokedOneIsToldFromWhatIsMerelyWrong) {
  StatusIssuer::Answer answer = good();
  answer.kind = Said::revoked;
  expect_refused(verify(answer), "has revoked", Errc::permission_denied);
  answer.kind = Said::unknown;
  expect_refused(verify(answer), "does not know", Errc::permission_denied);
  // What is over does not make it good again.
  answer.kind = Said::revoked;
  answer.until = now_ - std::chrono::hours(1);
  expect_refused(verify(answer), "has revoked", Errc::permission_denied);
}

TEST_F(VerifiedStatusTest, TwoThingsOfOneCertificateAreRefused) {
  expect_refused(verify(of_form(Form::said_twice)), "two things");
}

TEST_F(VerifiedStatusTest, AnExtensionThatMattersMustBeKnown) {
  expect_refused(verify(of_form(Form::critical_of_all)), "insists");
  expect_refused(verify(of_form(Form::critical_of_one)), "insists");
}

TEST_F(VerifiedStatusTest, CountsFromItsFirstMomentToBeforeItsLast) {
  StatusIssuer::Answer answer = good();
  answer.from = now_;
  EXPECT_TRUE(verify(answer));
  answer.from = now_ + std::chrono::seconds(1);
  expect_refused(verify(answer), "from a later time", Errc::unavailable);
  answer = good();
  answer.until = now_ + std::chrono::seconds(1);
  EXPECT_TRUE(verify(answer));
  answer.until = now_;
  expect_refused(verify(answer), "is over", Errc::unavailable);
}

TEST_F(VerifiedStatusTest, OneWithoutAnEndIsRefused) {
  StatusIssuer::Answer answer = good();
  answer.until.reset();
  expect_refused(verify(answer), "until when");
}

TEST_F(VerifiedStatusTest, OneThatIsOverBeforeItBeginsIsRefused) {
  StatusIssuer::Answer answer = good();
  answer.until = answer.from;
  expect_refused(verify(answer), "before it begins");
}

TEST_F(VerifiedStatusTest, KnowsWhenItsTimeIsRunningOut) {
  const auto status = verify(good());
  ASSERT_TRUE(status);
  const Timestamp quarter = status->until() - std::chrono::hours(6);
  EXPECT_FALSE(status->is_ending(quarter));
  EXPECT_TRUE(status->is_ending(quarter + std::chrono::microseconds(1)));
  EXPECT_TRUE(status->is_current(status->from()));
  EXPECT_FALSE(status->is_current(status->from() - std::chrono::microseconds(1)));
  EXPECT_TRUE(status->is_current(status->until() - std::chrono::microseconds(1)));
  EXPECT_FALSE(status->is_current(status->until()));
}

TEST_F(VerifiedStatusTest, ARefusalToAnswerIsNoStatus) {
  expect_refused(verify(status_refusal(StatusRefusal::unauthorized)), "gave no answer");
  expect_refused(verify(status_refusal(StatusRefusal::try_later)), "gave no answer");
}

TEST_F(VerifiedStatusTest, WhatIsCutShortLongerOrDamagedIsRefused) {
  const Bytes whole = issuer_.answer(leaf_, good());
  ASSERT_TRUE(verify(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(verify(ByteView(whole).first(size))) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  expect_refused(verify(longer), "no answer of OCSP");
  expect_refused(verify(as_bytes("-----BEGIN OCSP RESPONSE-----\n")), "no answer of OCSP");
  expect_refused(verify(as_bytes("")), "no answer of OCSP");
}

// Neither does a byte that is changed make it say anything else. The signer's certificate, which
// comes along, is not signed; so one is made that does not come along.
TEST_F(VerifiedStatusTest, EveryByteCounts) {
  const Bytes whole = issuer_.answer(leaf_, of_form(Form::without_certificates));
  ASSERT_TRUE(verify(whole));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes damaged = whole;
    damaged[at] ^= 0x01;
    EXPECT_FALSE(verify(damaged)) << at;
  }
}

// The same answer with a byte behind what is inside, and with a length in more bytes than needed:
// OpenSSL reads both.
TEST_F(VerifiedStatusTest, AnotherSpellingOfTheSameIsRefused) {
  const Bytes whole = issuer_.answer(leaf_, good());
  der::Reader outer(whole);
  der::Reader parts(outer.next().value().content);
  const auto success = parts.next().value();
  const auto wrapped = parts.next().value();
  der::Reader body(der::Reader(wrapped.content).next().value().content);
  const auto kind = body.next().value();
  const auto basic = body.next().value();
  const auto rebuilt = [&](ByteView inside) {
    return der::sequence(
        {success.whole,
         der::element(
             der::context_tag(0),
             {der::sequence({kind.whole, der::element(der::Tag::octet_string, {inside})})})});
  };
  ASSERT_EQ(rebuilt(basic.content), whole);

  Bytes longer = to_bytes(basic.content);
  longer.push_back(0);
  expect_refused(verify(rebuilt(longer)), "not spelled as DER");

  // 30 82 xx xx becomes 30 83 00 xx xx.
  Bytes padded = to_bytes(basic.content);
  ASSERT_EQ(padded[1], 0x82);
  padded[1] = 0x83;
  padded.insert(padded.begin() + 2, 0);
  expect_refused(verify(rebuilt(padded)), "");
}

TEST_F(VerifiedStatusTest, IsHeldToItsBytes) {
  const auto of_size = [](std::size_t size) {
    Bytes content(size - 4, 0);
    return der::element(der::Tag::octet_string, {content});
  };
  ASSERT_EQ(of_size(VerifiedStatus::kMaxSize).size(), VerifiedStatus::kMaxSize);
  expect_refused(verify(of_size(VerifiedStatus::kMaxSize)), "no answer of OCSP");
  expect_refused(verify(of_size(VerifiedStatus::kMaxSize + 1)), "too large");
}

TEST_F(VerifiedStatusTest, BothCertificatesMustBeSome) {
  const Bytes der = issuer_.answer(leaf_, good());
  const Bytes cut(leaf_.begin(), leaf_.end() - 1);
  expect_refused(VerifiedStatus::verify(der, cut, issuer_.certificate(), now_), "does not parse");
  expect_refused(VerifiedStatus::verify(der, leaf_, cut, now_), "does not parse");
  expect_refused(VerifiedStatus::verify(der, leaf_, leaf_, now_), "was not issued by");
}

TEST_F(VerifiedStatusTest, WhoseServerMustStapleIsKnown) {
  EXPECT_TRUE(demands_status(issuer_.issue(spki_, 3, {testing::must_staple_extension()})));
  EXPECT_FALSE(demands_status(leaf_));
  EXPECT_FALSE(demands_status(issuer_.certificate()));
  EXPECT_FALSE(demands_status(as_bytes("no certificate")));
}

}  // namespace
}  // namespace fastness::crypto
