#include "net/descriptor_budget.h"

#include <gtest/gtest.h>

namespace fastness::net {
namespace {

using For = DescriptorBudget::For;

TEST(DescriptorBudget, KeepsSomeForFilesAndSomeForPeople) {
  struct Case {
    std::size_t descriptors;
    std::size_t all;
    std::size_t devices;
  };
  for (const Case& each : {Case{DescriptorBudget::kLeast, 128, 112}, Case{1'024, 512, 496},
                           Case{20'000, 19'488, 19'176}, Case{1'048'576, 1'048'064, 1'047'040}}) {
    SCOPED_TRACE(each.descriptors);
    const DescriptorBudget budget(each.descriptors);
    EXPECT_EQ(budget.most(For::people), each.all);
    EXPECT_EQ(budget.most(For::devices), each.devices);
  }
}

TEST(DescriptorBudget, DevicesStopWhereThePlacesOfPeopleBegin) {
  DescriptorBudget budget(DescriptorBudget::kLeast);
  for (std::size_t i = 0; i < budget.most(For::devices); ++i)
    ASSERT_TRUE(budget.take(For::devices));

  EXPECT_FALSE(budget.take(For::devices));
  while (budget.taken() < budget.most(For::people)) ASSERT_TRUE(budget.take(For::people));
  EXPECT_FALSE(budget.take(For::people));
  EXPECT_EQ(budget.taken(), budget.most(For::people)) << "who was refused takes none";

  budget.give_back();
  EXPECT_FALSE(budget.take(For::devices)) << "people took it, and may again";
  EXPECT_TRUE(budget.take(For::people));
}

}  // namespace
}  // namespace fastness::net
