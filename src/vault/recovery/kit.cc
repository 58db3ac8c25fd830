#include "vault/recovery/kit.h"

#include "crypto/aead.h"
#include "crypto/secret/secret_shares.h"

namespace fastness::vault {
namespace {

// A kit: this text, the size of the header, the header, then nonce || ciphertext || tag.
// The first version's header does not say which backups it opens, the second's not of which
// environment it is; they are read, and not written.
constexpr std::string_view kKitMagic = "fastness kit v3\n";
constexpr std::string_view kSecondKitMagic = "fastness kit v2\n";
constexpr std::string_view kFirstKitMagic = "fastness kit v1\n";
constexpr std::string_view kKitPurpose = "fastness recovery kit v1";
constexpr std::size_t kKitSecretSize = 32;
enum class Opening : std::uint8_t { passphrase = 1, shares = 2 };

void encode_opening(const std::variant<ByPassphrase, ByShares>& opening, ByteWriter& out) {
  if (const auto* passphrase = std::get_if<ByPassphrase>(&opening)) {
    out.u8(static_cast<std::uint8_t>(Opening::passphrase));
    out.raw(passphrase->salt);
    return;
  }
  const auto& shares = std::get<ByShares>(opening);
  out.u8(static_cast<std::uint8_t>(Opening::shares));
  out.u8(shares.needed);
  out.u8(static_cast<std::uint8_t>(shares.digests.size()));
  for (const crypto::Digest& digest : shares.digests) out.raw(digest);
}

Result<std::variant<ByPassphrase, ByShares>> decode_opening(ByteReader& in) {
  std::variant<ByPassphrase, ByShares> opening;
  const auto how = static_cast<Opening>(in.u8());
  if (how == Opening::passphrase) {
    ByPassphrase passphrase;
    in.copy_to(passphrase.salt);
    opening = passphrase;
    return opening;
  }
  ByShares shares;
  shares.needed = in.u8();
  const std::size_t count = in.u8();
  if (how != Opening::shares || shares.needed < 2 || shares.needed > count ||
      count > crypto::kMaxShares) {
    return fail(Errc::invalid_argument, "the kit opens in a way that this version does not know");
  }
  shares.digests.resize(count);
  for (crypto::Digest& digest : shares.digests) in.copy_to(digest);
  opening = std::move(shares);
  return opening;
}

Bytes encode_header(const KitHeader& header) {
  Bytes encoded;
  ByteWriter out(encoded);
  out.raw(header.instance.bytes());
  out.raw(header.id.bytes());
  out.i64(header.created_at.time_since_epoch().count());
  out.u32(header.owners);
  out.u32(header.generations);
  out.u64(header.certificates);
  out.u8(static_cast<std::uint8_t>(header.server_root));
  encode_opening(header.opening, out);
  out.u32(header.opens_from.value_or(0));
  out.u8(static_cast<std::uint8_t>(header.environment));
  return encoded;
}

Uuid read_uuid(ByteReader& in) {
  Uuid::Bytes bytes{};
  in.copy_to(bytes);
  return Uuid(bytes);
}

enum class KitVersion : std::uint8_t { first, second, third };

std::optional<KitVersion> version_of(std::string_view magic) {
  if (magic == kKitMagic) return KitVersion::third;
  if (magic == kSecondKitMagic) return KitVersion::second;
  if (magic == kFirstKitMagic) return KitVersion::first;
  return std::nullopt;
}

Result<KitHeader> decode_header(ByteView encoded, KitVersion version) {
  ByteReader in(encoded);
  KitHeader header;
  header.instance = read_uuid(in);
  header.id = read_uuid(in);
  header.created_at = Timestamp(std::chrono::microseconds(in.i64()));
  header.owners = in.u32();
  header.generations = in.u32();
  header.certificates = in.u64();
  header.server_root = static_cast<ServerRootPlace>(in.u8());
  if (header.server_root > ServerRootPlace::elsewhere) {
    return fail(Errc::invalid_argument, "the kit is of a version that this one does not know");
  }
  FASTNESS_ASSIGN_OR_RETURN(header.opening, decode_opening(in));
  if (version >= KitVersion::second) header.opens_from = in.u32();
  if (version >= KitVersion::third) {
    const auto environment = environment_of(in.u8());
    if (!environment) return fail(Errc::invalid_argument, "the kit is damaged");
    header.environment = *environment;
  }
  if (!in.finish("the kit")) return fail(Errc::invalid_argument, "the kit is damaged");
  return header;
}

crypto::SecretBytes body_key(const crypto::SecretBytes& secret, const KitHeader& header) {
  return crypto::hkdf_sha256(secret, header.id.bytes(), kKitPurpose, kKitSecretSize);
}

std::vector<HeldKey> decode_held(ByteReader& in) {
  std::vector<HeldKey> held;
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    HeldKey key;
    key.name = in.sized_text();
    const ByteView secret = in.sized();
    key.secret = crypto::SecretBytes(secret.size());
    std::ranges::copy(secret, key.secret.reveal().begin());
    held.push_back(std::move(key));
  }
  return held;
}

std::size_t size_of_secrets(const KitContents& contents) {
  std::size_t size = LastingKeys::kEncodedSize + EpochRing::kEncodedSize + 4 + 4;
  if (contents.server_root) size += contents.server_root->size();
  for (const HeldKey& key : contents.held) size += 8 + key.name.size() + key.secret.size();
  return size;
}

}  // namespace

crypto::SecretBytes KitContents::encode() const {
  Bytes open_part;
  ByteWriter open_out(open_part);
  history.encode(open_out);

  Bytes encoded;
  encoded.reserve(size_of_secrets(*this) + open_part.size());  // growing would leave copies behind
  ByteWriter out(encoded);
  lasting.encode(out);
  ring.encode(out);
  out.sized(server_root ? ByteView(server_root->reveal()) : ByteView());
  out.u32(static_cast<std::uint32_t>(held.size()));
  for (const HeldKey& key : held) {
    out.sized(key.name);
    out.sized(ByteView(key.secret.reveal()));
  }
  out.raw(open_part);
  return crypto::SecretBytes::take(encoded);
}

Result<KitContents> KitContents::decode(const crypto::SecretBytes& encoded) {
  ByteReader in(encoded.reveal());
  LastingKeys lasting = LastingKeys::decode(in);
  EpochRing ring = EpochRing::decode(in);
  const ByteView root = in.sized();
  std::optional<crypto::SecretBytes> server_root;
  if (!root.empty()) {
    server_root.emplace(root.size());
    std::ranges::copy(root, server_root->reveal().begin());
  }
  std::vector<HeldKey> held = decode_held(in);
  FASTNESS_ASSIGN_OR_RETURN(PublicHistory history, PublicHistory::decode(in));
  FASTNESS_RETURN_IF_ERROR(in.finish("the kit"));
  return KitContents{std::move(lasting), std::move(ring), std::move(server_root), std::move(held),
                     std::move(history)};
}

Result<SealedKit> SealedKit::parse(Bytes file) {
  ByteReader in(file);
  const auto version = version_of(as_text(in.raw(kKitMagic.size())));
  if (!version) return fail(Errc::invalid_argument, "the file is no recovery kit of this version");
  const ByteView encoded = in.sized();
  if (!in.ok()) return fail(Errc::invalid_argument, "the kit is damaged");
  FASTNESS_ASSIGN_OR_RETURN(KitHeader header, decode_header(encoded, *version));
  const std::size_t head_size = file.size() - in.rest().size();
  return SealedKit(std::move(file), head_size, std::move(header));
}

Bytes SealedKit::seal(const KitHeader& header, const KitContents& contents,
                      const crypto::SecretBytes& secret, Random& random) {
  Bytes file;
  ByteWriter out(file);
  out.raw(as_bytes(kKitMagic));
  out.sized(encode_header(header));
  const crypto::SecretBytes plain = contents.encode();
  const Bytes body =
      crypto::seal_with_random_nonce(body_key(secret, header), Bytes(file), plain.reveal(), random);
  out.raw(body);
  return file;
}

Result<KitContents> SealedKit::open(const crypto::SecretBytes& secret) const {
  const ByteView all(file_);
  const auto plain = crypto::open_with_nonce(body_key(secret, header_), all.first(head_size_),
                                             all.subspan(head_size_));
  if (!plain) {
    return fail(Errc::unauthenticated,
                "the kit does not open: what was given is not its passphrase "
                "or its shares, or the file was changed");
  }
  FASTNESS_ASSIGN_OR_RETURN(KitContents contents, KitContents::decode(*plain));
  const bool should_have_root = header_.server_root == ServerRootPlace::in_kit;
  const bool opens_as_said =
      header_.opens_from.value_or(contents.ring.first()) == contents.ring.first();
  if (opens_as_said && should_have_root == contents.server_root.has_value()) return contents;
  return fail(Errc::corrupted, "the kit is not what its header says");
}

}  // namespace fastness::vault
