# tests/ROOM/test_*.c link their room; fuzz corpora are replayed; tests/*.sh run as they are.

foreach(room base lang space search tensor data nn study cli)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${room}/test_*.c)
  if(NOT TARGET hox-${room})
    continue()
  endif()
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
  if(NOT TARGET ${room})
    continue()
  endif()
  add_executable(replay-${short} ${file} fuzz/replay.c)
  target_include_directories(replay-${short} PRIVATE src)
  target_compile_options(replay-${short} PRIVATE -UNDEBUG) # they check with assert, in every build
  target_link_libraries(replay-${short} PRIVATE ${room})
  file(GLOB corpus CONFIGURE_DEPENDS fuzz/corpus/${short}/*)
  add_test(NAME corpus/${short} COMMAND replay-${short} ${corpus})
endforeach()

add_test(NAME layers COMMAND ${PROJECT_SOURCE_DIR}/tests/layers.sh ${PROJECT_SOURCE_DIR}/src)

if(NOT CMAKE_C_FLAGS MATCHES "sanitize|coverage")
  add_test(NAME seams COMMAND ${PROJECT_SOURCE_DIR}/tests/seams.sh ${PROJECT_BINARY_DIR})
endif()

# Preloaded into hox by tests of being killed; sanitizers want to be loaded first themselves.
if(NOT CMAKE_C_FLAGS MATCHES "sanitize|coverage")
  add_library(fault-kill MODULE tests/fault/kill.c)
  target_link_libraries(fault-kill PRIVATE ${CMAKE_DL_LIBS})
  target_compile_options(fault-kill PRIVATE -Wno-missing-prototypes -Wno-pedantic -Wno-return-type)
  set_target_properties(fault-kill PROPERTIES C_VISIBILITY_PRESET default)
endif()

# For tests/cli/fault_*.sh, which scripts/soak-faults runs: failing system calls, a trial that does bad things.
if(NOT CMAKE_C_FLAGS MATCHES "sanitize|coverage")
  add_library(fault-inject MODULE tests/fault/inject.c)
  target_link_libraries(fault-inject PRIVATE ${CMAKE_DL_LIBS})
  set_target_properties(fault-inject PROPERTIES C_VISIBILITY_PRESET default)
  add_executable(fault-hostile tests/fault/hostile.c)
  foreach(target fault-inject fault-hostile)
    target_compile_options(${target} PRIVATE -w)
  endforeach()
endif()

# Command-line tests: a shell script each, given the binary; exit 77 means skipped.
if(TARGET hox-bin)
  file(GLOB scripts CONFIGURE_DEPENDS tests/cli/test_*.sh)
  foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    string(REPLACE test_ "" short ${name})
    add_test(NAME cli/${short} COMMAND ${script} $<TARGET_FILE:hox-bin>)
    set_tests_properties(cli/${short} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600)
  endforeach()
  if(NOT CMAKE_C_FLAGS MATCHES "sanitize|coverage") # instrumentation exports names of its own
    add_test(NAME exports COMMAND sh -c
      "! nm -D --defined-only $<TARGET_FILE:hox> | grep -v ' hox_[a-z]'")
  endif()
endif()

# libgomp's threads live in a library that oneDNN brings at run time; the leak check dies while it reads their thread-local storage.
set_tests_properties(tensor/threads cli/threads PROPERTIES ENVIRONMENT LSAN_OPTIONS=use_tls=0)
set_tests_properties(cli/scene cli/plot PROPERTIES ENVIRONMENT
  LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0)
