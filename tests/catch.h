// The one header through which tests reach Catch2, version 2 (Debian 12) or 3 (Debian 13).
#pragma once
#if MAILCANARY_CATCH == 2
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::Contains;
#endif
