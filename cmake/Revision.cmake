# The commit that `sockwatch --version` and sockwatch_build_info name; "unknown" outside git.
find_package(Git QUIET)
set(SOCKWATCH_REVISION "unknown")
if(GIT_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --short=12 HEAD
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    OUTPUT_VARIABLE SOCKWATCH_GIT_HEAD OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET RESULT_VARIABLE SOCKWATCH_GIT_RESULT)
  if(SOCKWATCH_GIT_RESULT EQUAL 0)
    set(SOCKWATCH_REVISION "${SOCKWATCH_GIT_HEAD}")
  endif()
endif()
