# The search room: loops compiled for each instruction set and picked at run time. Without fused
# products all of them give the same bits.
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
