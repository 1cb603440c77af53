# `ninja check_headers` compiles every header on its own, so that each includes what it needs. Not part of ALL or of
# ctest: it costs a compiler run a header.
set(header_sources "")
foreach(folder core config probes alerts monitor tests/servers)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${folder}/*.h)
  foreach(header ${headers})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${header}.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"  // twice: #pragma once is there\n")
    list(APPEND header_sources ${source})
  endforeach()
endforeach()
add_library(check_headers OBJECT EXCLUDE_FROM_ALL ${header_sources})
target_link_libraries(check_headers PRIVATE mailcanary_monitor PkgConfig::curl warnings)
