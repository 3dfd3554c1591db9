# The language's speed, for bench/language/run.sh; not part of the default build.
add_executable(bench-language EXCLUDE_FROM_ALL bench/language/language.c)
target_include_directories(bench-language PRIVATE src)
target_link_libraries(bench-language PRIVATE hox-space)
