# The installed binary carries its libraries inside where Debian ships their archives: most of its start was mapping and
# relocating shared ones (`scripts/bench cli` times it), and it runs on machines where they are not installed. Tests and libhox
# use the shared ones.
#
# hox_archive(TARGET NAME...): targets with the property HOX_ARCHIVES link libNAME.a... instead of TARGET's shared library.
function(hox_archive target)
  set(archives "")
  foreach(name ${ARGN})
    find_library(HOX_ARCHIVE_${name} lib${name}.a)
    mark_as_advanced(HOX_ARCHIVE_${name})
    if(NOT HOX_ARCHIVE_${name})
      return()
    endif()
    list(APPEND archives ${HOX_ARCHIVE_${name}})
  endforeach()
  get_target_property(shared ${target} INTERFACE_LINK_LIBRARIES)
  set(inside $<BOOL:$<TARGET_PROPERTY:HOX_ARCHIVES>>)
  set_property(TARGET ${target} PROPERTY INTERFACE_LINK_LIBRARIES
    "$<${inside}:${archives}>;$<$<NOT:${inside}>:${shared}>")
endfunction()

hox_archive(PkgConfig::SQLITE sqlite3)
hox_archive(PkgConfig::JANSSON jansson)
hox_archive(PkgConfig::PCRE2 pcre2-8)
hox_archive(PkgConfig::PNG png16 z)
hox_archive(PkgConfig::JPEG turbojpeg)
hox_archive(PkgConfig::ZLIB z)
