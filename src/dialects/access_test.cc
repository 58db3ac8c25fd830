// Who may use which topic, tried by everyone who may not.

#include <gtest/gtest.h>

#include "dialects/dialects.h"
#include "dialects/testing/greenhouse.h"

namespace fastness::dialects {
namespace {

const std::string kOwn = "/a/d/11111111-2222-3333-4444-555555555555/";
const std::string kOwnThing = "/a/t/e4494d55-872a-4fd2-9646-92f87949394c/";
const std::string kOtherDevice = "/a/d/22222222-2222-3333-4444-555555555555/";
const std::string kOtherThing = "/a/t/bbbbbbbb-0000-0000-0000-000000000001/";
const std::string kForeignDevice = "/a/d/33333333-2222-3333-4444-555555555555/";
const std::string kForeignThing = "/a/t/cccccccc-0000-0000-0000-000000000001/";

class Access : public ::testing::Test {
 protected:
  bool publishes(const Speaker& speaker, const std::string& topic) const {
    return may_publish(*world_.snapshot, speaker, topic);
  }
  bool subscribes(const Speaker& speaker, const std::string& filter) const {
    return may_subscribe(*world_.snapshot, speaker, mqtt::TopicFilter::parse(filter).value());
  }

  const testing::Greenhouse world_;
};

TEST_F(Access, ADevicePublishesForItselfAndItsThing) {
  for (const std::string& topic :
       {kOwn + "c/up", kOwn + "e/o", kOwnThing + "e/o", kOwnThing + "shadow/o", kOwnThing + "s/o",
        std::string("things/greenhouse/temp"),
        std::string("things/e4494d55-872a-4fd2-9646-92f87949394c/temp"),
        std::string("tele/plug/STATE"), std::string("/leading/slash")}) {
    EXPECT_TRUE(publishes(world_.board, topic)) << topic;
  }
}

TEST_F(Access, ADevicePublishesNothingElse) {
  for (const std::string& topic : {kOwn + "c/dw",
                                   kOwn + "e/i",
                                   kOwnThing + "e/i",
                                   kOwnThing + "shadow/i",
                                   kOwnThing + "s/i",
                                   kOwn + "c/up/",
                                   kOwn + "c/up/x",
                                   kOwn + "x/y",
                                   kOtherDevice + "c/up",
                                   kOtherDevice + "e/o",
                                   kOtherThing + "e/o",
                                   kOtherThing + "s/o",
                                   kForeignDevice + "c/up",
                                   kForeignThing + "e/o",
                                   std::string("things/spare/temp"),
                                   std::string("things/greenhouse/temp/set"),
                                   std::string("things/greenhouse"),
                                   std::string("things"),
                                   std::string("things//temp"),
                                   std::string("things/greenhouse/"),
                                   std::string("things/greenhouse/temp/set/x"),
                                   std::string("/a"),
                                   std::string("/a/"),
                                   std::string("/a/x"),
                                   std::string("/a/d"),
                                   std::string("$SYS/x"),
                                   std::string("$fastness/x"),
                                   std::string("/a/d/11111111-2222-3333-4444-55555555555/c/up"),
                                   std::string("/a/t/E4494D55-872A-4FD2-9646-92F87949394C/e/o"),
                                   std::string("/a/t/greenhouse/e/o")}) {
    EXPECT_FALSE(publishes(world_.board, topic)) << topic;
  }
}

TEST_F(Access, AnUnattachedDeviceHasNoThing) {
  EXPECT_TRUE(publishes(world_.spare, kOtherDevice + "c/up"));
  for (const std::string& topic :
       {kOwnThing + "e/o", kOtherThing + "e/o", std::string("things/greenhouse/temp"),
        std::string("things/spare/temp")}) {
    EXPECT_FALSE(publishes(world_.spare, topic)) << topic;
    EXPECT_FALSE(subscribes(world_.spare, topic)) << topic;
  }
}

TEST_F(Access, TheNeighboursGreenhouseIsAnother) {
  EXPECT_TRUE(publishes(world_.neighbour, "things/greenhouse/temp"));
  EXPECT_FALSE(publishes(world_.neighbour, kOwnThing + "e/o"));
  EXPECT_FALSE(publishes(world_.neighbour, "things/e4494d55-872a-4fd2-9646-92f87949394c/temp"));
  EXPECT_FALSE(publishes(world_.neighbour, kOwn + "c/up"));
  EXPECT_FALSE(subscribes(world_.neighbour, kOwn + "c/dw"));
  EXPECT_FALSE(subscribes(world_.neighbour, kOwnThing + "e/i"));
  EXPECT_FALSE(publishes(world_.stranger, kOwnThing + "e/i"));
  EXPECT_FALSE(subscribes(world_.stranger, kOwnThing + "e/o"));
  EXPECT_FALSE(subscribes(world_.stranger, "things/e4494d55-872a-4fd2-9646-92f87949394c/temp"));
}

TEST_F(Access, ADeviceHearsWhatIsMeantForIt) {
  for (const std::string& filter :
       {kOwn + "c/dw", kOwn + "e/i", kOwnThing + "e/i", kOwnThing + "shadow/i", kOwnThing + "s/i",
        std::string("things/greenhouse/temp/set"), std::string("things/greenhouse/+/set"),
        std::string("cmnd/plug/#"), std::string("/leading/+")}) {
    EXPECT_TRUE(subscribes(world_.board, filter)) << filter;
  }
}

TEST_F(Access, ADeviceHearsNothingElseNotByWildcardsEither) {
  for (const std::string& filter : {std::string("#"),
                                    std::string("+"),
                                    std::string("+/#"),
                                    std::string("/#"),
                                    std::string("/+/t/#"),
                                    std::string("/a/#"),
                                    std::string("/a/t/#"),
                                    std::string("/a/t/+/e/i"),
                                    std::string("/a/d/+/c/dw"),
                                    std::string("/a/+/+/e/i"),
                                    kOwnThing + "#",
                                    kOwnThing + "+/i",
                                    kOwnThing + "e/#",
                                    kOwnThing + "e/+",
                                    kOwnThing + "e/o",
                                    kOwn + "#",
                                    kOwn + "c/+",
                                    kOwn + "c/up",
                                    kOtherThing + "e/i",
                                    kOtherDevice + "c/dw",
                                    kForeignThing + "e/i",
                                    std::string("things/#"),
                                    std::string("things/+/temp/set"),
                                    std::string("things/+/+/set"),
                                    std::string("things/greenhouse/#"),
                                    std::string("things/greenhouse/temp"),
                                    std::string("things/greenhouse/temp/+"),
                                    std::string("things/spare/+/set"),
                                    std::string("+/greenhouse/temp"),
                                    std::string("$SYS/#"),
                                    std::string("$fastness/#")}) {
    EXPECT_FALSE(subscribes(world_.board, filter)) << filter;
  }
}

TEST_F(Access, APersonWritesToTheOrganisationsThings) {
  for (const std::string& topic :
       {kOwnThing + "e/i", kOwnThing + "s/i", kOtherThing + "e/i",
        std::string("things/greenhouse/temp/set"), std::string("home/lamp")}) {
    EXPECT_TRUE(publishes(world_.person, topic)) << topic;
    EXPECT_FALSE(publishes(world_.onlooker, topic)) << topic;
  }
}

TEST_F(Access, APersonReportsOnlyForThingsWithoutADevice) {
  EXPECT_TRUE(publishes(world_.person, "things/spare/temp"));
  EXPECT_FALSE(publishes(world_.onlooker, "things/spare/temp"));
  EXPECT_FALSE(publishes(world_.person, "things/greenhouse/temp"));
}

TEST_F(Access, APersonIsNoDevice) {
  for (const std::string& topic :
       {kOwn + "c/up", kOwn + "c/dw", kOwn + "e/o", kOwn + "e/i", kOwnThing + "e/o",
        kOwnThing + "shadow/o", kOwnThing + "shadow/i", kOwnThing + "s/o", kForeignThing + "e/i",
        std::string("things/nowhere/temp/set"), std::string("$fastness/x"), std::string("/a/x")}) {
    EXPECT_FALSE(publishes(world_.person, topic)) << topic;
  }
}

TEST_F(Access, APersonWatchesEverythingThatIsRouted) {
  for (const std::string& filter :
       {std::string("#"), std::string("/a/t/+/e/o"), kOwnThing + "e/o", kOwnThing + "e/i",
        kOwnThing + "#", std::string("things/#"), std::string("things/greenhouse/temp"),
        std::string("things/greenhouse/#"), std::string("things/+/temp"), std::string("home/#")}) {
    EXPECT_TRUE(subscribes(world_.person, filter)) << filter;
    EXPECT_TRUE(subscribes(world_.onlooker, filter)) << filter;
  }
  for (const std::string& filter :
       {kOwn + "c/up", kOwn + "c/dw", kOwn + "#", std::string("/a/d/+/c/up"), std::string("/a/d/#"),
        kForeignThing + "e/o", std::string("things/nowhere/temp"), std::string("$SYS/#"),
        std::string("$fastness/#")}) {
    EXPECT_FALSE(subscribes(world_.person, filter)) << filter;
  }
}

}  // namespace
}  // namespace fastness::dialects
