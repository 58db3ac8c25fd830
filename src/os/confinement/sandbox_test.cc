#include "os/confinement/sandbox.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/confinement/process_hardening.h"
#include "os/files/descriptor.h"
#include "os/seqpacket_socket.h"

namespace fastness::os {
namespace {

namespace fs = std::filesystem;

// Runs `body` in a child, which a sandbox may then close for good. What it returns is empty if all
// went as it should.
std::string in_child(const std::function<std::string()>& body) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string said = body();
    const ssize_t written = ::write(ends[1], said.data(), said.size());
    // Without atexit: sanitizers would look around, which the sandbox forbids.
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  const Descriptor output(ends[0]);
  std::string said;
  std::array<char, 512> buffer{};
  ssize_t size = 0;
  while ((size = ::read(output.number(), buffer.data(), buffer.size())) > 0) {
    said.append(buffer.data(), static_cast<std::size_t>(size));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? said : said + " (child ended with " + std::to_string(status) + ")";
}

class Sandbox : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fastness-sandbox-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    for (const char* name : {"own", "vault"}) {
      fs::create_directory(root_ / name);
      std::ofstream(root_ / name / "file") << name;
    }
  }
  void TearDown() override { fs::remove_all(root_); }

  [[nodiscard]] SandboxPolicy policy(SystemCalls calls) const {
    SandboxPolicy policy;
    policy.writable = {(root_ / "own").string()};
    policy.system_calls = calls;
    return policy;
  }
  [[nodiscard]] std::string path(const char* name) const { return (root_ / name).string(); }

  fs::path root_;
};

bool opens(const std::string& path, int flags) {
  return Descriptor(::open(path.c_str(), flags | O_CLOEXEC, 0600)).is_open();
}

bool makes_socket(int family, int type) {
  return Descriptor(::socket(family, type | SOCK_CLOEXEC, 0)).is_open();
}

// Everything a process that was taken over would try; the first that works is the answer.
std::string first_escape(const std::string& foreign) {
  if (opens(foreign, O_RDONLY)) return "read a foreign file";
  if (opens(foreign, O_WRONLY)) return "write a foreign file";
  if (opens("/etc/passwd", O_RDONLY)) return "read /etc/passwd";
  if (opens("/proc/1/environ", O_RDONLY)) return "read another process";
  if (::unlink(foreign.c_str()) == 0) return "delete a foreign file";
  if (::rename(foreign.c_str(), "/tmp/stolen") == 0) return "move a foreign file";
  if (::symlink(foreign.c_str(), "own-link") == 0) return "make a link";
  if (makes_socket(AF_INET, SOCK_DGRAM)) return "make a UDP socket";
  if (makes_socket(AF_INET, SOCK_RAW)) return "make a raw socket";
  if (makes_socket(AF_NETLINK, SOCK_RAW)) return "make a netlink socket";
  if (makes_socket(AF_PACKET, SOCK_RAW)) return "make a packet socket";
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0) return "be traced";
  if (::kill(::getppid(), 0) == 0) return "signal its parent";
  if (::fork() >= 0) return "fork";
  void* code =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code != MAP_FAILED) return "map memory to run";
  void* data = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (::mprotect(data, 4096, PROT_READ | PROT_EXEC) == 0) return "turn data into code";
  for (const long number : {SYS_io_uring_setup, SYS_bpf, SYS_unshare, SYS_mount, SYS_userfaultfd,
                            SYS_process_vm_readv, SYS_clone3, SYS_keyctl, SYS_setuid}) {
    if (::syscall(number, 0, 0, 0, 0, 0, 0) >= 0 || (errno != EPERM && errno != ENOSYS)) {
      return "reach system call " + std::to_string(number);
    }
  }
  return "";
}

TEST_F(Sandbox, VaultReachesItsDirectoryAndNothingElse) {
  if (landlock_abi() == 0) GTEST_SKIP() << "no Landlock here";
  EXPECT_EQ(in_child([this]() -> std::string {
              if (auto entered = enter_sandbox(policy(SystemCalls::vault)); !entered) {
                return entered.error().message;
              }
              if (!opens(path("own/file"), O_RDWR)) return "cannot use its own file";
              if (!opens(path("own/new"), O_RDWR | O_CREAT)) return "cannot make a file";
              if (::rename(path("own/new").c_str(), path("own/other").c_str()) != 0) {
                return "cannot rename its file";
              }
              if (::unlink(path("own/other").c_str()) != 0) return "cannot delete its file";
              if (makes_socket(AF_INET, SOCK_STREAM)) return "make a TCP socket";
              if (makes_socket(AF_UNIX, SOCK_STREAM)) return "make a Unix socket";
              auto confined = assert_confined({path("vault"), true, true});
              if (!confined) return confined.error().message;
              return first_escape(path("vault/file"));
            }),
            "");
}

TEST_F(Sandbox, HubHasSocketsButNotTheVaultsDirectoryUnderOneUser) {
  if (landlock_abi() == 0) GTEST_SKIP() << "no Landlock here";
  EXPECT_EQ(
      in_child([this]() -> std::string {
        if (auto entered = enter_sandbox(policy(SystemCalls::hub)); !entered) {
          return entered.error().message;
        }
        const Descriptor tcp(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in loopback{};
        loopback.sin_family = AF_INET;
        loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(tcp.number(), reinterpret_cast<sockaddr*>(&loopback), sizeof loopback) != 0) {
          return "cannot bind";
        }
        if (::listen(tcp.number(), 1) != 0) return "cannot listen";
        if (!makes_socket(AF_UNIX, SOCK_STREAM)) return "cannot make its admin socket";
        std::atomic<bool> ran = false;
        std::thread([&ran] { ran = true; }).join();
        if (!ran) return "cannot start a thread";
        auto confined = assert_confined({path("vault"), false, false});
        if (!confined) return confined.error().message;
        return first_escape(path("vault/file"));
      }),
      "");
}

TEST_F(Sandbox, VaultStillTalksOverWhatItInherited) {
  auto [near, far] = std::move(SeqpacketSocket::make_pair()).value();
  ASSERT_TRUE(near.send(as_bytes("ping")));

  EXPECT_EQ(in_child([this, &far = far]() -> std::string {
              SandboxPolicy open = policy(SystemCalls::vault);
              open.without_landlock = WithoutLandlock::go_on;
              if (auto entered = enter_sandbox(open); !entered) return entered.error().message;
              const auto message = far.receive();
              if (!message || !far.peer() || !far.set_deadline(std::chrono::seconds(1))) {
                return "cannot use its socket";
              }
              return far.send(message->bytes) ? "" : "cannot answer";
            }),
            "");
  EXPECT_EQ(as_text(near.receive()->bytes), "ping");
}

TEST_F(Sandbox, SupervisorMayRunItsPrograms) {
  if (landlock_abi() == 0) GTEST_SKIP() << "no Landlock here";
  EXPECT_EQ(in_child([this]() -> std::string {
              SandboxPolicy supervisor = policy(SystemCalls::supervisor);
              supervisor.executable = {"/usr", "/bin", "/lib", "/lib64"};
              if (auto entered = enter_sandbox(supervisor); !entered) {
                return entered.error().message;
              }
              const pid_t program = ::vfork();
              if (program == 0) {
                ::execl("/bin/true", "true", nullptr);
                ::_exit(1);
              }
              int status = 1;
              ::waitpid(program, &status, 0);
              if (status != 0) return "cannot run a program";
              if (opens(path("vault/file"), O_RDONLY)) return "read a foreign file";
              if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0) return "be traced";
              if (makes_socket(AF_NETLINK, SOCK_RAW)) return "make a netlink socket";
              return "";
            }),
            "");
}

TEST_F(Sandbox, ADirectoryThatDoesNotExistIsAnError) {
  if (landlock_abi() == 0) GTEST_SKIP() << "no Landlock here";
  EXPECT_EQ(in_child([this]() -> std::string {
              SandboxPolicy misspelt = policy(SystemCalls::vault);
              misspelt.readable = {path("valut")};
              const auto entered = enter_sandbox(misspelt);
              return !entered && entered.error().code == Errc::not_found ? "" : "went on";
            }),
            "");
}

#if !defined(__SANITIZE_THREAD__)  // which has a thread of its own, so that nothing is refused
TEST_F(Sandbox, RefusesToComeAfterTheFirstThread) {
  EXPECT_EQ(in_child([this]() -> std::string {
              std::atomic<bool> stop = false;
              std::thread other([&stop] {
                while (!stop) std::this_thread::yield();
              });
              const auto entered = enter_sandbox(policy(SystemCalls::hub));
              stop = true;
              other.join();
              return entered ? "went on" : "";
            }),
            "");
}
#endif

// The heart of it: a sandbox that is open must be noticed.
TEST_F(Sandbox, AssertionNamesWhatAnOpenSandboxAllows) {
  const auto unconfined = assert_confined({path("vault"), true, true});
  ASSERT_FALSE(unconfined);
  EXPECT_EQ(unconfined.error().code, Errc::permission_denied);

  // Filtered, but with the vault's directory within reach.
  EXPECT_EQ(in_child([this]() -> std::string {
              SandboxPolicy wide = policy(SystemCalls::hub);
              wide.readable = {root_.string()};
              if (landlock_abi() == 0) wide.without_landlock = WithoutLandlock::go_on;
              if (auto entered = enter_sandbox(wide); !entered) return entered.error().message;
              const auto confined = assert_confined({path("vault"), false, false});
              return confined ? "not noticed" : "";
            }),
            "");

  // Confined as a hub, where a vault was promised.
  EXPECT_EQ(in_child([this]() -> std::string {
              SandboxPolicy wrong = policy(SystemCalls::hub);
              if (landlock_abi() == 0) wrong.without_landlock = WithoutLandlock::go_on;
              if (auto entered = enter_sandbox(wrong); !entered) return entered.error().message;
              const auto confined = assert_confined({"", true, true});
              return confined ? "not noticed" : "";
            }),
            "");

  // A supervisor, which may run programs, where nobody may.
  EXPECT_EQ(in_child([this]() -> std::string {
              SandboxPolicy wrong = policy(SystemCalls::supervisor);
              if (landlock_abi() == 0) wrong.without_landlock = WithoutLandlock::go_on;
              if (auto entered = enter_sandbox(wrong); !entered) return entered.error().message;
              const auto confined = assert_confined({"", false, false});
              return confined ? "not noticed" : "";
            }),
            "");
}

TEST(Hardening, LeavesNoCoreAndNoWayIn) {
  EXPECT_EQ(in_child([]() -> std::string {
              if (!harden_process()) return "failed";
              const fs::path file =
                  fs::temp_directory_path() / ("fastness-umask-" + std::to_string(::getpid()));
              std::ofstream(file) << "x";
              const auto mode = fs::status(file).permissions() & fs::perms::mask;
              fs::remove(file);
              if (mode != fs::perms(0600)) return "files are not private";
              return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? "" : "dumpable";
            }),
            "");
}

TEST(Hardening, BecomesAUserForGood) {
  if (!is_root()) GTEST_SKIP() << "only root can";
  EXPECT_EQ(in_child([]() -> std::string {
              const auto user = find_user("nobody");
              if (!user || !*user) return "nobody is nobody";
              if (auto done = become(**user); !done) return done.error().message;
              if (::setuid(0) == 0) return "way back";
              if (::getuid() != (*user)->id || ::getgid() != (*user)->group) return "someone else";
              if (::getgroups(0, nullptr) != 0) return "kept root's groups";
              return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? "" : "dumpable";
            }),
            "");
}

// The permitted and effective capabilities of the calling thread, as the kernel writes them.
std::string own_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return "unknown";
  std::string text;
  for (unsigned capability = 0; capability < 64; ++capability) {
    const auto& word = sets.at(CAP_TO_INDEX(capability));
    const bool is_there =
        ((word.permitted | word.effective | word.inheritable) & CAP_TO_MASK(capability)) != 0;
    if (is_there) text += std::to_string(capability) + " ";
  }
  return text;
}

TEST(Hardening, GivesUpWhatRootCan) {
  if (!is_root()) GTEST_SKIP() << "only root has any";
  ASSERT_NE(own_capabilities(), "");
  EXPECT_EQ(in_child([]() -> std::string {
              if (!keep_only(Capabilities::low_ports)) return "kept it";
              return own_capabilities() + (::chroot("/") == 0 ? "and changes root" : "");
            }),
            std::to_string(CAP_NET_BIND_SERVICE) + " ");
  EXPECT_EQ(in_child([]() -> std::string {
              if (!keep_only(Capabilities::low_ports)) return "kept it";
              if (!keep_only(Capabilities::none)) return "kept it";
              if (!keep_only(Capabilities::low_ports)) return "failed";
              return own_capabilities();
            }),
            "")
      << "nothing comes back";
}

TEST(Hardening, AUserMayKeepTheLowPorts) {
  if (!is_root()) GTEST_SKIP() << "only root can";
  EXPECT_EQ(in_child([]() -> std::string {
              const auto user = find_user("nobody");
              if (!user || !*user) return "nobody is nobody";
              if (auto done = become(**user, Capabilities::low_ports); !done) {
                return done.error().message;
              }
              return own_capabilities();
            }),
            std::to_string(CAP_NET_BIND_SERVICE) + " ");
}

TEST(Hardening, KnowsWhoDoesNotExist) {
  const auto nobody = find_user("no-such-user-here");
  ASSERT_TRUE(nobody);
  EXPECT_FALSE(nobody->has_value());
  EXPECT_FALSE(become({"root", 0, 0}));
}

}  // namespace
}  // namespace fastness::os
