# The console, built by npm into web/dist, becomes part of fastness-hub. -DFASTNESS_CONSOLE=OFF leaves
# it out, for builds that only check code.
option(FASTNESS_CONSOLE "Embed the console from web/dist" ON)

set(generated ${CMAKE_BINARY_DIR}/generated/console)
set(dist ${CMAKE_SOURCE_DIR}/web/dist)
if(NOT FASTNESS_CONSOLE)
  set(dist ${CMAKE_BINARY_DIR}/generated/no-console)
  file(MAKE_DIRECTORY ${dist})
  file(WRITE ${dist}/index.html "<!doctype html><title>Fastness</title><p>This build has no console.\n")
elseif(NOT EXISTS ${dist}/index.html)
  message(FATAL_ERROR "web/dist is not built: run ./run or ./test, or `npm ci && npm run build` in web/")
endif()
file(GLOB_RECURSE files CONFIGURE_DEPENDS ${dist}/*)
add_custom_command(
  OUTPUT ${generated}/console_assets.cc
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/embed_console.py ${dist} ${generated}
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed_console.py ${files}
  VERBATIM)
target_sources(fastness-hub PRIVATE ${generated}/console_assets.cc)
