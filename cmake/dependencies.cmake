# Every third-party library, found once. Which component may use which is said in src/LAYERS;
# which Debian packages hold them, in tools/packages.txt.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
# Debian has no pkg-config file for it, and its static library is not position independent.
find_library(ZXCVBN_LIBRARY zxcvbn REQUIRED)
add_library(zxcvbn INTERFACE)
target_link_libraries(zxcvbn INTERFACE ${ZXCVBN_LIBRARY})
find_package(Python3 REQUIRED COMPONENTS Interpreter)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(gfshare REQUIRED IMPORTED_TARGET libgfshare)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(rocksdb REQUIRED IMPORTED_TARGET rocksdb)
pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(fido2 REQUIRED IMPORTED_TARGET libfido2)
pkg_check_modules(maxminddb REQUIRED IMPORTED_TARGET libmaxminddb)
if(FASTNESS_MODSECURITY)
  pkg_check_modules(modsecurity REQUIRED IMPORTED_TARGET modsecurity)
endif()

# The C interface of PKCS#11, a header. The modules behind it are loaded at run time.
pkg_check_modules(P11_KIT REQUIRED p11-kit-1)
add_library(fastness_pkcs11 INTERFACE)
target_include_directories(fastness_pkcs11 SYSTEM INTERFACE ${P11_KIT_INCLUDE_DIRS})
target_link_libraries(fastness_pkcs11 INTERFACE ${CMAKE_DL_LIBS})

# Asio and Beast are headers. Token errors are values, never exceptions: see CONVENTIONS, async.
add_library(fastness_asio INTERFACE)
target_link_libraries(fastness_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(fastness_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION)

# Debian's tomlplusplus is headers; they are read in one translation unit of src/config.
add_library(fastness_toml INTERFACE)

# SQLite with encryption: tools/third_party.sh compiles it once for all presets.
set(SQLITE3MC ${CMAKE_SOURCE_DIR}/build/third-party/sqlite3mc)
if(NOT EXISTS ${SQLITE3MC}/libsqlite3mc.a)
  message(FATAL_ERROR "${SQLITE3MC} is not built: run tools/third_party.sh (./run and ./test do)")
endif()
add_library(sqlite3mc STATIC IMPORTED)
set_target_properties(sqlite3mc PROPERTIES
  IMPORTED_LOCATION ${SQLITE3MC}/libsqlite3mc.a
  INTERFACE_INCLUDE_DIRECTORIES ${SQLITE3MC}
  INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS}")
