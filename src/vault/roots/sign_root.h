#pragma once

#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "roots/ceremony.h"
#include "vault/roots/sealed_root.h"

namespace fastness::vault {

// Signs what the request asks for with the roots at hand: the certificate and the root set are
// built here, out of what the request says, and of nothing else in it. `not_found` if the root that
// is asked is not among them. A switch also wants the root that is given up, unless the vault has
// signed with it already; without it the answer has no root set.
[[nodiscard]] Result<roots::RootAnswer> sign_root(const roots::RootRequest& request,
                                                  const std::vector<OpenedRoot>& opened,
                                                  Timestamp now, Random& random);

}  // namespace fastness::vault
