# The rules that ship, which the tests attack.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/waf/firewall_test.cc PROPERTIES
  COMPILE_DEFINITIONS FASTNESS_RULES="${CMAKE_SOURCE_DIR}/packaging/waf/fastness.conf")
