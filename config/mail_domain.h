// Domains of mail addresses, and the hosts within them.
// Does not: know whose house a domain is; see probes/mail_host.h. Pure functions; any thread.
#pragma once
#include <string>
#include <string_view>

namespace mailcanary {

// Behind the last "@", in small letters; empty when there is none.
std::string domain_of(std::string_view address);
// Same domain, or a host below it; case and a dot at the end do not count. Nothing is within the empty domain.
bool is_within(std::string_view host, std::string_view domain);

}  // namespace mailcanary
