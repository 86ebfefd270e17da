# Man pages: onedoor(1) out of the command line's own table, onedoord(8) as it is written, both through scdoc. Without
# scdoc there are none, and nothing else changes.
find_program(SCDOC scdoc)
if(NOT SCDOC)
  message(STATUS "scdoc was not found: no man pages")
  return()
endif()

# od_manual(page folder DEPENDS what it is made of COMMAND prints its scdoc source): one page into the build and the installation.
set(OD_MANUAL_PAGES)
function(od_manual page folder)
  cmake_parse_arguments(ARG "" "DEPENDS" "COMMAND" ${ARGN})
  set(made ${PROJECT_BINARY_DIR}/${folder}/${page})
  add_custom_command(OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/${folder}
    COMMAND ${ARG_COMMAND} > ${made}.scd
    COMMAND ${SCDOC} < ${made}.scd > ${made}
    DEPENDS ${ARG_DEPENDS}
    VERBATIM)
  set(OD_MANUAL_PAGES ${OD_MANUAL_PAGES} ${made} PARENT_SCOPE)
  install(FILES ${made} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder})
endfunction()

od_manual(onedoor.1 man/man1 DEPENDS onedoor COMMAND onedoor help --man --lang en)
od_manual(onedoor.1 man/zh_CN/man1 DEPENDS onedoor COMMAND onedoor help --man --lang zh-CN)
od_manual(onedoord.8 man/man8 DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/onedoord.8.scd
  COMMAND ${CMAKE_COMMAND} -E cat ${PROJECT_SOURCE_DIR}/docs/man/onedoord.8.scd)
add_custom_target(manual ALL DEPENDS ${OD_MANUAL_PAGES})
