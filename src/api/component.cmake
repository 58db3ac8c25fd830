# The structs and parsers of request bodies, and what a request may have, made from api/openapi.yaml.
set(generated ${CMAKE_BINARY_DIR}/generated/api/generated)
add_custom_command(
  OUTPUT ${generated}/requests.h ${generated}/requests.cc ${generated}/described.cc
    ${generated}/accesses.cc
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/generate_api.py
    ${CMAKE_SOURCE_DIR}/api/openapi.yaml ${generated}
  COMMAND ${CMAKE_COMMAND} -E touch ${generated}/requests.h ${generated}/requests.cc
    ${generated}/described.cc ${generated}/accesses.cc
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/generate_api.py ${CMAKE_SOURCE_DIR}/api/openapi.yaml
  VERBATIM)
add_custom_target(generate_api DEPENDS ${generated}/requests.h)
add_dependencies(fastness_api generate_api)
target_sources(fastness_api PRIVATE ${generated}/requests.cc ${generated}/described.cc
  ${generated}/accesses.cc)
target_include_directories(fastness_api PUBLIC ${CMAKE_BINARY_DIR}/generated)
set(api_TEST_SHARDS 6)
