# Flags that every target of ours is built with.
add_library(sockwatch_flags INTERFACE)
target_compile_options(sockwatch_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wimplicit-fallthrough -Werror
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(sockwatch_flags INTERFACE
    -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
    -ftrivial-auto-var-init=zero -fPIE)
  target_compile_definitions(sockwatch_flags INTERFACE _FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS)
  target_link_options(sockwatch_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

set(SOCKWATCH_SANITIZERS "" CACHE STRING "Value of -fsanitize= (address,undefined or thread)")
if(SOCKWATCH_SANITIZERS)
  # Without vptr: that check opens a pipe, so it fails where a test leaves no descriptor.
  target_compile_options(sockwatch_flags INTERFACE
    -fsanitize=${SOCKWATCH_SANITIZERS} -fno-sanitize=vptr -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(sockwatch_flags INTERFACE -fsanitize=${SOCKWATCH_SANITIZERS})
endif()

if(SOCKWATCH_BUILD_FUZZERS)
  # Every file of ours guides the fuzzer, not only the target's own.
  target_compile_options(sockwatch_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
