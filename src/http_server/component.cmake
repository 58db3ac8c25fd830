# clang 14 cannot compile coroutines with this check: "difference across sections".
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(fastness_http_server PRIVATE -fno-sanitize=function)
endif()
