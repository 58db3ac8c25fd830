// Certificates by which one generation's key vouches for its neighbour's (RFC 4210, 4.4).
#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "crypto/x509/certificate_body.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault {

// Whether the owner of the authority has given the key up: `distrusted` or `destroyed`.
[[nodiscard]] bool is_distrusted(const vault_ipc::Generation& generation);

// The body of a certificate over the key of `subject`, for `signer` to sign. It is valid while both
// of their own certificates are; nothing if those never are at the same time, or if either does not
// parse.
[[nodiscard]] std::optional<crypto::CertificateBody> link_body(const vault_ipc::Generation& subject,
                                                               const vault_ipc::Generation& signer,
                                                               Random& random);

// Who of the list signed this link over the key of `subject`; null if nobody did, it does not
// parse, or it is over another key.
[[nodiscard]] const vault_ipc::Generation* signer_of(
    ByteView link, const vault_ipc::Generation& subject,
    const std::vector<vault_ipc::Generation>& list);

// Takes back what vouches for the key of a generation that is distrusted from now on, and every
// OldWithNew that it signed. The NewWithOld that it signed stays on offer: it is no authority.
void withdraw_links(std::vector<vault_ipc::Generation>& list, vault_ipc::GenerationId distrusted);

}  // namespace fastness::vault
