#include "core/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/catch.h"

using namespace mailcanary;

namespace {

// What systemd would be: a datagram socket, named in the environment as systemd names it ("@" for the abstract space).
struct Supervisor {
  explicit Supervisor(std::string path) : name(std::move(path)), fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0);
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Supervisor() {
    unsetenv("NOTIFY_SOCKET");
    close(fd);
    if (name[0] == '/') unlink(name.c_str());
  }
  std::string heard() const {
    char bytes[100];
    const auto got = recv(fd, bytes, sizeof bytes, 0);
    return got < 0 ? "nothing" : std::string(bytes, static_cast<std::size_t>(got));
  }
  std::string name;
  int fd;
};

}  // namespace

TEST_CASE("the service manager hears us, at a path or at an abstract name") {
  const std::string own = "mailcanary-test-" + std::to_string(getpid());
  for (const auto& name : {"/tmp/" + own, "@" + own}) {
    INFO(name);
    const Supervisor supervisor(name);
    tell_supervisor("READY=1");
    CHECK(supervisor.heard() == "READY=1");
    tell_supervisor("WATCHDOG=1");
    CHECK(supervisor.heard() == "WATCHDOG=1");
    CHECK(supervisor.heard() == "nothing");
  }
}

TEST_CASE("without a service manager, or with a name that cannot be one, nothing happens") {
  unsetenv("NOTIFY_SOCKET");
  tell_supervisor("READY=1");
  for (const std::string& name : {std::string(), std::string("relative"), std::string("/"), "/" + std::string(200, 'x'),
                                 std::string("/nobody/listens/here")}) {
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
    tell_supervisor("READY=1");
  }
  unsetenv("NOTIFY_SOCKET");
}
