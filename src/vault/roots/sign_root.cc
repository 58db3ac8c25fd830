#include "vault/roots/sign_root.h"

#include <algorithm>

#include "roots/profile.h"
#include "vault/authority/device_profile.h"

namespace fastness::vault {
namespace {

const OpenedRoot* find_root(const std::vector<OpenedRoot>& opened,
                            const crypto::Certificate& wanted) {
  const auto found = std::ranges::find_if(opened, [&](const OpenedRoot& each) {
    return std::ranges::equal(each.certificate.der(), wanted.der());
  });
  return found == opened.end() ? nullptr : &*found;
}

// The document by which the set of the request follows, if both roots sign.
Bytes sign_set(const roots::RootRequest& request, const OpenedRoot& signer,
               const std::vector<OpenedRoot>& opened) {
  const Bytes statement = request.statement();
  if (statement.empty()) return {};
  auto by_active = request.parts().by_active;
  const OpenedRoot* active = find_root(opened, request.parts().current.active);
  if (active != nullptr) by_active = active->key.sign(statement);
  if (!by_active) return {};
  return roots::root_set_document(statement, *by_active, signer.key.sign(statement));
}

}  // namespace

Result<roots::RootAnswer> sign_root(const roots::RootRequest& request,
                                    const std::vector<OpenedRoot>& opened, Timestamp now,
                                    Random& random) {
  const OpenedRoot* signer = find_root(opened, request.signer());
  if (signer == nullptr) {
    return fail(
        Errc::not_found,
        "none of the files is of the root that is asked, which is this instance's " +
            std::string(request.parts().purpose == roots::Purpose::renew_issuer ? "active root"
                                                                                : "standby root"));
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto body,
                            roots::issuer_body(signer->certificate, request.parts().issuer_key,
                                               to_bytes(random_serial(random)), now));
  const Bytes tbs = body.to_tbs();
  roots::RootAnswer answer;
  answer.request = request.digest();
  answer.issuer = crypto::assemble_certificate(tbs, signer->key.sign(tbs));
  answer.root_set = sign_set(request, *signer, opened);
  answer.by_signer = signer->key.sign(answer.to_be_signed());
  return answer;
}

}  // namespace fastness::vault
