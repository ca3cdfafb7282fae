# The doors of guard.h, the broker, and the whole server around a set of tools.
iff_library(NAME guard
  SRCS audit_file.cc bearer.cc broker.cc config.cc home.cc introspection.cc key_source.cc metrics.cc server_main.cc token_bucket.cc
       token_exchange.cc upstream.cc vault_access.cc verdict_cache.cc whoami.cc worker.cc
  DEPS iff::core iff::net iff::jose iff::mcp_server PRIVATE_DEPS prometheus-cpp::core)

foreach(name IN ITEMS bearer broker doors home introspection key_source)
  iff_test(NAME guard_${name}_test SRCS ${name}_test.cc DEPS iff::guard iff::net_certificates LABEL unit)
endforeach()
