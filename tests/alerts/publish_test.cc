#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>

#include "alerts/status_site.h"
#include "core/files.h"
#include "tests/alerts/samples.h"
#include "tests/catch.h"

using namespace mailcanary;
namespace fs = std::filesystem;

namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "mailcanary-site-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  fs::path path;
};

ino_t inode_of(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::size_t files_below(const fs::path& path) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path)) count += entry.is_regular_file() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("publishing makes the folders, writes every file and leaves nothing beside them") {
  const TemporaryFolder folder;
  const SiteFiles files = render_site(sample_all_well());
  const fs::path site = folder.path / "deep/er";
  REQUIRE(publish_site(files, site));
  for (const auto& [name, bytes] : files) CHECK(*read_file(site / name) == bytes);
  CHECK(files_below(folder.path) == files.size());
  CHECK((fs::status(site / "index.html").permissions() & fs::perms::others_read) != fs::perms::none);
}

TEST_CASE("publishing again writes only what changed, by a new file that takes the old one's place") {
  const TemporaryFolder folder;
  REQUIRE(publish_site(render_site(sample_all_well()), folder.path));
  const ino_t summary = inode_of(folder.path / "api/v2/summary.json"), page = inode_of(folder.path / "index.html");
  StatusView later = sample_all_well();
  later.generated_at += std::chrono::seconds(30);
  // A link to the old page keeps its inode from being used again.
  fs::create_hard_link(folder.path / "index.html", folder.path / "kept.html");
  REQUIRE(publish_site(render_site(later), folder.path));
  CHECK(inode_of(folder.path / "api/v2/summary.json") == summary);
  CHECK(inode_of(folder.path / "index.html") != page);
}

TEST_CASE("publishing leaves the files of others alone and mends its own") {
  const TemporaryFolder folder;
  fs::create_directories(folder.path / "api/v2");
  std::ofstream(folder.path / "logo.png") << "theirs";
  std::ofstream(folder.path / "api/v2/summary.json") << "half a fi";
  const SiteFiles files = render_site(sample_all_well());
  REQUIRE(publish_site(files, folder.path));
  CHECK(*read_file(folder.path / "logo.png") == "theirs");
  CHECK(*read_file(folder.path / "api/v2/summary.json") == files.at("api/v2/summary.json"));
}

TEST_CASE("a site that cannot be written says which path and why") {
  const TemporaryFolder folder;
  std::ofstream(folder.path / "api") << "a file where a folder should be";
  const auto published = publish_site(render_site(sample_all_well()), folder.path);
  REQUIRE_FALSE(published);
  CHECK(published.error().message.find((folder.path / "api/v2").string()) != std::string::npos);
}
