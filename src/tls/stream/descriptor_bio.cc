#include "tls/stream/descriptor_bio.h"

#include <cerrno>

#include <sys/socket.h>

namespace fastness::tls {
namespace {

int bio_read(BIO* bio, char* out, int size) {
  const auto& state = *static_cast<const Stream::State*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const std::span<std::uint8_t> wanted(reinterpret_cast<std::uint8_t*>(out),
                                       static_cast<std::size_t>(size));
  const ssize_t got = state.handover ? state.handover->receive(state.descriptor, wanted)
                                     : ::recv(state.descriptor, wanted.data(), wanted.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    BIO_set_retry_read(bio);
  }
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

int bio_write(BIO* bio, const char* data, int size) {
  auto& state = *static_cast<Stream::State*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  state.output.insert(state.output.end(), data, data + size);
  if (state.handover) {
    state.handover->note_written(as_bytes({data, static_cast<std::size_t>(size)}));
  }
  return size;
}

long bio_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

using BioMethodPtr = Handle<BIO_METHOD, BIO_meth_free>;

const BIO_METHOD* method() {
  static const BioMethodPtr made_once = [] {
    BioMethodPtr made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "descriptor"));
    BIO_meth_set_read(made.get(), bio_read);
    BIO_meth_set_write(made.get(), bio_write);
    BIO_meth_set_ctrl(made.get(), bio_control);
    return made;
  }();
  return made_once.get();
}

}  // namespace

BIO* make_descriptor_bio(Stream::State& state) {
  BIO* bio = BIO_new(method());
  BIO_set_data(bio, &state);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace fastness::tls
