// Whom a device trusts as its server, and how that changes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/x509/certificate.h"

namespace fastness::roots {

// The two roots that are trusted, under a number that only grows: the active one, which signs the
// server's issuing authority, and the standby one for the day the active one is lost. A value.
struct RootSet {
  std::uint32_t number;  // from 1, the set that an instance was made with
  crypto::Certificate active;
  crypto::Certificate standby;

  // `invalid_argument` unless both are roots of different keys and the number is not 0.
  [[nodiscard]] static Result<RootSet> make(std::uint32_t number, ByteView active_der,
                                            ByteView standby_der);

  // What a device keeps, in one file that every TLS library reads: a line that says the number,
  // then both certificates in PEM, the active one first.
  [[nodiscard]] std::string to_text() const;

  // Reads that. A file without the line is of the time before there were numbers: set 1.
  // `invalid_argument` for anything that is not two roots.
  [[nodiscard]] static Result<RootSet> parse_text(std::string_view untrusted_text);

  friend bool operator==(const RootSet& a, const RootSet& b);
};

// What both roots of the set before sign so that `next` follows it.
[[nodiscard]] Bytes root_set_statement(const RootSet& next, std::uint32_t previous_number,
                                       Timestamp not_before);

// The document: the statement, and the signatures over it by the active and the standby root of the
// set before.
[[nodiscard]] Bytes root_set_document(ByteView statement, const crypto::EcdsaSignature& by_active,
                                      const crypto::EcdsaSignature& by_standby);

// The set that the document makes of `current`: the only way to trust other roots. A thief of one
// root's key gets nobody over to roots of theirs, nor does a certificate by which one root vouches
// for another.
//
// `permission_denied` unless its number is the next one: sets are not repeated, taken back or
// skipped, since each is signed by the one before it. `corrupted` unless both signatures are good
// and it is spelled as such a document, with one of the roots trusted now among the new ones.
// `unavailable` before its time.
[[nodiscard]] Result<RootSet> accept(const RootSet& current, ByteView untrusted_document,
                                     Timestamp now);

// The same over all that a server has published, oldest first, for a device that was away for more
// than one change: those it knows already are passed over. The set stays as it is if there is
// nothing new. `permission_denied` if a document that it would need is missing.
[[nodiscard]] Result<RootSet> catch_up(RootSet current, std::span<const Bytes> untrusted_documents,
                                       Timestamp now);

}  // namespace fastness::roots
