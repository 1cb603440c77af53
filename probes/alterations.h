// What the way has changed in a canary: the seal that its sender puts into it, and the comparison when it arrives. The
// body carries a keyed digest of itself in X-Mailcanary; what was done to it is found by undoing it until the digest
// fits: text in front or behind, a link led elsewhere, another encoding. The header fields are known without a seal.
// Does not: see changes that leave the text as readers see it (line ends, blanks at the ends of lines).
// Pure; any thread. Bounded work, never throws.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/secret.h"
#include "probes/canary_message.h"

namespace mailcanary {

// The link of the body: nobody answers there (RFC 2606 §2), and it is what gateways rewrite. Without line end.
std::string link_line(const CanaryId& id);

// "SIZE.TOTAL.mac": the octets of the text and of the whole body (with padding), lines counted with one octet for their
// end; and the first 16 bytes of HMAC-SHA256 over id and text in base 32.
std::string make_seal(const CanaryId& id, std::string_view text, std::string_view body, const Secret& key);

// The body as it arrived, transfer encoding and all.
struct ArrivedBody {
  std::string_view text;
  enum class Extent { nothing, beginning, whole } extent = Extent::nothing;
};

// In words, each a safe one-line text: `a footer of 77 bytes was added`, `Subject was changed ("[SPAM?] " put in front)`,
// `links rewritten (1 of 1, to protect.example)`. Nothing when nothing was changed, or no seal came with it.
std::vector<std::string> find_changes(const Proof& proof, std::string_view header_block, const ArrivedBody& body,
                                      const Secret& key);

}  // namespace mailcanary
