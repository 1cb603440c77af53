// Collects what is wrong with a config file: everything, in the order of the file, but never an endless list.
// Threads: one.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "config/load.h"

namespace mailcanary {

struct Place {
  int line = 0;  // from 1; 0: nowhere in the file
  int column = 0;
};

class Report {
 public:
  static constexpr std::size_t limit = 100;  // a file with more mistakes is no config file

  void error(Place place, std::string message) { add(Diagnostic::Severity::error, place, std::move(message)); }
  void warning(Place place, std::string message) { add(Diagnostic::Severity::warning, place, std::move(message)); }
  bool full() const { return dropped_ > 0; }  // looking for more mistakes is a waste
  bool has_errors() const { return has_errors_; }
  // Sorted by place; equal ones once.
  std::vector<Diagnostic> take();

 private:
  void add(Diagnostic::Severity severity, Place place, std::string message);
  std::vector<Diagnostic> diagnostics_;
  std::size_t dropped_ = 0;
  bool has_errors_ = false;
};

}  // namespace mailcanary
