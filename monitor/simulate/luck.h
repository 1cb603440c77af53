// Luck that is the same on every machine: numbers drawn from a key, without a state that others share. What one canary
// draws depends on its key alone, so that one more canary does not change the luck of the others.
// Made of integer arithmetic and of the operations that IEEE 754 rounds exactly (+ - * / and square root); neither the
// standard library's distributions nor the C library's exp and log promise the same bits everywhere.
// Threads: an object belongs to one thread.
#pragma once
#include <cstdint>
#include <initializer_list>

#include "core/clock.h"

namespace mailcanary {

// One key from several numbers; their order counts.
std::uint64_t luck_key(std::initializer_list<std::uint64_t> parts);

class Luck {
 public:
  explicit Luck(std::uint64_t key) : state_(key) {}
  std::uint64_t bits();                  // splitmix64 (Steele, Lea, Flood 2014)
  double uniform();                      // in [0, 1), 53 bits
  double normal();                       // mean 0, deviation 1; Marsaglia's polar form of Box and Muller's method
  bool happens(double share) { return uniform() < share; }
  // Log-normal: half of the draws are below the median; sigma is the deviation of the logarithm.
  Duration lognormal(Duration median, double sigma);

 private:
  std::uint64_t state_;
};

}  // namespace mailcanary
