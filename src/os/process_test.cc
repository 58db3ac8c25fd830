#include "os/process.h"

#include <array>
#include <csignal>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fastness::os {
namespace {

Ending wait_for(Process& process) {
  pollfd watch{process.number(), POLLIN, 0};
  EXPECT_EQ(::poll(&watch, 1, 20'000), 1);
  const auto ending = process.ending();
  EXPECT_TRUE(ending);
  return ending.value_or(Ending{-1, 0});
}

// What a shell script writes to its descriptor 5.
std::string output_of(const std::string& script, std::vector<Handover> extra = {}) {
  Pipe pipe = std::move(Pipe::make()).value();
  extra.push_back({pipe.write_end.number(), 5});
  auto process = Process::spawn({"/bin/sh", {"-c", script}, {"GIVEN=1"}, extra});
  EXPECT_TRUE(process) << process.error().message;
  pipe.write_end.close();
  std::string text;
  std::array<char, 512> buffer{};
  ssize_t size = 0;
  while ((size = ::read(pipe.read_end.number(), buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  if (process) wait_for(process.value());
  return text;
}

TEST(Process, TellsHowItEnded) {
  auto good = std::move(Process::spawn({"/bin/true", {}, {}, {}})).value();
  EXPECT_TRUE(wait_for(good).is_success());

  auto bad = std::move(Process::spawn({"/bin/sh", {"-c", "exit 3"}, {}, {}})).value();
  EXPECT_EQ(wait_for(bad).to_text(), "exit status 3");
  EXPECT_EQ(bad.ending()->exit_status, 3);

  auto killed = std::move(Process::spawn({"/bin/sleep", {"600"}, {}, {}})).value();
  EXPECT_FALSE(killed.ending());
  killed.signal(SIGTERM);
  EXPECT_EQ(wait_for(killed).to_text(), "signal 15");
}

TEST(Process, IsAwaitedHoweverItEnds) {
  auto bad = std::move(Process::spawn({"/bin/sh", {"-c", "exit 3"}, {}, {}})).value();
  EXPECT_EQ(bad.await_ending().exit_status, 3);
  EXPECT_EQ(bad.await_ending().exit_status, 3) << "the same every time after";
  auto killed = std::move(Process::spawn({"/bin/sleep", {"600"}, {}, {}})).value();
  killed.signal(SIGTERM);
  EXPECT_EQ(killed.await_ending().signal, SIGTERM);
}

TEST(Program, IsToldUnderWhichNumberItIsHandedWhat) {
  const Pipe pipe = std::move(Pipe::make()).value();
  Program program{"/bin/true", {"--first"}, {}, {{pipe.read_end.number(), 4}}};
  program.hand_over("--one", pipe.read_end);
  program.hand_over("--none", Descriptor());
  program.hand_over("--two", pipe.write_end);
  EXPECT_EQ(program.arguments, (std::vector<std::string>{"--first", "--one", "3", "--two", "5"}));
  ASSERT_EQ(program.descriptors.size(), 3U);
  EXPECT_EQ(program.descriptors[1].number, pipe.read_end.number());
  EXPECT_EQ(program.descriptors[2].as, 5) << "4 was taken";
}

TEST(Process, SaysWhyAProgramDoesNotStart) {
  EXPECT_EQ(Process::spawn({"/nonexistent", {}, {}, {}}).error().code, Errc::not_found);
  EXPECT_EQ(Process::spawn({"/etc/passwd", {}, {}, {}}).error().code, Errc::permission_denied);
}

// A child must get what it is handed and nothing else: no environment, no open database.
TEST(Process, InheritsOnlyWhatItIsHanded) {
  const Descriptor leak(::open("/dev/null", O_RDONLY));  // without O_CLOEXEC, as a library might
  ::setenv("SECRET_IN_ENVIRONMENT", "x", 1);

  EXPECT_EQ(output_of("echo /proc/self/fd/* | sed 's,/proc/self/fd/,,g' >&5"), "0 1 2 3 5\n");
  EXPECT_EQ(output_of("env | grep -c SECRET >&5; echo $GIVEN >&5"), "0\n1\n");
  EXPECT_EQ(output_of("cat >&5"), "");
  ::unsetenv("SECRET_IN_ENVIRONMENT");
}

TEST(Process, HandsOverUnderNumbersThatAreInUseHere) {
  Pipe pipe = std::move(Pipe::make()).value();
  ASSERT_EQ(::write(pipe.write_end.number(), "words\n", 6), 6);
  pipe.write_end.close();
  // Both ways round: 3 is likely this very pipe's number.
  EXPECT_EQ(output_of("cat <&3 >&5", {{pipe.read_end.number(), 3}}), "words\n");
}

TEST(Process, IsKilledWithItsOwner) {
  pid_t id = 0;
  {
    const auto process = Process::spawn({"/bin/sleep", {"600"}, {}, {}});
    ASSERT_TRUE(process);
    id = process->id();
  }
  EXPECT_NE(::kill(id, 0), 0);
}

TEST(Signals, AreReadInsteadOfHandled) {
  const auto signals = Signals::block({SIGUSR1});
  ASSERT_TRUE(signals);
  EXPECT_FALSE(signals->next());

  ::kill(::getpid(), SIGUSR1);

  EXPECT_EQ(signals->next(), SIGUSR1);
  EXPECT_FALSE(signals->next());
}

TEST(SealedMemory, CanBeReadAndNotChanged) {
  const auto memory = sealed_memory("test", as_bytes("contents"));
  ASSERT_TRUE(memory);
  std::array<char, 16> text{};

  EXPECT_EQ(::pread(memory->number(), text.data(), text.size(), 0), 8);
  EXPECT_LT(::pwrite(memory->number(), "x", 1, 0), 0);
  EXPECT_LT(::ftruncate(memory->number(), 0), 0);
}

}  // namespace
}  // namespace fastness::os
