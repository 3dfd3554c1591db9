# tests/ROOM/test_*.c link their room; fuzz corpora are replayed; tests/*.sh run as they are.

foreach(room base lang space search tensor data nn study cli)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${room}/test_*.c)
  add_custom_target(${room}-tests)
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    string(REPLACE test_ "" short ${name})
    set(target ${room}-${short})
    add_executable(${target} ${file})
    target_include_directories(${target} PRIVATE src tests)
    target_link_libraries(${target} PRIVATE hox-${room} PkgConfig::CMOCKA)
    add_dependencies(${room}-tests ${target})
    add_test(NAME ${room}/${short} COMMAND ${target} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/tests)
    set_tests_properties(${room}/${short} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600)
  endforeach()
endforeach()

file(GLOB files CONFIGURE_DEPENDS fuzz/fuzz_*.c)
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  string(REPLACE fuzz_ "" short ${name})
  hox_fuzz_room(${file} room)
  add_executable(replay-${short} ${file} fuzz/replay.c)
  target_include_directories(replay-${short} PRIVATE src)
  target_compile_options(replay-${short} PRIVATE -UNDEBUG) # they check with assert, in every build
  target_link_libraries(replay-${short} PRIVATE ${room})
  file(GLOB corpus CONFIGURE_DEPENDS fuzz/corpus/${short}/*)
  add_test(NAME corpus/${short} COMMAND replay-${short} ${corpus})
endforeach()

add_test(NAME layers COMMAND ${PROJECT_SOURCE_DIR}/tests/layers.sh ${PROJECT_SOURCE_DIR}/src)

# Command-line tests: a shell script each, given the binary; exit 77 means skipped.
# Those of tests/fault do bad things to it: kills, failing calls and allocations, clocks that jump, trials that misbehave. Each
# does a small part here, and scripts/soak-faults the whole.
foreach(kind cli fault)
  file(GLOB scripts CONFIGURE_DEPENDS tests/${kind}/test_*.sh)
  foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    string(REPLACE test_ "" short ${name})
    add_test(NAME ${kind}/${short} COMMAND ${script} $<TARGET_FILE:hox-bin>)
    set_tests_properties(${kind}/${short} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600)
  endforeach()
endforeach()

# Not under instrumentation, which exports names of its own and wants to be loaded before what tests preload; so only here are
# there all the tests that docs/promises.tsv names.
if(NOT CMAKE_C_FLAGS MATCHES "sanitize|coverage")
  add_test(NAME promises COMMAND ${PROJECT_SOURCE_DIR}/tests/promises.sh ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  add_test(NAME seams COMMAND ${PROJECT_SOURCE_DIR}/tests/seams.sh ${PROJECT_BINARY_DIR})
  add_test(NAME exports COMMAND sh -c
    "! nm -D --defined-only $<TARGET_FILE:hox> | grep -v ' hox_[a-z]'")

  # Preloaded into hox by tests/fault/test_*.sh; and a trial that does bad things.
  foreach(fault kill inject alloc clock)
    set(target fault-${fault})
    add_library(${target} MODULE tests/fault/${fault}.c)
    target_compile_options(${target} PRIVATE -w)
    target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
    set_target_properties(${target} PROPERTIES C_VISIBILITY_PRESET default)
  endforeach()
  add_executable(fault-kill-loop tests/fault/kill_loop.c)
  target_include_directories(fault-kill-loop PRIVATE src)
  target_link_libraries(fault-kill-loop PRIVATE hox-study)
  add_test(NAME fault/kill-loop COMMAND fault-kill-loop $<TARGET_FILE:fault-kill>)
  add_executable(fault-hostile tests/fault/hostile.c)
  target_compile_options(fault-hostile PRIVATE -w)
endif()

# libgomp's threads live in a library that oneDNN brings at run time; the leak check dies while it reads their thread-local storage.
set_tests_properties(tensor/threads cli/threads PROPERTIES ENVIRONMENT LSAN_OPTIONS=use_tls=0)
set_tests_properties(cli/scene cli/plot PROPERTIES ENVIRONMENT
  LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0)
