#pragma once

#include "api/problem.h"
#include "http/message.h"

namespace fastness::api {

// 403, in the words for whatever comes from another site's page.
[[nodiscard]] Unexpected<Problem> refuse_foreign_page();

// The same unless a page of ours sent this (is_same_site): for rows before which there is no
// session whose CSRF token would say so.
[[nodiscard]] Result<void, Problem> check_own_page(const http::Request& request);

}  // namespace fastness::api
