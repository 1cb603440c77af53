// A mail provider without servers, for tests in which mail itself is not the point: outages begin and end at once.
#pragma once
#include <filesystem>
#include <string>

#include "tests/e2e/watch.h"

namespace mailcanary::testbed {

// A provider that is a folder: mail handed to its program lies in a Maildir at once, or is refused while a file says so.
class FolderProvider {
 public:
  FolderProvider() {
    for (const char* part : {"tmp", "new", "cur"}) std::filesystem::create_directories(folder_.path / "box" / part);
    write_file(program(), "#!/bin/sh\ncd \"${0%/*}\" || exit 70\n[ ! -e down ] || { echo 'closed today' >&2; exit 69; }\n"
                          "cat > box/tmp/$$ && mv box/tmp/$$ box/new/$$.mail\n");
    std::filesystem::permissions(program(), std::filesystem::perms::owner_all);
  }
  void go_down() const { write_file(folder_.path / "down", ""); }
  void come_back() const { std::filesystem::remove(folder_.path / "down"); }
  WatchedAccount account() const {
    return {"shop", "shop@folder.example", "sendmail:" + program().string(), "",
            "inbox: \"maildir:" + (folder_.path / "box").string() + "\""};
  }

 private:
  std::filesystem::path program() const { return folder_.path / "sendmail"; }
  TestFolder folder_;
};

}  // namespace mailcanary::testbed
