#include "probes/hops/hop_order.h"

#include <algorithm>
#include <numeric>

#include "core/text.h"
#include "probes/mail_host.h"

namespace mailcanary {
namespace {

using Order = std::vector<std::size_t>;

bool same_name(const std::string& a, const std::string& b) {
  // "localhost" and "unknown" are everywhere.
  return !house_of(a).empty() && iequals(a, b);
}

// The server that wrote `sender` is the one that `receiver` got it from.
bool hands_to(const ReceivedLine& sender, const ReceivedLine& receiver) {
  return same_name(sender.by, receiver.from) || same_name(sender.by, receiver.reverse) ||
         (!sender.by_address.empty() && sender.by_address == receiver.address && !is_inner_address(receiver.address));
}

// Handovers that leave no doubt: one line fits and no other.
struct Handover {
  std::size_t sender, receiver;
};
std::vector<Handover> sure_handovers(const std::vector<ReceivedLine>& lines) {
  std::vector<Handover> sure;
  for (std::size_t receiver = 0; receiver < lines.size(); ++receiver) {
    std::size_t fits = 0, sender = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i == receiver || !hands_to(lines[i], lines[receiver])) continue;
      ++fits;
      sender = i;
    }
    if (fits == 1 && !hands_to(lines[receiver], lines[sender])) sure.push_back({sender, receiver});
  }
  return sure;
}

std::size_t times_back(const std::vector<ReceivedLine>& lines, const Order& order) {
  std::size_t back = 0;
  std::optional<WallTime> before;
  for (const auto place : order) {
    const auto& at = lines[place].at;
    if (!at) continue;
    if (before && *at < *before) ++back;
    before = at;
  }
  return back;
}

// Keeps the order where no handover speaks against it: again and again the first line whose senders are all placed.
Order by_handovers(const Order& header_order, const std::vector<Handover>& handovers) {
  Order order;
  std::vector<bool> placed(header_order.size(), false);
  while (order.size() < header_order.size()) {
    const auto waits = [&](std::size_t line) {
      return std::any_of(handovers.begin(), handovers.end(),
                         [&](const Handover& h) { return h.receiver == line && !placed[h.sender]; });
    };
    auto next = std::find_if(header_order.begin(), header_order.end(),
                             [&](std::size_t line) { return !placed[line] && !waits(line); });
    if (next == header_order.end()) return header_order;  // in a ring; nothing is proved
    placed[*next] = true;
    order.push_back(*next);
  }
  return order;
}

// All lines the wrong way round, without names that say so.
bool all_back(const std::vector<ReceivedLine>& lines, const std::vector<Handover>& handovers, const Order& order) {
  return handovers.empty() && order.size() >= 3 && times_back(lines, order) == order.size() - 1;
}

// The fewest lines whose moving explains the new order: those outside of its longest part that kept its order.
std::vector<bool> moved_lines(const Order& header_order, const Order& order) {
  const std::size_t n = order.size();
  std::vector<std::size_t> rank(n);
  for (std::size_t i = 0; i < n; ++i) rank[header_order[i]] = i;
  std::vector<std::size_t> length(n, 1), next(n, n);
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = i + 1; j < n; ++j) {
      if (rank[order[i]] < rank[order[j]] && length[j] + 1 > length[i]) {
        length[i] = length[j] + 1;
        next[i] = j;
      }
    }
  }
  std::vector<bool> moved(n, true);
  if (n == 0) return moved;
  auto at = static_cast<std::size_t>(std::max_element(length.begin(), length.end()) - length.begin());
  for (; at < n; at = next[at]) moved[order[at]] = false;
  return moved;
}

}  // namespace

HopOrder travel_order(const std::vector<ReceivedLine>& lines) {
  Order header_order(lines.size());
  std::iota(header_order.rbegin(), header_order.rend(), 0);  // each server writes its line on top
  Order order = header_order;
  const auto back = times_back(lines, header_order);
  if (back > 0) {
    const auto handovers = sure_handovers(lines);
    Order mended = all_back(lines, handovers, header_order) ? Order(header_order.rbegin(), header_order.rend())
                                                            : by_handovers(header_order, handovers);
    if (times_back(lines, mended) < back) order = std::move(mended);
  }
  return {order, moved_lines(header_order, order)};
}

}  // namespace mailcanary
