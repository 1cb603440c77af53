# What `cmake --install` puts into place is all there, and the program in it runs.
# usage: cmake -DBUILD=build-folder -DWORK=folder -P check_install.cmake
cmake_minimum_required(VERSION 3.25)

set(prefix ${WORK}/installed)
file(REMOVE_RECURSE ${prefix})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

foreach(path bin/mailcanary lib/systemd/system/mailcanary.service share/doc/mailcanary/LICENSE
    share/doc/mailcanary/docs/README.md share/doc/mailcanary/config/examples/minimal.yaml
    share/doc/mailcanary/packaging/mailcanary.cron)
  if(NOT EXISTS ${prefix}/${path})
    message(FATAL_ERROR "${path} is not installed")
  endif()
endforeach()
execute_process(COMMAND ${prefix}/bin/mailcanary --version OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
if(NOT version MATCHES "^[0-9]+\\.[0-9]+\\.[0-9]+\n$")
  message(FATAL_ERROR "the installed program calls its version '${version}'")
endif()
file(READ ${prefix}/lib/systemd/system/mailcanary.service unit)
if(unit MATCHES "@CMAKE" OR NOT unit MATCHES "ExecStart=/[^ ]*/mailcanary run ")
  message(FATAL_ERROR "the unit names no program:\n${unit}")
endif()
file(REMOVE_RECURSE ${prefix})
