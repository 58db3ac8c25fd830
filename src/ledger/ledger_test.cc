#include <gtest/gtest.h>

#include "base/bytes.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"

namespace fastness::ledger {
namespace {

crypto::Ed25519Key key_from(ByteView seed) {
  Bytes bytes = to_bytes(seed);
  return crypto::Ed25519Key::from_seed(crypto::SecretBytes::take(bytes)).value();
}

crypto::Ed25519Key signing_key(std::uint8_t seed) {
  return key_from(Bytes(crypto::Ed25519Key::kSeedSize, seed));
}

VerifierKey verifier(const std::string& name, const crypto::Ed25519Key& key) {
  return {name, key.public_key()};
}

// The example of Go's golang.org/x/mod/sumdb/note, with which its tests begin. The private key is
// published there: after the kind of key, its seed.
constexpr std::string_view kPeterKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kPeterPrivate = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr std::string_view kPeterText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kPeterNote =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xe2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    "\n";

// The example of C2SP signed-note.
constexpr std::string_view kFooKey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr std::string_view kFooNote =
    "This is an example message.\n"
    "\n"
    "\xe2\x80\x94 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";

TEST(Note, IsSignedAsTheReferenceDoes) {
  const Bytes typed = from_base64(kPeterPrivate).value();
  const crypto::Ed25519Key key = key_from(ByteView(typed).subspan(1));

  EXPECT_EQ(verifier("PeterNeumann", key).to_text(), kPeterKey);
  EXPECT_EQ(sign_note(kPeterText, "PeterNeumann", key), kPeterNote);
}

TEST(Note, PublishedNotesOpenWithTheirKeysOnly) {
  const VerifierKey peter = VerifierKey::parse(kPeterKey).value();
  const VerifierKey foo = VerifierKey::parse(kFooKey).value();

  EXPECT_EQ(open_note(kPeterNote, peter).value(), kPeterText);
  EXPECT_EQ(open_note(kFooNote, foo).value(), "This is an example message.\n");
  EXPECT_EQ(open_note(kFooNote, peter).error().message,
            "it is not signed with the key of "
            "PeterNeumann");
  EXPECT_FALSE(open_note(kPeterNote, foo));
  // The same key under another name is another signer.
  EXPECT_FALSE(open_note(kFooNote, {"example.com/bar", foo.key}));
}

TEST(Note, AnEmptyLineInTheTextIsPartOfIt) {
  const auto key = signing_key(1);
  const std::string note = sign_note("one\n\ntwo\n", "log", key);
  EXPECT_EQ(open_note(note, verifier("log", key)).value(), "one\n\ntwo\n");
}

TEST(Note, SignaturesOfOthersAreSkippedButMustBeSignatures) {
  const auto key = signing_key(1);
  const VerifierKey wanted = verifier("log", key);
  const std::string good = sign_note("text\n", "log", key);
  const std::string witness = "\xe2\x80\x94 witness AAAAAAAA\n";

  EXPECT_TRUE(open_note(good + witness, wanted));
  EXPECT_TRUE(open_note("text\n\n" + witness + good.substr(6), wanted));
  // The same name with another key's id: a key that was replaced.
  EXPECT_TRUE(open_note(good + sign_note("text\n", "log", signing_key(2)).substr(6), wanted));
  for (const char* line :
       {"\xe2\x80\x94 witness AAAA\n", "\xe2\x80\x94 witness\n", "\xe2\x80\x94  AAAAAAAA\n",
        "\xe2\x80\x94 a+b AAAAAAAA\n", "\xe2\x80\x94 witness AAAA*AAA\n", "- witness AAAAAAAA\n",
        "\n", "witness", "\xe2\x80\x94 witness AAAAAAAA", "\xe2\x80\x94 wit\tness AAAAAAAA\n"}) {
    EXPECT_FALSE(open_note(good + line, wanted)) << line;
  }
}

TEST(Note, OneFailedSignatureOfTheKeyIsEnoughToRefuse) {
  const auto key = signing_key(1);
  const std::string good = sign_note("text\n", "log", key);
  const std::string other = sign_note("another\n", "log", key);

  const auto opened = open_note(good + other.substr(9), verifier("log", key));

  EXPECT_EQ(opened.error().message, "the signature of log is wrong");
}

TEST(VerifierKey, HasOneSpelling) {
  for (const std::string_view text : {kPeterKey, kFooKey}) {
    EXPECT_EQ(VerifierKey::parse(text).value().to_text(), text);
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        std::string changed(text);
        changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ (1U << bit));
        EXPECT_FALSE(VerifierKey::parse(changed)) << changed;
      }
      EXPECT_FALSE(VerifierKey::parse(text.substr(0, i)));
      EXPECT_FALSE(VerifierKey::parse(text.substr(i + 1)));
    }
  }
  // Of Go's tests: a key that is too long and a kind that nobody knows, with ids made to match.
  EXPECT_FALSE(VerifierKey::parse(
      "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=="));
  EXPECT_FALSE(
      VerifierKey::parse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
  EXPECT_EQ(VerifierKey::parse("").error().code, Errc::invalid_argument);
}

TEST(Checkpoint, IsWhatC2spSays) {
  // Worked out by hand from tlog-checkpoint and signed-note, with another program's Ed25519.
  const auto key = signing_key(1);
  Checkpoint checkpoint{"fastness/x/ledger", 42, {}};
  checkpoint.root.fill(9);

  const std::string text = sign_checkpoint(checkpoint, key);

  EXPECT_EQ(
      text,
      "fastness/x/ledger\n42\n"
      "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n"
      "\n"
      "\xe2\x80\x94 fastness/x/ledger "
      "290uNF+2sFIkvJG6YSt3VTTfg7pLmUOFsTB2cxJDe3dQJPy5Y7fMiJNKIZ22OmVIsPevQAMPZ4hXHxPn4AiQJlCCCAs="
      "\n");
  EXPECT_EQ(verifier("fastness/x/ledger", key).to_text(),
            "fastness/x/ledger+dbdd2e34+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c");
}

TEST(Checkpoint, IsVerifiedForItsOriginAndKeyOnly) {
  const auto key = signing_key(1);
  Checkpoint checkpoint{"fastness/x/ledger", 42, {}};
  checkpoint.root.fill(9);

  const std::string text = sign_checkpoint(checkpoint, key);

  EXPECT_EQ(verify_checkpoint(text, verifier("fastness/x/ledger", key)).value(), checkpoint);
  EXPECT_FALSE(verify_checkpoint(text, verifier("fastness/y/ledger", key)));
  EXPECT_FALSE(verify_checkpoint(text, verifier("fastness/x/ledger", signing_key(2))));
}

TEST(Checkpoint, NoBitCanBeChanged) {
  const auto key = signing_key(1);
  const std::string text = sign_checkpoint({"log", 7, {}}, key);
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ (1U << bit));
      EXPECT_FALSE(verify_checkpoint(changed, verifier("log", key))) << i << ", bit " << bit;
    }
    EXPECT_FALSE(verify_checkpoint(text.substr(0, i), verifier("log", key))) << i;
  }
}

// Each is well signed, and is no checkpoint of ours.
TEST(Checkpoint, AnotherSpellingIsRefusedThoughItIsSigned) {
  const auto key = signing_key(1);
  const std::string root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
  const auto open = [&](const std::string& text) {
    return verify_checkpoint(sign_note(text, "log", key), verifier("log", key));
  };
  ASSERT_TRUE(open("log\n7\n" + root));
  for (const std::string& text :
       {"log\n07\n" + root, "log\n+7\n" + root, "log\n-7\n" + root, "log\n7 \n" + root,
        "log\n\n" + root, "log\n18446744073709551616\n" + root, "log\n7\n" + root + "more\n",
        "log\n7\n" + root + "\n", "other\n7\n" + root, "\n7\n" + root, std::string("log\n7\n"),
        std::string("log\n7\nAAAA\n"), std::string("log\n7\nnonsense\n"), std::string("\n")}) {
    EXPECT_FALSE(open(text)) << text;
  }
}

}  // namespace
}  // namespace fastness::ledger
