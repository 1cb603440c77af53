#include "core/secret.h"

#include <memory>
#include <new>
#include <ostream>
#include <type_traits>

#include <fmt/format.h>

#include "tests/catch.h"

using namespace mailcanary;

namespace {
template <class T>
concept Streams = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept Compares = requires(const T& a, const T& b) {
  a == b;
};
}  // namespace

TEST_CASE("a secret cannot be printed, formatted, compared or turned into text by accident") {
  CHECK_FALSE(Streams<Secret>);
  CHECK_FALSE(fmt::is_formattable<Secret>::value);
  CHECK_FALSE(Compares<Secret>);
  CHECK_FALSE(std::is_convertible_v<Secret, std::string>);
  CHECK_FALSE(std::is_convertible_v<std::string, Secret>);
}

TEST_CASE("a secret gives its bytes only when asked, and survives copies and moves") {
  Secret first(std::string("hunter2\0x", 9));
  Secret copy = first;
  CHECK(first.reveal() == std::string("hunter2\0x", 9));
  Secret moved = std::move(first);
  CHECK(moved.reveal() == copy.reveal());
  copy = Secret("other");
  CHECK(copy.reveal() == "other");
  CHECK(Secret().empty());
  CHECK_FALSE(moved.empty());
}

TEST_CASE("the bytes of a dead secret are gone from its memory") {
  // Short strings live inside the object, so the memory can be looked at after the destructor ran.
  alignas(Secret) unsigned char memory[sizeof(Secret)];
  auto* secret = new (memory) Secret("swordfish");
  const auto holds = [&memory] {
    return std::string(reinterpret_cast<const char*>(memory), sizeof memory).find("ordfish") != std::string::npos;
  };
  REQUIRE(holds());
  SECTION("when it dies in place") { std::destroy_at(secret); }
  SECTION("when it was moved away first") {
    const Secret elsewhere = std::move(*secret);
    std::destroy_at(secret);
    CHECK(elsewhere.reveal() == "swordfish");
  }
  CHECK_FALSE(holds());
}
