#include "api/access/own_page.h"

#include "api/access/caller.h"

namespace fastness::api {

Unexpected<Problem> refuse_foreign_page() {
  return refuse(http::Status::forbidden, "The request does not come from a page of this server.");
}

Result<void, Problem> check_own_page(const http::Request& request) {
  if (is_same_site(request)) return {};
  return refuse_foreign_page();
}

}  // namespace fastness::api
