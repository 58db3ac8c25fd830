// What the tables of news hold, and what protects it. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kNewsDataMap = R"(
account_news      number         internal
account_news      user           internal
account_news      kind           internal
account_news      client_id      open
account_news      sealed_visitor personal sealed
account_news      first_at       internal
account_news      last_at        internal
account_news      times          internal
account_news_mail user           internal
account_news_mail sent_at        internal
)";

}  // namespace fastness::accounts
