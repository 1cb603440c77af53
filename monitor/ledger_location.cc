#include "monitor/ledger_location.h"

namespace mailcanary {

Result<std::unique_ptr<LedgerStore>> open_ledger(const Config& config, LedgerOpen how) {
  switch (config.ledger.kind) {
    case LedgerLocation::Kind::sqlite: return open_sqlite_ledger(config.ledger.path, how);
    case LedgerLocation::Kind::postgresql: break;
  }
  return Error{ErrorKind::invalid_input,
               "open the ledger: this build has no shared ledger (postgresql://); use sqlite:/path/to/ledger.db"};
}

}  // namespace mailcanary
