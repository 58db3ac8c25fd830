#include "hub_memory.h"

#include <fstream>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/files/descriptor.h"

namespace fastness::cli {

Result<HubMemory> HubMemory::find(const std::filesystem::path& data_directory) {
  const std::string where = data_directory.string();
  const os::Descriptor folder(
      ::open((data_directory / "admin").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const os::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // By way of the folder's descriptor: a socket's address holds 107 characters, a path may be long.
  const std::string path = "/proc/self/fd/" + std::to_string(folder.number()) + "/fastness.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (!folder.is_open() || !socket.is_open() ||
      ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0) {
    return fail(Errc::not_found,
                "no instance runs on " + where + ", or it is not yours to look at; see --data-dir");
  }
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return os::fail_with_errno("ask who serves " + where);
  }
  return HubMemory(peer.pid);
}

Result<std::int64_t> HubMemory::resident() const {
  std::ifstream file("/proc/" + std::to_string(process_) + "/statm");
  std::int64_t all = 0;
  std::int64_t pages = 0;
  if (!(file >> all >> pages)) {
    return fail(Errc::not_found, "the process that served is gone, or cannot be looked at");
  }
  return pages * ::sysconf(_SC_PAGESIZE);
}

}  // namespace fastness::cli
