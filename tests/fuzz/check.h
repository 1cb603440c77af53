// What fuzz targets demand of the code. Unlike assert() it is there in every build.
#pragma once
#include <cstdio>
#include <cstdlib>

#define FUZZ_CHECK(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);      \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
