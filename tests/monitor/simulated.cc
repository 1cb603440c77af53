#include "tests/monitor/simulated.h"

#include "config/load.h"
#include "monitor/simulate/simulation_text.h"
#include "tests/catch.h"

namespace mailcanary::test {

const Config& mesh() {
  static const Loaded loaded = load_config_text(R"(
secret: 0123456789012345678901234567890123456789
vantage: here
providers: {acme: {}, bolt: {}, corp: {}}
accounts:
  a1: {provider: acme, address: a1@acme.example, smtp: "smtps://acme.example", imap: "imaps://acme.example", password: x}
  a2: {provider: acme, address: a2@acme.example, smtp: "smtps://acme.example", imap: "imaps://acme.example", password: x}
  b: {provider: bolt, address: b@bolt.example, smtp: "smtps://bolt.example", imap: "imaps://bolt.example", password: x}
  c: {provider: corp, address: c@corp.example, smtp: "smtps://corp.example", imap: "imaps://corp.example", password: x}
routes: [{mesh: [a1, a2, b, c]}]
)", "mesh.yaml", LoadEffect::read_only);
  REQUIRE(loaded.ok());
  return loaded.config;
}

Lived live(const std::string& world, std::uint64_t seed) { return live(mesh(), world, seed); }

Lived live(const Config& config, const std::string& world, std::uint64_t seed) {
  const LoadedWorld loaded = load_world_text(world, config);
  INFO(complaints(world));
  REQUIRE(loaded.ok());
  SimulationOptions options;
  options.seed = seed;
  auto simulation = simulate(config, loaded.world, options);
  REQUIRE(simulation);
  Scores scores = judge(config, loaded.world, *simulation);
  return {loaded.world, std::move(*simulation), std::move(scores)};
}

std::string Lived::json() const { return simulation_json(simulation, scores); }

int Lived::count(Fate fate) const { return static_cast<int>(simulation.books.by_fate.at(fate)); }

std::string complaints(const std::string& world) {
  std::string text;
  for (const auto& diagnostic : load_world_text(world, mesh()).diagnostics)
    text += (text.empty() ? "" : "\n") + to_text(diagnostic, "world.json");
  return text;
}

}  // namespace mailcanary::test
