#include "api/v1/body.h"

#include <iterator>

namespace fastness::api::v1 {

things::Tags to_tags(std::map<std::string, std::string>&& tags) {
  return {std::make_move_iterator(tags.begin()), std::make_move_iterator(tags.end())};
}

}  // namespace fastness::api::v1
