#include "accounts/orders/host_order.h"

namespace fastness::accounts {

std::string_view to_text(OrderState state) {
  switch (state) {
    case OrderState::waiting:
      return "waiting";
    case OrderState::approved:
      return "approved";
    case OrderState::doing:
      return "doing";
  }
  return {};
}

std::string statement_of(UserId by, const HostOrder& order) {
  return "fastness host order 1\ndeed: approve\nby: " + by.value().to_text() +
         "\norder: " + order.id.value().to_text() + "\naction: " + order.request.action +
         "\nobject: " + order.request.object + "\ndetail: " + order.request.detail + "\n";
}

}  // namespace fastness::accounts
