# The search room: loops compiled for each instruction set and picked at run time. Without fused
# products all of them give the same bits.
if(TARGET hox-search)
  pkg_check_modules(NLOPT REQUIRED IMPORTED_TARGET nlopt)
  target_link_libraries(hox-search PUBLIC PkgConfig::NLOPT)
  set(loops ${PROJECT_SOURCE_DIR}/src/search)
  set(fast -O3 -fno-math-errno -fno-trapping-math -ffp-contract=off)
  if(CMAKE_C_COMPILER_ID MATCHES Clang)
    list(APPEND fast -Wno-pass-failed)
  endif()
  # Arithmetic is optimized in debug builds too: the tests play thousands of suggestions.
  foreach(name encode history linalg special parzen process improve pool sample)
    set_source_files_properties(${loops}/${name}.c PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Debug>:-O2>")
  endforeach()
  set_source_files_properties(${loops}/loops_plain.c PROPERTIES COMPILE_OPTIONS "${fast}")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set_source_files_properties(${loops}/loops_avx2.c PROPERTIES COMPILE_OPTIONS "${fast};-mavx2;-mno-fma")
    set_source_files_properties(${loops}/loops_avx512.c PROPERTIES COMPILE_OPTIONS
      "${fast};-mavx2;-mavx512f;-mavx512vl;-mavx512dq;-mprefer-vector-width=512")
  endif()

  # What a suggestion costs, and what strategies reach; not part of the default build.
  add_executable(bench-suggest EXCLUDE_FROM_ALL bench/suggest/suggest.c)
  target_include_directories(bench-suggest PRIVATE src)
  target_link_libraries(bench-suggest PRIVATE hox-search)
  if(HOX_TESTS)
    add_executable(bench-hpo EXCLUDE_FROM_ALL bench/hpo/hpo.c)
    target_include_directories(bench-hpo PRIVATE src tests)
    target_link_libraries(bench-hpo PRIVATE hox-search PkgConfig::CMOCKA)
  endif()
endif()

# Rules that share out epochs, on the tables of LCBench; not part of the default build.
if(HOX_TESTS AND EXISTS ${PROJECT_SOURCE_DIR}/bench/budgets/budgets.c)
  add_executable(bench-budgets EXCLUDE_FROM_ALL bench/budgets/budgets.c)
  target_include_directories(bench-budgets PRIVATE src tests)
  target_link_libraries(bench-budgets PRIVATE hox-study PkgConfig::CMOCKA)
endif()

# What the methods find, for bench/search/run; not part of the default build.
if(HOX_TESTS AND EXISTS ${PROJECT_SOURCE_DIR}/bench/search/methods.c)
  add_executable(bench-search EXCLUDE_FROM_ALL bench/search/methods.c)
  target_include_directories(bench-search PRIVATE src tests)
  target_link_libraries(bench-search PRIVATE hox-study PkgConfig::CMOCKA)
endif()
if(HOX_TESTS AND EXISTS ${PROJECT_SOURCE_DIR}/bench/tune/tune.c)
  add_executable(bench-tune EXCLUDE_FROM_ALL bench/tune/tune.c)
  target_include_directories(bench-tune PRIVATE src tests)
  target_link_libraries(bench-tune PRIVATE hox-study PkgConfig::CMOCKA)
endif()
