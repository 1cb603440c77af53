# Warnings and the helper that makes a folder into a library.
add_library(warnings INTERFACE)
target_compile_options(warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wimplicit-fallthrough)
if(MAILCANARY_WERROR)
  # A library's next version may deprecate what we use: that is for us to mend, and must not stop a user's build.
  target_compile_options(warnings INTERFACE -Werror -Wno-error=deprecated-declarations)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC reports false positives inside coroutine frames and std::variant at -O2 (GCC bugs 105562, 107852).
  target_compile_options(warnings INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-mismatched-new-delete)
endif()

if(MAILCANARY_FUZZ)
  # libFuzzer learns from counters that the compiler puts into the libraries. Clang 14 cannot assemble coroutines with
  # -fsanitize=function.
  add_compile_options(-fsanitize=fuzzer-no-link -fno-sanitize=function)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# mailcanary_library(NAME libs...): every .cc below the folder becomes one static library; a folder below that has a
# CMakeLists.txt is a library of its own.
function(mailcanary_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  file(GLOB own CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
  foreach(list_file IN LISTS own)
    get_filename_component(folder ${list_file} DIRECTORY)
    list(FILTER sources EXCLUDE REGEX "^${folder}/")
  endforeach()
  add_library(mailcanary_${name} STATIC ${sources})
  target_include_directories(mailcanary_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(mailcanary_${name} PUBLIC ${ARGN} PRIVATE warnings)
endfunction()
