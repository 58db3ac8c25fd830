#include "crypto/secret_stream.h"

#include <sodium.h>

#include "crypto/require.h"

namespace fastness::crypto {
namespace {

static_assert(crypto_secretstream_xchacha20poly1305_HEADERBYTES == kStreamHeaderSize);
static_assert(crypto_secretstream_xchacha20poly1305_ABYTES == kStreamOverhead);

using State = crypto_secretstream_xchacha20poly1305_state;

std::unique_ptr<State, FreeStream> make_state(const SecretBytes& key) {
  require(sodium_init() >= 0);
  require(key.size() == crypto_secretstream_xchacha20poly1305_KEYBYTES);
  return std::unique_ptr<State, FreeStream>(new State());
}

}  // namespace

void FreeStream::operator()(State* state) const noexcept {
  sodium_memzero(state, sizeof *state);
  delete state;
}

StreamSealer::StreamSealer(const SecretBytes& key) : state_(make_state(key)) {
  require(crypto_secretstream_xchacha20poly1305_init_push(state_.get(), header_.data(),
                                                          key.reveal().data()) == 0);
}

Bytes StreamSealer::seal(ByteView plain, ByteView context, StreamPart part) {
  const unsigned char tag = part == StreamPart::last
                                ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
  Bytes sealed(plain.size() + kStreamOverhead);
  require(crypto_secretstream_xchacha20poly1305_push(state_.get(), sealed.data(), nullptr,
                                                     plain.data(), plain.size(), context.data(),
                                                     context.size(), tag) == 0);
  return sealed;
}

Result<StreamOpener> StreamOpener::create(const SecretBytes& key, const StreamHeader& header) {
  StreamOpener opener;
  opener.state_ = make_state(key);
  if (crypto_secretstream_xchacha20poly1305_init_pull(opener.state_.get(), header.data(),
                                                      key.reveal().data()) != 0) {
    return fail(Errc::corrupted, "the sealed stream has no header");
  }
  return opener;
}

Result<StreamOpener::Opened> StreamOpener::open(ByteView sealed, ByteView context) {
  if (sealed.size() < kStreamOverhead) {
    return fail(Errc::corrupted, "a sealed part is too short to be one");
  }
  Opened opened;
  opened.plain.resize(sealed.size() - kStreamOverhead);
  unsigned char tag = 0;
  if (crypto_secretstream_xchacha20poly1305_pull(state_.get(), opened.plain.data(), nullptr, &tag,
                                                 sealed.data(), sealed.size(), context.data(),
                                                 context.size()) != 0) {
    return fail(Errc::corrupted, "a sealed part does not open: it was changed or is out of place");
  }
  if (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL) opened.part = StreamPart::last;
  return opened;
}

}  // namespace fastness::crypto
