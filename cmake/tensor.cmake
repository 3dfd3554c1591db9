# The tensor room: oneDNN's header when it is there (the library is opened at run time), and the
# vector kernels, one body compiled for each instruction set and picked at run time.
include(CheckIncludeFile)
check_include_file(dnnl.h HOX_HAVE_DNNL_H)
if(HOX_HAVE_DNNL_H AND NOT HOX_WITH_DNNL STREQUAL "no")
  target_compile_definitions(hox-tensor PRIVATE HOX_DNNL=1)
endif()

set(kernels ${PROJECT_SOURCE_DIR}/src/tensor/kernels)
set(fast -O3 -fno-math-errno -fno-trapping-math -Wno-psabi)
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  list(APPEND fast -Wno-pass-failed) # a loop left scalar, as under a sanitizer, is no error
endif()
set_source_files_properties(${kernels}/vector_plain.c PROPERTIES COMPILE_OPTIONS "${fast}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${kernels}/vector_avx2.c PROPERTIES COMPILE_OPTIONS "${fast};-mavx2;-mfma")
  set_source_files_properties(${kernels}/vector_avx512.c PROPERTIES COMPILE_OPTIONS
    "${fast};-mavx2;-mfma;-mavx512f;-mavx512vl;-mavx512bw;-mavx512dq;-mprefer-vector-width=512")
endif()
