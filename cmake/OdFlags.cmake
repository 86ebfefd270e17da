# Compile options live on one interface target; nobody touches CMAKE_C_FLAGS.
option(OD_WERROR "Treat warnings as errors (the presets switch it on)" OFF)
option(OD_COVERAGE "Count what runs, for gcov" OFF)
option(OD_NDEBUG "Build without asserts, to prove that none has an effect" OFF)
set(OD_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined or thread")

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(od_flags INTERFACE)
target_compile_definitions(od_flags INTERFACE _GNU_SOURCE)
target_compile_options(od_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Wvla
  -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wformat=2
  -fno-common -fvisibility=hidden
  $<$<BOOL:${OD_WERROR}>:-Werror>)
if(OD_SANITIZE)
  target_compile_options(od_flags INTERFACE -fsanitize=${OD_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(od_flags INTERFACE -fsanitize=${OD_SANITIZE})
  if(OD_SANITIZE MATCHES "undefined")
    target_compile_options(od_flags INTERFACE -fno-sanitize-recover=undefined)
  endif()
else()
  target_link_options(od_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
if(OD_COVERAGE)
  target_compile_options(od_flags INTERFACE --coverage)
  target_link_options(od_flags INTERFACE --coverage)
endif()
if(OD_NDEBUG)
  target_compile_definitions(od_flags INTERFACE NDEBUG)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND NOT OD_SANITIZE)
  # -U first: some compilers predefine it, and a redefinition is a warning.
  target_compile_options(od_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong)
endif()
# Asserts state what must hold and stay on in release; CI builds once with
# NDEBUG to prove that none has an effect.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g" CACHE STRING "" FORCE)
