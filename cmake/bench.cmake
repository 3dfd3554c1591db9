# What the files bench/*/run build; not part of the default build.
#
# hox_bench(NAME FILE ROOM [TESTS]): bench-NAME from bench/FILE. TESTS: it uses what the tests have (their headers, cmocka).
function(hox_bench name file room)
  if("TESTS" IN_LIST ARGN AND NOT HOX_TESTS)
    return()
  endif()
  add_executable(bench-${name} EXCLUDE_FROM_ALL bench/${file})
  target_include_directories(bench-${name} PRIVATE src)
  target_link_libraries(bench-${name} PRIVATE hox-${room})
  if("TESTS" IN_LIST ARGN)
    target_include_directories(bench-${name} PRIVATE tests)
    target_link_libraries(bench-${name} PRIVATE PkgConfig::CMOCKA)
  endif()
endfunction()

hox_bench(language language/language.c space)
hox_bench(engine engine/step.c tensor)
hox_bench(soak engine/soak.c tensor)
hox_bench(suggest suggest/suggest.c search)
hox_bench(hpo hpo/hpo.c search TESTS)
hox_bench(budgets budgets/budgets.c study TESTS)
hox_bench(search search/methods.c study TESTS)
hox_bench(tune tune/tune.c study TESTS)
