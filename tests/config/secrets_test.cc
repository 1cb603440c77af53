#include <sys/stat.h>

#include <thread>

#include "config/first_run.h"
#include "core/crypto.h"
#include "tests/config/config_folder.h"

using namespace mailcanary;
namespace fs = std::filesystem;

namespace {

const std::string key = "0123456789abcdef";

std::string with_secret(const std::string& secret) { return "secret: " + secret + "\n" + a_pair; }

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777u;
}

}  // namespace

TEST_CASE("a secret comes from a file, the environment, a systemd credential or plain text") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const WithEnvironment credentials("CREDENTIALS_DIRECTORY", folder.put("cred", key + "\n").parent_path().string());
  const WithEnvironment variable("MC_KEY", key);
  folder.put("crlf", key + "\r\n");
  for (const char* source : {"{file: cred}", "{file: crlf}", "{env: MC_KEY}", "{credential: cred}"}) {
    CAPTURE(source);
    const Loaded loaded = folder.load(with_secret(source));
    CHECK(folder.complaints_of(loaded).empty());
    CHECK(loaded.config.signing_key.reveal() == key);
  }
  const Loaded plain = folder.load(with_secret(key));
  CHECK(plain.ok());
  CHECK(plain.config.signing_key.reveal() == key);
  CHECK(folder.complaints_of(plain) ==
        "mc.yaml:1:9: warning: secret stands in the file in plain text; write {file: PATH}, {env: NAME} or "
        "{credential: NAME}\n");
}

TEST_CASE("a secret that cannot be had says why, and what was read of it is never repeated") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const WithEnvironment empty("MC_EMPTY", "");
  const WithEnvironment lines("MC_LINES", "hunter2\nhunter3 and more");
  const WithEnvironment brief("MC_SHORT", "hunter2");
  const struct {
    const char* secret;
    const char* complaint;
  } table[] = {
      {"{file: none}",
       "mc.yaml:1:16: secret: open none: no such file or directory; correct the path or its permissions\n"},
      {"{env: MC_NOT_SET}", "mc.yaml:1:15: secret: the environment has no MC_NOT_SET; set it before starting\n"},
      {"{credential: x}",
       "mc.yaml:1:22: secret: systemd gave no credentials; start as a unit with LoadCredential=x:PATH\n"},
      {"{credential: ../x}",
       "mc.yaml:1:22: secret: a credential's name is no path; write the name given to LoadCredential=\n"},
      {"{env: MC_EMPTY}", "mc.yaml:1:9: secret is empty; write {file: PATH}, {env: NAME} or {credential: NAME}\n"},
      {"{env: MC_LINES}", "mc.yaml:1:9: secret has more than one line; keep only the secret itself\n"},
      {"{env: MC_SHORT}",
       "mc.yaml:1:9: secret is shorter than 16 bytes, so others could guess it; make one with mailcanary config "
       "secret\n"},
      {"[hunter2]",
       "mc.yaml:1:9: secret must be a secret, not a list; write {file: PATH}, {env: NAME} or {credential: NAME}\n"},
      {"",
       "mc.yaml:1:1: secret must be a secret, not nothing; write {file: PATH}, {env: NAME} or {credential: NAME}\n"},
      {"{}", "mc.yaml:1:9: secret needs exactly one source; write {file: PATH}, {env: NAME} or {credential: NAME}\n"},
      {"{file: a, env: MC_KEY}",
       "mc.yaml:1:9: secret needs exactly one source; write {file: PATH}, {env: NAME} or {credential: NAME}\n"},
      {"{flie: a}", "mc.yaml:1:10: unknown key \"flie\" in secret; did you mean \"file\"?\n"},
  };
  for (const auto& row : table) CHECK(folder.complaints(with_secret(row.secret)) == row.complaint);
}

TEST_CASE("a secret file that everybody can read draws a warning") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const auto path = folder.put("key", key);
  fs::permissions(path, fs::perms::others_read, fs::perm_options::add);
  CHECK(folder.complaints(with_secret("{file: key}")) ==
        "mc.yaml:1:16: warning: secret: everybody on this machine can read key; run chmod 600 on it\n");
}

TEST_CASE("key and ledger are made beside the file, once, for their owner only") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const auto file = folder.put("shop.yaml", a_pair);

  const Loaded looked = load_config(file, LoadEffect::read_only);
  CHECK(looked.ok());
  CHECK(looked.config.signing_key.empty());
  CHECK_FALSE(fs::exists(folder / "shop.secret"));
  CHECK_FALSE(fs::exists(folder / "shop.db"));
  CHECK(looked.config.ledger.path == folder / "shop.db");

  const Loaded first = load_config(file, LoadEffect::create_defaults);
  CHECK(folder.complaints_of(first).empty());
  CHECK(first.config.signing_key.reveal().size() == 44);
  CHECK(mode_of(folder / "shop.secret") == 0600);
  CHECK(mode_of(folder / "shop.db") == 0600);

  const Loaded second = load_config(file, LoadEffect::create_defaults);
  CHECK(second.config.signing_key.reveal() == first.config.signing_key.reveal());
  CHECK(load_config(file, LoadEffect::read_only).config.signing_key.reveal() == first.config.signing_key.reveal());
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), fs::directory_iterator()) == 3);
}

TEST_CASE("nothing is made beside a file with an error in it, wherever that stands") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  for (const char* wrong : {"\nroutez: []\n", "\nledger: nowhere\n", "\nsecret: short\n", "\nvantage: [1]\n", "\n}"}) {
    CAPTURE(wrong);
    const auto file = folder.put("shop.yaml", a_pair + std::string(wrong));
    CHECK_FALSE(load_config(file, LoadEffect::create_defaults).ok());
    CHECK_FALSE(fs::exists(folder / "shop.secret"));
    CHECK_FALSE(fs::exists(folder / "shop.db"));
  }
}

TEST_CASE("many that make the key at once agree on one") {
  const ConfigFolder folder;
  std::vector<std::thread> threads;
  std::vector<std::string> keys(8);
  for (auto& made : keys) {
    threads.emplace_back([&folder, &made] {
      const auto done = make_default_key(folder / "key");
      const auto read = read_file(folder / "key");
      if (done && read) made = *read;
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& made : keys) CHECK(made == keys.front());
  CHECK(keys.front().size() == 45);
}

TEST_CASE("a key or a ledger that cannot be made is an error that says what to write") {
  const ConfigFolder folder;
  const WithEnvironment password("MC_TEST", "p");
  const Loaded loaded = load_config_text(a_pair, folder / "none" / "mc.yaml", LoadEffect::create_defaults);
  CHECK(folder.complaints_of(loaded) ==
        "mc.yaml: the config names no secret and none can be made (make none/mc.secret: no such file or directory); "
        "add secret: {file: PATH}\n"
        "mc.yaml: the config names no ledger and none can be made (make none/mc.db: no such file or directory); "
        "add ledger: sqlite:/path\n");
}

TEST_CASE("a fresh signing key is 32 random bytes in base64") {
  const std::string one = make_signing_key();
  CHECK(one.back() == '\n');
  const auto bytes = from_base64(one.substr(0, one.size() - 1));
  REQUIRE(bytes);
  CHECK(bytes->size() == 32);
  CHECK(make_signing_key() != one);
}
