#include "client/audit/audit_tail.h"

#include <charconv>

#include <gtest/gtest.h>

#include "json/writer.h"

namespace fastness::client {
namespace {

// A server with a trail, as far as a tail asks it.
class AuditTailTest : public ::testing::Test {
 protected:
  void record(const std::string& action, const std::string& result = "ok") {
    seq_ += 3;  // the numbers between are other organisations'
    json::Writer out;
    out.begin_object();
    out.field("seq", seq_);
    out.field("time", "2030-01-01T00:00:" + std::string(entries_.size() < 10 ? "0" : "") +
                          std::to_string(entries_.size() % 60) + "Z");
    out.field("actor", "user:1");
    out.field("action", action);
    out.field("result", result);
    out.end_object();
    entries_.push_back(json::parse(std::move(out).text()).value());
  }
  static std::int64_t number_after(const std::string& target, const std::string& name,
                                   std::int64_t fallback) {
    const auto at = target.find(name + "=");
    if (at == std::string::npos) return fallback;
    std::int64_t value = 0;
    std::from_chars(target.data() + at + name.size() + 1, target.data() + target.size(), value);
    return value;
  }
  AuditTail tail(AuditFilter filter = {}) {
    return AuditTail(
        [this](const std::string& target) -> Result<json::Value> {
          ++asked_;
          const auto limit = static_cast<std::size_t>(number_after(target, "limit", 100));
          const auto before = number_after(target, "before", 1'000'000);
          json::Array page;
          for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
            const std::int64_t seq = *entry->find("seq")->get<std::int64_t>();
            if (seq < before && page.size() < limit) page.push_back(*entry);
          }
          return json::Value(json::Object{{"entries", json::Value(std::move(page))}});
        },
        std::move(filter));
  }
  static std::vector<std::string> actions(const Result<json::Array>& entries) {
    std::vector<std::string> found;
    for (const json::Value& entry : entries.value()) {
      found.push_back(*entry.find("action")->get<std::string>());
    }
    return found;
  }

  std::vector<json::Value> entries_;
  std::int64_t seq_ = 0;
  int asked_ = 0;
};

using Actions = std::vector<std::string>;

TEST_F(AuditTailTest, ShowsTheNewestFirstAndThenWhatComes) {
  for (const char* action : {"a", "b", "c"}) record(action);
  AuditTail one = tail();

  EXPECT_EQ(actions(one.last(2)), (Actions{"c", "b"}));
  EXPECT_EQ(actions(one.next()), Actions{});
  record("d");
  record("e");
  EXPECT_EQ(actions(one.next()), (Actions{"d", "e"}));
  EXPECT_EQ(actions(one.next()), Actions{});
}

TEST_F(AuditTailTest, NothingIsMissedWhenMoreComesThanAPageHolds) {
  record("first");
  AuditTail one = tail();
  static_cast<void>(one.last(1));
  for (int i = 0; i < 450; ++i) record(std::to_string(i));

  const Actions found = actions(one.next());

  ASSERT_EQ(found.size(), 450U);
  EXPECT_EQ(found.front(), "0");
  EXPECT_EQ(found.back(), "449");
}

TEST_F(AuditTailTest, WhoWantsNoneOfBeforeIsShownOnlyWhatComes) {
  for (const char* action : {"a", "b"}) record(action);
  AuditTail one = tail();

  EXPECT_EQ(actions(one.last(0)), Actions{});
  record("c");
  EXPECT_EQ(actions(one.next()), Actions{"c"});
}

TEST_F(AuditTailTest, AnEmptyTrailIsNoEnd) {
  AuditTail one = tail();
  EXPECT_EQ(actions(one.last(10)), Actions{});
  record("a");
  EXPECT_EQ(actions(one.next()), Actions{"a"});
}

TEST_F(AuditTailTest, AFilterTakesWholeWordsAndBeginnings) {
  record("device.create");
  record("device.revoke", "forbidden");
  record("thing.create");

  EXPECT_EQ(actions(tail({"", "device.*", "", {}}).last(10)),
            (Actions{"device.revoke", "device.create"}));
  EXPECT_EQ(actions(tail({"", "device", "", {}}).last(10)), Actions{});
  EXPECT_EQ(actions(tail({"", "", "forbidden", {}}).last(10)), Actions{"device.revoke"});
  EXPECT_EQ(actions(tail({"user:2", "", "", {}}).last(10)), Actions{});
  EXPECT_EQ(actions(tail({"user:*", "thing.create", "ok", {}}).last(10)), Actions{"thing.create"});
}

TEST_F(AuditTailTest, SinceEndsTheSearchAndNotOnlyTheList) {
  for (int i = 0; i < 50; ++i) record("a");
  const Timestamp late =
      std::chrono::sys_days{std::chrono::January / 1 / 2030} + std::chrono::seconds(48);

  EXPECT_EQ(actions(tail({"", "", "", late}).last(10)).size(), 2U);
  EXPECT_EQ(asked_, 1);
}

// A server that gives the same page for ever is not asked for ever.
TEST_F(AuditTailTest, AServerThatDoesNotGoBackIsNotAskedForEver) {
  record("a");
  AuditTail stuck(
      [this](const std::string&) -> Result<json::Value> {
        if (++asked_ > 10) return fail(Errc::unavailable, "asked too often");
        return json::Value(json::Object{{"entries", json::Value(json::Array{entries_[0]})}});
      },
      {});

  EXPECT_TRUE(stuck.last(100));
  EXPECT_LE(asked_, 3);
}

}  // namespace
}  // namespace fastness::client
