# With FASTNESS_MODSECURITY the settings may name a firewall's rules, and the hub asks src/waf. Which of
# the two builds this is, is said here, to those two alone.
target_compile_definitions(fastness_config PRIVATE FASTNESS_MODSECURITY=$<BOOL:${FASTNESS_MODSECURITY}>)
target_compile_definitions(fastness-hub PRIVATE FASTNESS_MODSECURITY=$<BOOL:${FASTNESS_MODSECURITY}>)
if(FASTNESS_MODSECURITY)
  target_link_libraries(fastness-hub PRIVATE fastness_waf)
endif()
