# od_layer(name SOURCES ... USES ...): one static library per layer, od_<name>.
function(od_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE" ${ARGN})
  add_library(od_${name} STATIC ${ARG_SOURCES})
  target_include_directories(od_${name} PUBLIC ${PROJECT_SOURCE_DIR}/hub)
  target_link_libraries(od_${name} PUBLIC ${ARG_USES} PRIVATE od_flags ${ARG_PRIVATE})
endfunction()

# od_program(name SOURCES ... USES ...): an installed executable in build/bin.
function(od_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/hub)
  target_link_libraries(${name} PRIVATE od_flags ${ARG_USES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# od_module(id VERSION v SOURCES ... MANIFEST file): a connector module in
# build/modules/<id>-<version>/{module.so, manifest.json}.
function(od_module id)
  cmake_parse_arguments(ARG "" "VERSION;MANIFEST" "SOURCES;USES" ${ARGN})
  add_library(module_${id} MODULE ${ARG_SOURCES})
  target_link_libraries(module_${id} PRIVATE od_flags onedoor::sdk ${ARG_USES})
  target_link_options(module_${id} PRIVATE -Wl,-z,defs)
  set(dir ${PROJECT_BINARY_DIR}/modules/${id}-${ARG_VERSION})
  set_target_properties(module_${id} PROPERTIES
    PREFIX "" OUTPUT_NAME module LIBRARY_OUTPUT_DIRECTORY ${dir})
  configure_file(${ARG_MANIFEST} ${dir}/manifest.json COPYONLY)
  install(DIRECTORY ${dir} DESTINATION ${CMAKE_INSTALL_LIBDIR}/onedoor/modules)
endfunction()

# od_test(name SOURCES ... USES ...): one cmocka program per file, one ctest case.
function(od_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;USES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/hub ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE od_flags ${ARG_USES} od::cmocka)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "OD_SHARED=${PROJECT_SOURCE_DIR}/../shared;OD_SOURCE=${PROJECT_SOURCE_DIR};OD_BUILD=${PROJECT_BINARY_DIR}")
endfunction()
