#include "tls/record/traffic_keys.h"

#include <gtest/gtest.h>

#include "tls/record/record_layer.h"

namespace fastness::tls {
namespace {

constexpr Suite kSuite = Suite::aes128_gcm_sha256;

Bytes hex(std::string_view text) {
  return from_hex(text).value();
}

// RFC 8448, 3: "Simple 1-RTT Handshake".
TrafficSecret client_secret() {
  return TrafficSecret(hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"));
}
TrafficSecret server_secret() {
  return TrafficSecret(hex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"));
}

TEST(TrafficKeys, AreThoseOfRfc8448) {
  const auto client = derive_keys(kSuite, client_secret());
  ASSERT_TRUE(client);
  EXPECT_EQ(to_hex(client->key.reveal()), "17422dda596ed5d9acd890e3c63f5051");
  EXPECT_EQ(to_hex(client->iv.reveal()), "5b78923dee08579033e523d9");
  const auto server = derive_keys(kSuite, server_secret());
  ASSERT_TRUE(server);
  EXPECT_EQ(to_hex(server->key.reveal()), "9f02283b6c9c07efc26bb9f2ac92e356");
  EXPECT_EQ(to_hex(server->iv.reveal()), "cf782b88dd83549aadf1e984");
}

TEST(TrafficKeys, OpenTheRecordsOfRfc8448) {
  RecordLayer::Origin origin;
  origin.suite = kSuite;
  origin.read = {client_secret(), derive_keys(kSuite, client_secret()).value(), 0};
  origin.write = {server_secret(), derive_keys(kSuite, server_secret()).value(), 1};
  RecordLayer layer(std::move(origin));
  RecordCiphers ciphers;
  Bytes sent;
  Bytes record =
      hex("1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a"
          "20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4");
  const auto opened = layer.open(ciphers, record, sent);
  EXPECT_EQ(opened.used, record.size());
  ASSERT_EQ(opened.plain, 50U);
  for (std::size_t i = 0; i < opened.plain; ++i) EXPECT_EQ(record[i], i);
  EXPECT_TRUE(sent.empty());

  // What the server says next has sequence number 1, since it sent a ticket before.
  Bytes plain(50);
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<std::uint8_t>(i);
  layer.seal(ciphers, plain, sent);
  EXPECT_EQ(to_hex(sent),
            "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602d"
            "cb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d");
}

TEST(TrafficKeys, EachUpdateMakesOthers) {
  const auto second = next_secret(kSuite, client_secret());
  ASSERT_TRUE(second);
  const auto third = next_secret(kSuite, *second);
  ASSERT_TRUE(third);
  EXPECT_NE(to_hex(second->reveal()), to_hex(client_secret().reveal()));
  EXPECT_NE(to_hex(third->reveal()), to_hex(second->reveal()));
}

TEST(InlineSecret, IsZeroedWhenItIsMovedFrom) {
  InlineSecret<12> first(hex("000102030405060708090a0b"));
  const std::uint8_t* bytes = first.reveal().data();
  const InlineSecret<12> second(std::move(first));
  EXPECT_EQ(to_hex(second.reveal()), "000102030405060708090a0b");
  EXPECT_EQ(to_hex({bytes, 12}), "000000000000000000000000");
}

}  // namespace
}  // namespace fastness::tls
