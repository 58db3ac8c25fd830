// What a device may say about its renewal, and above all what it may not.
#include "renewals/dialogue.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "crypto/secret/system_random.h"
#include "json/value.h"

namespace fastness::renewals {
namespace {

using crypto::PrivateKey;

constexpr std::size_t kMost = fixed_limit("renewals.message_bytes");

class DialogueTest : public ::testing::Test {
 protected:
  Offer make_offer(std::uint32_t generation = 2) {
    Offer offer{{},
                vault_ipc::GenerationId(generation),
                Why::rotation,
                {Timestamp(std::chrono::seconds(1'795'000'000)),
                 Timestamp(std::chrono::seconds(1'795'000'600))}};
    random.fill(offer.nonce);
    return offer;
  }

  Bytes request(const PrivateKey& of) const {
    return crypto::CertificateRequest::build(of, device.value().to_text()).value();
  }

  // A piece as a device writes it; without `sig` if that is empty.
  static std::string piece(const Offer& offer, std::size_t index, std::size_t count, ByteView data,
                           ByteView signature = {}) {
    std::string text = R"({"nonce":")" + to_base64url(offer.nonce) + R"(","i":)" +
                       std::to_string(index) + R"(,"of":)" + std::to_string(count) + R"(,"csr":")" +
                       to_base64url(data) + '"';
    if (!signature.empty()) text += R"(,"sig":")" + to_base64url(signature) + '"';
    return text + "}";
  }

  Bytes proof(const Offer& offer, const Bytes& of, const PrivateKey& by) const {
    return by.sign(as_bytes(proof_text(offer, device, of))).to_der();
  }

  // A whole request in pieces, signed for this offer.
  std::vector<std::string> pieces(const Offer& offer, const Bytes& of, const PrivateKey& by) const {
    const std::size_t count = (of.size() + kPieceBytes - 1) / kPieceBytes;
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) {
      const ByteView rest = ByteView(of).subspan(i * kPieceBytes);
      const bool is_last = i + 1 == count;
      all.push_back(piece(offer, i, count, rest.first(std::min(kPieceBytes, rest.size())),
                          is_last ? proof(offer, of, by) : Bytes()));
    }
    return all;
  }

  Heard<std::optional<Bytes>> hear(const std::string& message) {
    return dialogue.hear_request(as_bytes(message));
  }
  // What becomes of the last of several messages.
  Heard<std::optional<Bytes>> hear_all(const std::vector<std::string>& messages) {
    for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
      const auto heard = hear(messages[i]);
      if (!heard) return heard;
      EXPECT_FALSE(*heard) << i;
    }
    return hear(messages.back());
  }
  Complaint complaint(const std::string& message) {
    const auto heard = hear(message);
    EXPECT_FALSE(heard) << message;
    return heard ? Complaint::busy : heard.error();
  }

  crypto::SystemRandom random;
  const DeviceId device{random_uuid(random)};
  const PrivateKey key = PrivateKey::generate();
  const Bytes csr = request(key);
  Dialogue dialogue{device};
};

TEST_F(DialogueTest, ARequestInPiecesIsPutTogether) {
  const Offer offer = make_offer();
  (void)dialogue.make_offer(offer);
  const auto messages = pieces(offer, csr, key);
  ASSERT_GE(messages.size(), 2U);
  for (const std::string& each : messages) EXPECT_LE(each.size(), kMost) << each;
  const auto heard = hear_all(messages);
  ASSERT_TRUE(heard) << to_text(heard.error());
  EXPECT_EQ(*heard, csr);
}

TEST_F(DialogueTest, TheSameMayBeSaidAgainWhenItsAnswerWasLost) {
  const Offer offer = make_offer();
  (void)dialogue.make_offer(offer);
  const auto messages = pieces(offer, csr, key);
  EXPECT_EQ(hear_all(messages).value(), csr);
  EXPECT_EQ(hear_all(messages).value(), csr);
}

TEST_F(DialogueTest, WithoutAnOfferNothingIsHeard) {
  const Offer never = make_offer();
  EXPECT_EQ(complaint(pieces(never, csr, key).front()), Complaint::not_offered);
}

TEST_F(DialogueTest, AnotherOffersNonceIsNotHeard) {
  const Offer old = make_offer();
  (void)dialogue.make_offer(old);
  const auto replayed = pieces(old, csr, key);
  ASSERT_TRUE(hear_all(replayed));
  (void)dialogue.make_offer(make_offer());
  EXPECT_EQ(complaint(replayed.front()), Complaint::not_offered);
  EXPECT_EQ(complaint(pieces(make_offer(), csr, key).front()), Complaint::not_offered);
}

TEST_F(DialogueTest, AnOfferInTheMiddleEndsWhatWasBegun) {
  const Offer old = make_offer();
  (void)dialogue.make_offer(old);
  ASSERT_TRUE(hear(pieces(old, csr, key).front()));
  const Offer next = make_offer();
  (void)dialogue.make_offer(next);
  EXPECT_EQ(complaint(pieces(next, csr, key).back()), Complaint::out_of_order);
}

TEST_F(DialogueTest, PiecesComeInTheirOrder) {
  const Offer offer = make_offer();
  (void)dialogue.make_offer(offer);
  const auto messages = pieces(offer, csr, key);
  EXPECT_EQ(complaint(messages.back()), Complaint::out_of_order) << "the first was left out";
  const ByteView some = ByteView(csr).first(10);
  ASSERT_TRUE(hear(piece(offer, 0, 3, some)));
  EXPECT_EQ(complaint(piece(offer, 2, 3, some, csr)), Complaint::malformed)
      << "a signature too long";
  ASSERT_TRUE(hear(piece(offer, 0, 4, some)));
  EXPECT_EQ(complaint(piece(offer, 2, 4, some)), Complaint::out_of_order) << "one was left out";
  ASSERT_TRUE(hear(piece(offer, 0, 4, some)));
  ASSERT_TRUE(hear(piece(offer, 1, 4, some)));
  EXPECT_EQ(complaint(piece(offer, 1, 4, some)), Complaint::out_of_order) << "one came twice";
  ASSERT_TRUE(hear(piece(offer, 0, 4, some)));
  EXPECT_EQ(complaint(piece(offer, 1, 5, some)), Complaint::out_of_order) << "now of another count";
  EXPECT_TRUE(hear_all(messages)) << "a first piece begins anew";
}

TEST_F(DialogueTest, ARequestHasAsMuchRoomAsACertificateRequest) {
  const Offer offer = make_offer();
  (void)dialogue.make_offer(offer);
  const Bytes full(kPieceBytes, 1);
  std::vector<std::string> messages;
  for (std::size_t i = 0; i + 1 < kMaxPieces; ++i) {
    messages.push_back(piece(offer, i, kMaxPieces, full));
  }
  messages.push_back(piece(offer, kMaxPieces - 1, kMaxPieces, full, Bytes(8, 1)));
  EXPECT_EQ(hear_all(messages).error(), Complaint::bad_request);
  EXPECT_EQ(complaint(piece(offer, 0, kMaxPieces + 1, full)), Complaint::malformed);
  EXPECT_EQ(complaint(piece(offer, 0, 2, Bytes(kPieceBytes + 1, 1))), Complaint::malformed);
  EXPECT_EQ(complaint(piece(offer, 0, 2, {})), Complaint::malformed);
}

TEST_F(DialogueTest, TheOfferMustBeSignedByTheKeyOfTheRequest) {
  const Offer offer = make_offer();
  (void)dialogue.make_offer(offer);
  const PrivateKey other = PrivateKey::generate();
  EXPECT_EQ(hear_all(pieces(offer, csr, other)).error(), Complaint::bad_proof);

  const auto signed_as = [&](const Bytes& signature) {
    std::vector<std::string> messages = pieces(offer, csr, key);
    const std::size_t last = messages.size() - 1;
    messages[last] =
        piece(offer, last, messages.size(), ByteView(csr).subspan(last * kPieceBytes), signature);
    return hear_all(messages).error();
  };
  EXPECT_EQ(signed_as({}), Complaint::bad_proof) << "missing";
  EXPECT_EQ(signed_as(Bytes(70, 0x30)), Complaint::bad_proof) << "no signature at all";
  EXPECT_EQ(signed_as(proof(make_offer(), csr, key)), Complaint::bad_proof) << "another nonce";
  Offer generation = offer;
  generation.generation = vault_ipc::GenerationId(3);
  EXPECT_EQ(signed_as(proof(generation, csr, key)), Complaint::bad_proof) << "another generation";
  EXPECT_EQ(signed_as(proof(offer, request(key), key)), Complaint::bad_proof) << "another request";
  EXPECT_EQ(signed_as(key.sign(csr).to_der()), Complaint::bad_proof) << "of the request alone";
  const std::string others = proof_text(offer, DeviceId(random_uuid(random)), csr);
  EXPECT_EQ(signed_as(key.sign(as_bytes(others)).to_der()), Complaint::bad_proof)
      << "another device";
}

TEST_F(DialogueTest, ARequestThatIsNoneIsRefused) {
  const Offer offer = make_offer();
  (void)dialogue.make_offer(offer);
  Bytes broken = csr;
  broken.back() ^= 1U;  // its own signature
  EXPECT_EQ(hear_all(pieces(offer, broken, key)).error(), Complaint::bad_request);
  EXPECT_EQ(hear_all(pieces(offer, Bytes(300, 0x30), key)).error(), Complaint::bad_request);
}

TEST_F(DialogueTest, WhatIsNoMessageIsRefused) {
  const Offer offer = make_offer();
  (void)dialogue.make_offer(offer);
  const std::string nonce = to_base64url(offer.nonce);
  const std::string whole = piece(offer, 0, 2, ByteView(csr).first(8));
  for (const std::string& text : {
           std::string(),
           std::string("{}"),
           std::string("[]"),
           std::string("null"),
           std::string("{"),
           whole + " ,",
           std::string(kMost + 1, ' ') + whole,
           std::string(R"({"nonce":"AAAA","i":0,"of":2,"csr":"AAAA"})"),
           R"({"nonce":")" + nonce + R"(","i":2,"of":2,"csr":"AAAA"})",
           R"({"nonce":")" + nonce + R"(","i":-1,"of":2,"csr":"AAAA"})",
           R"({"nonce":")" + nonce + R"(","i":0,"of":0,"csr":"AAAA"})",
           R"({"nonce":")" + nonce + R"(","i":"0","of":2,"csr":"AAAA"})",
           R"({"nonce":")" + nonce + R"(","i":0,"of":2,"csr":"A+/="})",
           R"({"nonce":")" + nonce + R"(","i":0,"of":2,"csr":7})",
           R"({"nonce":")" + nonce + R"(","i":0,"of":2,"csr":"AAAA","sig":"AAAA"})",
           R"({"nonce":")" + nonce + R"(","i":0,"i":1,"of":2,"csr":"AAAA"})",
           R"({"nonce":")" + nonce + R"(","i":0,"of":2,"csr":"AAAA","x":[[[1]]]})",
       }) {
    SCOPED_TRACE(text);
    EXPECT_EQ(complaint(text), Complaint::malformed);
  }
}

TEST_F(DialogueTest, AnAnswerNamesOfferDeviceAndGeneration) {
  const Offer offer = make_offer();
  (void)dialogue.make_offer(offer);
  const Bytes certificate(crypto::CertificateRequest::kMaxSize, 0xa5);
  const auto messages = dialogue.answer(certificate);
  Bytes together;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_LE(messages[i].size(), kMost);
    const auto message = json::parse(messages[i]).value();
    EXPECT_EQ(*message.find("nonce")->get<std::string>(), to_base64url(offer.nonce));
    EXPECT_EQ(*message.find("id")->get<std::string>(), device.value().to_text());
    EXPECT_EQ(*message.find("gen")->get<std::int64_t>(), 2);
    EXPECT_EQ(*message.find("i")->get<std::int64_t>(), static_cast<std::int64_t>(i));
    EXPECT_EQ(*message.find("of")->get<std::int64_t>(), static_cast<std::int64_t>(messages.size()));
    const auto data = from_base64url(*message.find("cert")->get<std::string>()).value();
    together.insert(together.end(), data.begin(), data.end());
  }
  EXPECT_EQ(together, certificate);
}

TEST_F(DialogueTest, AnOfferSaysWhyAndWhen) {
  const auto message = json::parse(dialogue.make_offer(make_offer())).value();
  EXPECT_EQ(*message.find("why")->get<std::string>(), "rotation");
  const auto& window = *message.find("win")->get<json::Array>();
  ASSERT_EQ(window.size(), 2U);
  EXPECT_EQ(*window[0].get<std::int64_t>(), 1'795'000'000);
  EXPECT_EQ(*window[1].get<std::int64_t>(), 1'795'000'600);
  EXPECT_EQ(from_base64url(*message.find("nonce")->get<std::string>())->size(), 16U);
}

TEST_F(DialogueTest, StoredAndRefusedAnswerTheOfferToo) {
  const Offer offer = make_offer();
  (void)dialogue.make_offer(offer);
  const auto stored = [&](const Offer& of, const std::string& rest) {
    return dialogue.hear_stored(
        as_bytes(R"({"nonce":")" + to_base64url(of.nonce) + "\"," + rest + "}"));
  };
  const auto refused = [&](const Offer& of, const std::string& rest) {
    return dialogue.hear_refused(
        as_bytes(R"({"nonce":")" + to_base64url(of.nonce) + "\"," + rest + "}"));
  };
  EXPECT_TRUE(stored(offer, R"("stored":true)"));
  EXPECT_EQ(stored(offer, R"("stored":false)").error(), Complaint::malformed);
  EXPECT_EQ(stored(offer, R"("stored":1)").error(), Complaint::malformed);
  EXPECT_EQ(stored(make_offer(), R"("stored":true)").error(), Complaint::not_offered);

  EXPECT_EQ(refused(make_offer(), R"("code":"key")").error(), Complaint::not_offered);
  EXPECT_EQ(refused(offer, R"("code":5)").error(), Complaint::malformed);
  EXPECT_EQ(refused(offer, R"("code":"storage")").value(), identity::RenewalFault::storage);
  EXPECT_EQ(dialogue.offer(), nullptr);
  EXPECT_EQ(refused(offer, R"("code":"storage")").error(), Complaint::not_offered)
      << "one offer is refused once";
  (void)dialogue.make_offer(offer);
  EXPECT_EQ(refused(offer, R"("code":"the moon is full")").value(), identity::RenewalFault::other);
}

}  // namespace
}  // namespace fastness::renewals
