# Proves that check_layers.cmake fails when it must, and only then. usage: cmake -DWORK=folder -P check_layers_test.cmake
cmake_minimum_required(VERSION 3.25)
set(tree "${WORK}/layers_test")
set(failures 0)

# expect(FILE TEXT PATTERN): a tree with just this file passes when PATTERN is empty, or fails with words that match.
function(expect file text pattern)
  file(REMOVE_RECURSE "${tree}")
  file(WRITE "${tree}/${file}" "${text}\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${tree} -P ${CMAKE_CURRENT_LIST_DIR}/check_layers.cmake
    RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(pattern STREQUAL "")
    if(code EQUAL 0)
      return()
    endif()
  elseif(NOT code EQUAL 0 AND out MATCHES "${pattern}")
    return()
  endif()
  message(NOTICE "${file}: <<${text}>>\n  wanted: ${pattern}\n  got (exit ${code}): ${out}")
  math(EXPR failures "${failures} + 1")
  set(failures ${failures} PARENT_SCOPE)
endfunction()

# Includes.
expect(core/a.cc "#include \"core/b.h\"\n#include <vector>" "")
expect(core/a.cc "\n#include \"config/b.h\"" "core/a.cc:2: core must not include config")
expect(config/a.h "#include \"probes/b.h\"" "config must not include probes")
expect(probes/a.cc "#include \"alerts/b.h\"" "probes must not include alerts")
expect(alerts/channels/a.cc "#include \"probes/b.h\"" "alerts must not include probes")
expect(alerts/a.cc "#include <monitor/b.h>" "alerts must not include monitor")
expect(alerts/a.cc "#  include\t\"monitor/b.h\"  // why not" "alerts must not include monitor")
expect(monitor/a.cc "#include \"alerts/b.h\"\n#include \"probes/b.h\"\n#include \"core/b.h\"" "")
expect(monitor/a.cc "#include \"b.h\"" "name our headers from the source folder")
expect(monitor/a.cc "#include \"../core/b.h\"" "name our headers from the source folder")
expect(monitor/a.cc "#include \"tests/b.h\"" "name our headers from the source folder")
expect(core/a.cc "// #include \"config/b.h\"\n/* #include \"config/b.h\"\n*/" "")

# Heavy headers.
expect(core/a.h "#include <boost/asio/awaitable.hpp>" "")
expect(core/a.h "#include <boost/asio.hpp>" "stays out of our headers")
expect(monitor/a.h "#include <SQLiteCpp/SQLiteCpp.h>" "stays out of our headers")
expect(monitor/a.cc "#include <SQLiteCpp/SQLiteCpp.h>" "")

# Clocks.
foreach(call "std::chrono::system_clock::now()" "system_clock::now()" "steady_clock::now()" "high_resolution_clock::now()"
    "file_clock::now()" "time(nullptr)" "::time(&t)" "std::time(nullptr)" "std::time(0)" "time( NULL )" "std::clock()"
    "gettimeofday(&a, nullptr)" "clock_gettime(CLOCK_REALTIME, &a)" "::clock_gettime(CLOCK_REALTIME, &a)"
    "std::timespec_get(&a, TIME_UTC)")
  expect(monitor/a.cc "int x;\nauto t = ${call};" "monitor/a.cc:2: .*reads a clock")
  expect(core/clock.cc "auto t = ${call};" "")
endforeach()
expect(core/a.cc "using Ticks = std::chrono::steady_clock;" "reads a clock")
expect(core/a.cc "Now n = clock.now(); read_time(0); Duration time(0ms); x.time(0); x->time(0); total_time(nullptr);" "")
expect(core/a.cc "f(\"time(nullptr)\", \"a\\\"sleep(1)\"); // time(nullptr)\n/* sleep(1)\n usleep(1) */" "")
expect(core/a.cc "auto a = R\"js(\n sleep(1); \" \n)js\"; sleep(2);" "core/a.cc:3: .*sleeps")
expect(core/a.cc "auto a = R\"js(\n sleep(1); \" \n)js\";" "")
expect(core/a.cc "f(\"a//b\"); sleep(1);" "sleeps")
expect(core/a.cc "int a[2] = {1, 2}; if (a[0]) { sleep(1); }" "core/a.cc:1: .*sleeps")
expect(monitor/a.cc "db.exec(\"INSERT INTO t VALUES (datetime('now'))\");" "database read its clock")
expect(monitor/a.cc "db.exec(\"SELECT CURRENT_TIMESTAMP\");" "database read its clock")

# Sleeps and timers.
foreach(call "sleep(1)" "::sleep(1)" "usleep(5)" "nanosleep(&a, nullptr)" "std::this_thread::sleep_for(1s)" "this_thread::sleep_until(t)"
    "alarm(3)" "clock_nanosleep(CLOCK_REALTIME, 0, &a, nullptr)")
  expect(probes/a.cc "${call};" "probes/a.cc:1: .*sleeps")
endforeach()
expect(probes/a.cc "co_await loop.sleep_for(1s); co_await loop_->sleep_until(t); co_await wakeup.wait_for(1s);" "")
expect(probes/a.cc "boost::asio::steady_timer timer(executor);" "only the event loop has timers")
expect(core/event_loop.cc "boost::asio::steady_timer timer(executor);" "")
expect(core/event_loop.cc "steady_clock::now();" "reads a clock")

file(REMOVE_RECURSE "${tree}")
if(failures)
  message(FATAL_ERROR "${failures} of the layer check's own cases fail")
endif()
message(STATUS "the layer check fails when it must")
