# The outside libraries, all from distribution packages. Each stops at the one
# or two files that tests/lint/includes.txt names.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(od_part name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  add_library(od::${name} ALIAS PkgConfig::${name})
endfunction()

od_part(uv libuv)
od_part(sqlite sqlite3)
od_part(sodium libsodium)
od_part(cjson libcjson)
od_part(cmocka cmocka)
od_part(ical libical)
od_part(archive libarchive)
od_part(seccomp libseccomp)
od_part(curl libcurl)
od_part(pq libpq)
od_part(qrencode libqrencode)

find_package(nng REQUIRED)
add_library(od::nng ALIAS nng::nng)

# llhttp: the C sources that Debian ships with node-llhttp, or a libllhttp-dev.
find_path(LLHTTP_INCLUDE llhttp.h PATHS /usr/include /usr/share/include/llhttp REQUIRED)
find_library(LLHTTP_LIBRARY llhttp)
if(LLHTTP_LIBRARY)
  add_library(od_llhttp INTERFACE)
  target_link_libraries(od_llhttp INTERFACE ${LLHTTP_LIBRARY})
  target_include_directories(od_llhttp SYSTEM INTERFACE ${LLHTTP_INCLUDE})
else()
  find_path(LLHTTP_SOURCE llhttp.c PATHS /usr/share/llhttp REQUIRED)
  add_library(od_llhttp STATIC ${LLHTTP_SOURCE}/api.c ${LLHTTP_SOURCE}/http.c ${LLHTTP_SOURCE}/llhttp.c)
  target_include_directories(od_llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE})
  target_compile_options(od_llhttp PRIVATE -w)
endif()
add_library(od::llhttp ALIAS od_llhttp)
