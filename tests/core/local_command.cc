#include "core/local_command.h"

#include "tests/catch.h"

using namespace mailcanary;

namespace {

Task<void> run_shell(EventLoop& loop, std::string script, std::optional<Result<CommandEnd>>& end) {
  LocalCommand command;
  command.arguments = {"/bin/sh", "-c", std::move(script)};
  const MonoTime deadline = loop.now().mono + std::chrono::seconds(60);
  end = co_await run_command(loop, std::move(command), deadline);
}

}  // namespace

TEST_CASE("what a command writes is kept whole and in its order, to both outputs, up to 4 KiB") {
  std::string numbers;
  for (int i = 1; i <= 900; ++i) numbers += std::to_string(i) + "\n";
  // Some of it is still in the pipe when the command has ended: again and again, since which part is left to chance.
  for (int again = 0; again < 20; ++again) {
    EventLoop loop;
    std::optional<Result<CommandEnd>> end;
    loop.run_until_done(run_shell(loop, "seq 1 900; seq 1 5000 >&2; exit 3", end));
    REQUIRE(end);
    REQUIRE(*end);
    CHECK(end->value().exit_code == 3);
    CHECK(end->value().output.raw() == numbers);
    CHECK(end->value().complaint.raw().size() == 4096);
    CHECK(end->value().complaint.raw().starts_with(numbers));
  }
}
