# Every library we stand on, and the one place that knows how Debian 12 and 13 (and Ubuntu) differ:
# Catch2 2 against 3, Boost 1.81 against 1.83.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)  # CMake 3.30 dropped its own FindBoost; Boost brings the package
endif()
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Catch2 REQUIRED)
find_package(date REQUIRED)  # time zones by the system's tzdata; std::chrono has them from GCC 13 on only

pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(gmime REQUIRED IMPORTED_TARGET gmime-3.0)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(expat REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# `check` starts a process for each canary, and each shared library costs a start. Two that only we use, and that read
# nothing from outside, are linked in whole where the system has their archives.
foreach(library sqlite yaml)
  list(POP_FRONT ${library}_STATIC_LIBRARIES name)
  find_library(${library}_ARCHIVE lib${name}.a)
  if(${library}_ARCHIVE)
    set_target_properties(PkgConfig::${library} PROPERTIES
      INTERFACE_LINK_LIBRARIES "${${library}_ARCHIVE};${${library}_STATIC_LIBRARIES}")
  endif()
endforeach()

# SQLiteCpp ships its CMake package in some releases only; the library and header are always there.
find_library(SQLITECPP_LIBRARY SQLiteCpp REQUIRED)
find_path(SQLITECPP_INCLUDE SQLiteCpp/SQLiteCpp.h REQUIRED)
add_library(sqlitecpp INTERFACE)
target_include_directories(sqlitecpp SYSTEM INTERFACE ${SQLITECPP_INCLUDE})
target_link_libraries(sqlitecpp INTERFACE ${SQLITECPP_LIBRARY} PkgConfig::sqlite)

# Catch2 2 has one header and wants its main() compiled; Catch2 3 brings both as a library.
# Tests include "tests/catch.h", which picks the right header by the macro set here.
add_library(catch_any INTERFACE)
if(Catch2_VERSION VERSION_LESS 3)
  target_link_libraries(catch_any INTERFACE Catch2::Catch2)
  target_compile_definitions(catch_any INTERFACE MAILCANARY_CATCH=2)
else()
  target_link_libraries(catch_any INTERFACE Catch2::Catch2)
  target_compile_definitions(catch_any INTERFACE MAILCANARY_CATCH=3)
endif()
