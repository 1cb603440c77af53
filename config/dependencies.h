// Who needs whom: `depends_on` of providers and accounts. A forwarder that is down explains the trouble behind it.
// An account has its provider's dependencies too.
// Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "config/config.h"

namespace mailcanary {

// True when `dependent` needs `on`, directly or by way of others. Belonging to a provider alone is no dependency.
bool depends_on(const Config& config, const Dependency& dependent, const Dependency& on);
// A chain that ends where it begins; empty: there is none.
std::vector<Dependency> circular_dependency(const Config& config);
std::string to_text(const std::vector<Dependency>& chain);  // "provider x → account relay → provider x"

}  // namespace mailcanary
